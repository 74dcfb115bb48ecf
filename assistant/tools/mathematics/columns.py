"""A table of an attached CSV or TSV file, column by column."""

import csv
import io
import re
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from assistant.tools.attached import attached
from assistant.tools.result import ToolError

MAX_BYTES = 64 * 2**20
MAX_ROWS = 1_000_000
MAX_COLUMNS = 1_000
SEPARATORS = ",;\t"
NUMBER = re.compile(r"\s*[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?\s*")
NO_VALUE = {"", "na", "n/a", "nan", "null", "none", "-", "?"}


@dataclass(frozen=True, slots=True)
class Table:
    """cells[i] are the texts of column names[i], all of one length."""

    names: tuple[str, ...]
    cells: tuple[tuple[str, ...], ...]

    @property
    def num_rows(self) -> int:
        return len(self.cells[0])

    def column(self, wanted: str) -> int:
        """Its place, by name or as a 0-based index. ToolError NO_COLUMN lists the names."""
        name = wanted.strip()
        if name in self.names:
            return self.names.index(name)
        if name.isdecimal() and int(name) < len(self.names):
            return int(name)
        folded = [known.casefold() for known in self.names]
        if folded.count(name.casefold()) == 1:
            return folded.index(name.casefold())
        raise ToolError("NO_COLUMN", f"There is no column '{wanted[:60]}'.", f"Columns: {_listed(self.names)}.")

    def numbers(self, place: int) -> list[float | None]:
        """None for empty cells; ToolError NOT_NUMERIC names the first cell that is neither."""
        values: list[float | None] = []
        for row, cell in enumerate(self.cells[place], 1):
            if NUMBER.fullmatch(cell):
                values.append(float(cell))
            elif cell.strip().casefold() in NO_VALUE:
                values.append(None)
            else:
                raise ToolError(
                    "NOT_NUMERIC",
                    f"Row {row} of column '{self.names[place]}' is '{cell[:40]}', not a number.",
                    f"Columns: {_listed(self.names)}.",
                )
        return values

    def is_numeric(self, place: int) -> bool:
        cells = self.cells[place]
        return all(NUMBER.fullmatch(cell) or cell.strip().casefold() in NO_VALUE for cell in cells)


def read_table(file: str) -> Table:
    """The table of an attached file; its first line names the columns unless it is all numbers."""
    path = attached(file)
    if (size := path.stat().st_size) > MAX_BYTES:
        limit = MAX_BYTES // 2**20
        raise ToolError("TOO_LARGE", f"{file} is {size / 2**20:.0f} MB large; the limit is {limit} MB.", "Cut it.")
    lines = [line for line in _text(path, file).splitlines() if line.strip() and not line.startswith("#")]
    if not lines:
        raise ToolError("EMPTY", f"{file} has no rows.")
    separator = max(SEPARATORS, key=lines[0].count)
    try:
        rows = list(islice(csv.reader(io.StringIO("\n".join(lines)), delimiter=separator), MAX_ROWS + 2))
    except csv.Error as error:
        raise ToolError("NOT_A_TABLE", f"{file} is not a table: {error}.") from error
    first = [cell.strip() for cell in rows[0]]
    has_names = not all(NUMBER.fullmatch(cell) for cell in first)
    names = tuple(first) if has_names else tuple(f"column {i}" for i in range(len(first)))
    body = rows[1:] if has_names else rows
    return _checked(file, names, body, first_line=2 if has_names else 1)


def _text(path: Path, file: str) -> str:
    data = path.read_bytes()
    if b"\x00" in data[:4096]:
        raise ToolError("NOT_A_TABLE", f"{file} is not a text table: it holds binary data.", "Give a CSV file.")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _checked(file: str, names: tuple[str, ...], rows: list[list[str]], first_line: int) -> Table:
    if len(rows) > MAX_ROWS:
        raise ToolError("TOO_LARGE", f"{file} has more than {MAX_ROWS:,} rows.", "Cut it, or average it first.")
    if len(names) > MAX_COLUMNS:
        raise ToolError("TOO_LARGE", f"{file} has {len(names):,} columns; the limit is {MAX_COLUMNS:,}.")
    if not rows:
        raise ToolError("EMPTY", f"{file} has the columns {_listed(names)} and no rows.")
    for line, row in enumerate(rows, first_line):
        if len(row) != len(names):
            raise ToolError(
                "NOT_A_TABLE", f"Line {line} of {file} has {len(row)} cells; the first has {len(names)}.", "Mend it."
            )
    return Table(names, tuple(zip(*rows, strict=True)))


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(names[:20]) + (f" and {len(names) - 20} more" if len(names) > 20 else "")
