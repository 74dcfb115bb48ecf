"""Numbers in a text file: commas, semicolons, tabs or spaces between them, a line of names or none, time or none."""

import io
import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.errors import InvalidRequest
from engine.processors.sniff import is_numeric_row

# Columns that place a sample rather than measure something. The first group is in seconds.
TIMES = re.compile(r"(t|time|seconds|sec)[\s_]*[\[(]?(s|sec|seconds)?[\])]?", re.IGNORECASE)
POSITIONS = re.compile(r"index|sample|n|year", re.IGNORECASE)
SPACING_TOLERANCE = 0.01  # of a step, between where a sample stands and where it would be if evenly spaced


@dataclass(frozen=True, slots=True)
class Table:
    """values: [T, C] without the column axis, if any; names: of the columns in values; empty if the file has none."""

    values: NDArray[np.float64]
    names: tuple[str, ...]
    axis: str
    sampling_rate: float | None


def read_csv(text: str) -> Table:
    lines = [line for line in text.splitlines() if _holds_data(line)]
    if not lines:
        raise InvalidRequest("The file has no numbers.")
    delimiter = _delimiter(lines[-1])
    names = [] if is_numeric_row(lines[0]) else [cell.strip().strip('"') for cell in lines[0].split(delimiter)]
    values = _parse(lines[1:] if names else lines, delimiter)
    if values is None:
        raise InvalidRequest(_complaint(text, delimiter, has_names=bool(names)))
    if names and len(names) != values.shape[1]:
        raise InvalidRequest(f"The first row has {len(names)} names and the next one {values.shape[1]} numbers.")
    if not names or values.shape[1] == 1:
        return Table(values, tuple(names), "", None)
    return _without_axis(values, names)


def has_time_column(head: str) -> bool:
    """Whether the names in its first row place the samples in time, so that the file says its own sampling rate."""
    line = next(filter(_holds_data, head.splitlines()), "")
    names = [cell.strip().strip('"') for cell in line.split(_delimiter(line))]
    return len(names) > 1 and any(map(TIMES.fullmatch, names))


def _delimiter(line: str) -> str | None:
    """None: any white space."""
    return next((mark for mark in ";\t," if mark in line), None)


def _parse(lines: list[str], delimiter: str | None) -> NDArray[np.float64] | None:
    """None where something is not a number or a row has more or fewer of them."""
    if not lines:
        raise InvalidRequest("The file has a row of names and no numbers.")
    text = "\n".join(lines).replace('"', "")
    if delimiter == ";":
        text = text.replace(",", ".")  # where semicolons part the columns, a comma is a decimal point
    try:
        return np.loadtxt(io.StringIO(text), delimiter=delimiter, ndmin=2, comments=None)
    except ValueError:
        return None


def _complaint(text: str, delimiter: str | None, has_names: bool) -> str:
    rows = [(number, line) for number, line in enumerate(text.splitlines(), 1) if _holds_data(line)][has_names:]
    width = len(rows[0][1].split(delimiter))
    for number, line in rows:
        cells = [cell.strip() for cell in line.split(delimiter)]
        for cell in cells:
            if not is_numeric_row(cell):
                return f"Line {number} of the file holds {cell[:40]!r} where a number is needed; correct or remove it."
        if len(cells) != width:
            return f"Line {number} of the file has {len(cells)} numbers and those before it {width}; make them equal."
    return "The file holds something that is not a number; save it as plain comma-separated numbers."


def _holds_data(line: str) -> bool:
    return bool(line.strip()) and not line.lstrip().startswith("#")


def _without_axis(values: NDArray[np.float64], names: list[str]) -> Table:
    for column, name in enumerate(names):
        is_time = TIMES.fullmatch(name) is not None
        if is_time or POSITIONS.fullmatch(name):
            rate = _rate(values[:, column], name) if is_time else None
            others = names[:column] + names[column + 1 :]
            return Table(np.delete(values, column, axis=1), tuple(others), name, rate)
    return Table(values, tuple(names), "", None)


def _rate(times: NDArray[np.float64], name: str) -> float | None:
    if len(times) < 2:
        return None
    step = (times[-1] - times[0]) / (len(times) - 1)
    even = times[0] + step * np.arange(len(times))
    if not step > 0 or not np.abs(times - even).max() <= SPACING_TOLERANCE * step:
        steps = np.diff(times)
        raise InvalidRequest(
            f"The column {name} is not evenly spaced: its steps go from {steps.min():g} to {steps.max():g} s; resample "
            "the series, or remove the column and give the sampling rate."
        )
    return float(1 / step)
