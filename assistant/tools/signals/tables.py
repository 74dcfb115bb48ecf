"""Columns of numbers in a text file: CSV, TSV or blanks between them, a line of names or none, time or none."""

import math
import re
import warnings
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from assistant.tools.optional import optional
from assistant.tools.result import ToolError
from assistant.tools.signals.arrays import check_shape, first_line, numbered
from assistant.tools.signals.record import Axis, Channel, Floats, Piece, Record

MAX_BYTES = 100_000_000
SPACING_TOLERANCE = 0.01  # of a step, between where a sample stands and where it would be if evenly spaced
MIN_NUMERIC = 0.5  # of a column's cells, for it to count as numbers

IN_SECONDS = re.compile(r"(t|time|times|seconds|sec)[\s_]*[\[(]?(s|sec|seconds)?[\])]?", re.IGNORECASE)
IN_MILLISECONDS = re.compile(r"(t|time)[\s_]*[\[(]?(ms|msec|milliseconds)[\])]?", re.IGNORECASE)
DATES = re.compile(r"(date|datetime|timestamp|time|utc|day|month)[\s_]*(utc)?", re.IGNORECASE)
PLAIN_UNITS = {"year": "year", "years": "year", "month": "month", "months": "month", "day": "day", "days": "day"}
COUNTERS = {"", "index", "sample", "samples", "n", "unnamed: 0"}
SECONDS = {"s": 1.0, "day": 86_400.0}


def read_table(path: Path, sampling_rate_hz: float | None) -> Record:
    frame = _frame(path)
    check_shape(frame.shape)
    for name in frame.columns:
        axis = _axis(str(name), frame[name])
        if axis is not None and frame.shape[1] > 1:
            return _placed(frame.drop(columns=name), *axis)
    names = [str(name) for name in frame.columns]
    left = frame.drop(columns=[name for name in frame.columns if str(name).strip().lower() in COUNTERS])
    if left.shape[1] == 0:
        left = frame
    columns, told = _numeric(left)
    record = numbered(f"CSV, columns {', '.join(names)[:200]}", columns, sampling_rate_hz)
    return Record(record.form, record.channels, record.axis, warnings=told)


def _frame(path: Path) -> Any:
    if path.stat().st_size > MAX_BYTES:
        raise ToolError(
            "TOO_LARGE",
            f"The text file has {path.stat().st_size / 1e6:,.0f} MB; at most {MAX_BYTES // 10**6} MB can be read.",
            "Attach it as NPY.",
        )
    pandas = optional("pandas")
    lines = _first_lines(path)
    mark = next((mark for mark in ";\t," if mark in lines[-1]), None)
    has_names = not all(map(_is_number, _cells(lines[0], mark)))
    try:
        frame = pandas.read_csv(
            path,
            sep=mark or r"\s+",
            decimal="," if mark == ";" and "," in lines[-1] else ".",
            header=0 if has_names else None,
            comment="#",
            skipinitialspace=True,
            encoding="utf-8-sig",
            on_bad_lines="error",
            index_col=False,
        )
    except (ValueError, UnicodeError, MemoryError) as error:  # pandas' ParserError is a ValueError
        raise ToolError("DAMAGED", f"The text file is no table of numbers: {first_line(error)}.") from error
    if not has_names:
        frame.columns = [f"column {i}" for i in range(frame.shape[1])]
    return frame


def _first_lines(path: Path) -> list[str]:
    """The first lines that hold data."""
    with path.open(encoding="utf-8-sig", errors="replace") as file:
        lines = [line.rstrip("\n") for line, _ in zip(file, range(200), strict=False)]
    lines = [line for line in lines if line.strip() and not line.lstrip().startswith("#")][:20]
    if not lines:
        raise ToolError("EMPTY_FILE", "The file has no line of numbers.")
    return lines


def _cells(line: str, mark: str | None) -> list[str]:
    return [cell.strip().strip('"') for cell in line.strip().split(mark)]


def _is_number(cell: str) -> bool:
    try:
        float(cell.replace(",", ".") or "nan")
    except ValueError:
        return False
    return True


def _axis(name: str, column: Any) -> tuple[Axis, Floats, datetime | None] | None:
    """The axis that a column is, where its samples stand along it from 0 on, and the date of the first."""
    label = name.strip()
    if optional("pandas").api.types.is_numeric_dtype(column.dtype):
        values = column.to_numpy(np.float64)
        if len(values) < 2 or not np.isfinite(values).all():
            return None
        scale = 1.0 if IN_SECONDS.fullmatch(label) else 1e-3 if IN_MILLISECONDS.fullmatch(label) else 0.0
        if scale:
            return Axis(), (values - values[0]) * scale, None
        if DATES.fullmatch(label) and _are_day_numbers(values):
            return _dated(column.astype(np.int64).astype(str), label)
        unit = PLAIN_UNITS.get(label.lower())
        return (Axis(unit, label, float(values[0])), values - values[0], None) if unit else None
    return _dated(column, label) if DATES.fullmatch(label) else None


def _are_day_numbers(values: Floats) -> bool:
    """Dates written as 19580329."""
    return bool((values == np.floor(values)).all() and values.min() > 1000_01_01 and values.max() < 3000_01_01)


def _dated(column: Any, label: str) -> tuple[Axis, Floats, datetime | None] | None:
    """Dates: calendar months and years, which are of unequal length, are counted; all else is in days or seconds."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of pandas, when it tries one format after another
        dates = optional("pandas").to_datetime(column, errors="coerce", utc=True)
    if len(dates) < 2 or dates.isna().any():
        return None
    first = dates.iloc[0].to_pydatetime().astimezone(UTC)
    months = (dates.dt.year * 12 + dates.dt.month).to_numpy(np.int64)
    steps = np.diff(months)
    if dates.dt.day.nunique() == 1 and steps.min() > 0 and (steps % steps.min() == 0).all():
        if (steps % 12 == 0).all():
            return Axis("year", label, float(first.year)), (months - months[0]) / 12.0, first
        return Axis("month", label), (months - months[0]).astype(np.float64), first
    seconds = ((dates - dates.iloc[0]) / np.timedelta64(1, "s")).to_numpy(np.float64)
    if np.median(np.abs(np.diff(seconds))) >= SECONDS["day"]:
        return Axis("day", label), seconds / SECONDS["day"], first
    return Axis(), seconds, first


def _placed(frame: Any, axis: Axis, places: Floats, start: datetime | None) -> Record:
    columns, told = _numeric(frame)
    rate, slots = _grid(places, axis)
    channels = tuple(Channel(name, rate, (Piece(0.0, _spread(values, slots)),)) for name, values in columns.items())
    form = f"CSV with a {axis.name} axis"
    return Record(form, channels, axis, start if axis.is_time else None, told)


def _grid(places: Floats, axis: Axis) -> tuple[float, Any]:
    """Samples per unit of the axis, and the slot of each: one after the other, or with some left out."""
    steps = np.diff(places)
    if not steps.min() > 0:
        at = int(np.argmin(steps)) + 1
        raise ToolError(
            "IRREGULAR_SAMPLING",
            f"The {axis.name} column does not rise from row {at} to row {at + 1} ({places[at]:g} after "
            f"{places[at - 1]:g}, counted from the first row).",
            "Sort the rows and remove repeated ones.",
        )
    mean_step = (places[-1] - places[0]) / (len(places) - 1)
    for step in (float(mean_step), float(np.median(steps))):
        slots = np.rint(places / step)
        is_even = np.abs(places - slots * step).max() <= SPACING_TOLERANCE * step
        if is_even and slots[-1] < 4 * len(places) and (np.diff(slots) > 0).all():
            return 1 / step, slots.astype(np.int64)
    raise ToolError(
        "IRREGULAR_SAMPLING",
        f"The {axis.name} column is not evenly spaced: its steps go from {steps.min():g} to {steps.max():g} "
        f"{axis.unit} (median {np.median(steps):g}).",
        "Resample the series to even steps and attach it again.",
    )


def _spread(values: Floats, slots: Any) -> Floats:
    """NaN where the file left a sample out."""
    if slots[-1] == len(values) - 1:
        return values
    spread = np.full(int(slots[-1]) + 1, math.nan)
    spread[slots] = values
    return spread


def _numeric(frame: Any) -> tuple[dict[str, Floats], tuple[str, ...]]:
    """The columns that hold numbers, NaN where a cell holds none, and what was left out."""
    pandas = optional("pandas")
    columns, left_out = {}, []
    for name in frame.columns:
        values = pandas.to_numeric(frame[name], errors="coerce").to_numpy(np.float64)
        if np.count_nonzero(~np.isnan(values)) >= MIN_NUMERIC * len(values):
            columns[str(name).strip() or "column"] = values
        else:
            left_out.append(str(name))
    if not columns:
        raise ToolError(
            "NO_NUMERIC_COLUMN",
            f"No column of the file holds numbers; it has: {', '.join(left_out)[:300]}.",
            "Attach a file with a column of numbers.",
        )
    return columns, (f"Columns without numbers were left out: {', '.join(left_out)[:200]}.",) if left_out else ()
