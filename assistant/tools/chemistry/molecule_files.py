"""Molecules to search: SMILES strings, or an attached .smi, .csv or .sdf file, told apart by what stands in it.

One molecule at a time is in memory. What cannot be read is counted and named; the rest is searched.
"""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from time import monotonic

from rdkit import Chem, rdBase

from assistant.tools.attached import attached
from assistant.tools.chemistry.numbered_smiles import read_numbered
from assistant.tools.chemistry.wording import cut
from assistant.tools.molecule import MAX_HEAVY_ATOMS, MAX_SMILES_LENGTH
from assistant.tools.result import ToolError

MAX_FILE_BYTES = 30 * 2**20
MAX_RECORDS = 50_000
SEARCH_S = 12.0  # of the 20 s that a search has: a pattern that matches everywhere is stopped between two molecules
MAX_NAMED = 6  # unreadable lines
MAX_NAME_LENGTH = 60
SAMPLE_ROWS = 20  # that decide which column holds the SMILES
NAME_HEADERS = ("name", "id", "title", "compound", "molecule", "identifier", "chembl_id", "cas")
DELIMITERS = ("\t", ",", ";", None)  # None: white space, between the SMILES and a name of any words


@dataclass(frozen=True, slots=True)
class Record:
    """place: its line or its number in the file, or its position in the list; from 1."""

    place: int
    name: str
    smiles: str  # as written; canonical for a record of an SDF
    molecule: Chem.Mol


class MoleculeSource:
    """Iterate once; then num_records and unreadable are known."""

    def __init__(self, rows: Iterator[tuple[int, str, str, Chem.Mol | None]], unit: str) -> None:
        self._rows = rows
        self._unit = unit
        self.num_records = 0
        self.unreadable: list[tuple[int, str]] = []
        self._cut = ""

    def __iter__(self) -> Iterator[Record]:
        stop_at = monotonic() + SEARCH_S
        with rdBase.BlockLogs():
            for place, name, smiles, parsed in self._rows:
                if self.num_records == MAX_RECORDS:
                    self._cut = f"Only the first {MAX_RECORDS:,} {self._unit}s of the file were searched."
                    return
                if monotonic() > stop_at:
                    self._cut = f"Only the first {self.num_records:,} {self._unit}s were searched, in {SEARCH_S:.0f} s."
                    return
                self.num_records += 1
                molecule = parsed or _parsed(smiles)
                if molecule is None or not 0 < molecule.GetNumHeavyAtoms() <= MAX_HEAVY_ATOMS:
                    self.unreadable.append((place, smiles or name))
                    continue
                written = smiles or Chem.MolToSmiles(molecule)
                yield Record(place, (name or f"{self._unit} {place}")[:MAX_NAME_LENGTH], written, molecule)

    @property
    def num_searched(self) -> int:
        return self.num_records - len(self.unreadable)

    def check(self) -> None:
        """ToolError when nothing at all could be read."""
        if self.num_searched == 0:
            if self._unit == "target":
                read_numbered([smiles for _, smiles in self.unreadable], "Target")
            raise ToolError(
                "NO_MOLECULES",
                f"None of the {self.num_records:,} {self._unit}s is a molecule, of at most {MAX_HEAVY_ATOMS} atoms.",
                "Give valid SMILES, or a file with one SMILES a line, a CSV with a SMILES column, or an SDF.",
            )

    @property
    def warnings(self) -> tuple[str, ...]:
        warnings = []
        if self.unreadable:
            named = ", ".join(f"{self._unit} {place} ({cut(text, 30)})" for place, text in self.unreadable[:MAX_NAMED])
            more = ", ..." if len(self.unreadable) > MAX_NAMED else ""
            are = "is not a valid molecule and was" if len(self.unreadable) == 1 else "are not valid molecules and were"
            total = f"{len(self.unreadable):,} of {self.num_records:,} {self._unit}s"
            warnings.append(f"{total} {are} left out: {named}{more}.")
        return (*warnings, self._cut) if self._cut else tuple(warnings)


def molecules_to_search(targets: Sequence[str] | None, file: str | None) -> MoleculeSource:
    """The one of the two that is given."""
    if targets and file:
        raise ToolError("TWO_SOURCES", "targets and file were both given.", "Give one of them.")
    if file:
        return read_molecules(attached(file))
    if targets:
        return MoleculeSource(((i, "", smiles.strip(), None) for i, smiles in enumerate(targets, 1)), "target")
    raise ToolError("NO_TARGETS", "There is nothing to search.", "Give targets or file.")


def read_molecules(path: Path) -> MoleculeSource:
    """ToolError UNREADABLE_FILE or TOO_LARGE before anything is parsed."""
    size = path.stat().st_size
    if size > MAX_FILE_BYTES:
        raise ToolError(
            "TOO_LARGE",
            f"The file has {size / 2**20:.1f} MB; a search reads at most {MAX_FILE_BYTES // 2**20} MB.",
            "Ask for a smaller file.",
        )
    data = path.read_bytes()
    if b"\0" in data:
        raise _not_molecules("it is not text")
    text = data.decode("utf-8-sig", errors="replace").replace("\r\n", "\n").replace("\r", "\n")
    if "$$$$" in text or "M  END" in text:
        return MoleculeSource(_sdf_rows(text), "record")
    return MoleculeSource(_table_rows(text), "line")


def _sdf_rows(text: str) -> Iterator[tuple[int, str, str, Chem.Mol | None]]:
    supplier = Chem.SDMolSupplier()
    supplier.SetData(text)
    for i in range(len(supplier)):
        try:
            molecule = supplier[i]
        except (RuntimeError, OSError):  # a record that breaks off
            molecule = None
        yield i + 1, _title(molecule) if molecule else "", "", molecule


def _title(molecule: Chem.Mol) -> str:
    """Of a record of an SDF: its first line, or the property that holds a name."""
    keys = ("_Name", *(key for key in molecule.GetPropNames() if key.lower() in NAME_HEADERS))
    titles = (str(molecule.GetProp(key)).strip() for key in keys if molecule.HasProp(key))
    return next((title for title in titles if title), "")


def _table_rows(text: str) -> Iterator[tuple[int, str, str, Chem.Mol | None]]:
    for delimiter in DELIMITERS:
        sample = _sample(text, delimiter)
        if (column := _smiles_column(sample)) is not None:
            break
    else:
        raise _not_molecules("no column of it holds SMILES")
    header = sample[0] if _parsed(_cell(sample[0], column)) is None and _is_header(sample[0], column) else []
    name_column = _name_column(header, column)
    for line, cells in islice(_cells(text, delimiter), 1 if header else 0, None):
        yield line, _cell(cells, name_column), _cell(cells, column), None


def _cells(text: str, delimiter: str | None) -> Iterator[tuple[int, list[str]]]:
    """Line number from 1, and the cells of a line that is neither empty nor a comment."""
    if delimiter is None:
        for number, line in enumerate(text.splitlines(), 1):
            if line.strip() and not line.startswith("#"):
                yield number, line.split(maxsplit=1)
        return
    reader = csv.reader(io.StringIO(text), delimiter=delimiter)
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells) and not cells[0].startswith("#"):
                yield reader.line_num, cells
    except csv.Error as error:
        raise _not_molecules(f"line {reader.line_num} is not a line of a table ({error})") from error


def _sample(text: str, delimiter: str | None) -> list[list[str]]:
    try:
        return [cells for _, cells in islice(_cells(text, delimiter), SAMPLE_ROWS)]
    except ToolError:  # not a table with this delimiter
        return []


def _smiles_column(sample: list[list[str]]) -> int | None:
    """The column that is called so, or the first in which at least half of the rows are SMILES."""
    if not sample:
        return None
    for i, cell in enumerate(sample[0]):
        if "smiles" in cell.lower() and len(sample[0]) > 1:
            return i
    for i in range(min(len(sample[0]), 50)):
        cells = [_cell(row, i) for row in sample]
        if 2 * sum(_parsed(cell) is not None for cell in cells) >= len(cells):
            return i
    return None


def _is_header(cells: list[str], column: int) -> bool:
    """Whether the words of the first row are those of a header rather than a molecule that does not parse."""
    return _cell(cells, column).replace("_", "").replace(" ", "").isalpha()


def _name_column(header: list[str], smiles_column: int) -> int:
    for i, cell in enumerate(header):
        if i != smiles_column and cell.strip().lower() in NAME_HEADERS:
            return i
    return 0 if smiles_column else 1


def _cell(cells: list[str], column: int) -> str:
    return cells[column].strip() if column < len(cells) else ""


def _parsed(smiles: str) -> Chem.Mol | None:
    """None for what is no SMILES. RDKit would read a part of what holds white space."""
    if not smiles or len(smiles) > MAX_SMILES_LENGTH or not smiles.isascii() or len(smiles.split()) > 1:
        return None
    with rdBase.BlockLogs():
        return Chem.MolFromSmiles(smiles)


def _not_molecules(reason: str) -> ToolError:
    return ToolError(
        "UNREADABLE_FILE",
        f"The file holds no molecules that can be read: {reason}.",
        "A file with one SMILES a line, a CSV with a SMILES column or an SDF can be searched.",
    )
