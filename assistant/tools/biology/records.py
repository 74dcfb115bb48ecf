"""What a sequence file is read into."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

SequenceKind = Literal["protein", "dna", "rna"]
MAX_NAME_LENGTH = 80
MAX_SAMPLE = 20_000  # letters that the type is guessed from


@dataclass(frozen=True, slots=True)
class Annotation:
    """A feature of an annotated record: 1-based, inclusive; strand 1, -1 or 0."""

    kind: str
    start: int
    end: int
    strand: int
    label: str


@dataclass(frozen=True, slots=True)
class Record:
    """letters as in the file, gaps included."""

    name: str
    description: str
    letters: str
    annotations: tuple[Annotation, ...] = ()

    @property
    def residues(self) -> str:
        return self.letters.replace("-", "").replace(".", "")

    @property
    def num_residues(self) -> int:
        return len(self.letters) - self.letters.count("-") - self.letters.count(".")

    @property
    def kind(self) -> SequenceKind:
        return guess_kind(self.letters[:MAX_SAMPLE].replace("-", "").replace(".", ""))


@dataclass(frozen=True, slots=True)
class SequenceFile:
    form: str
    records: tuple[Record, ...]
    notes: tuple[str, ...]


def guess_kind(residues: str) -> SequenceKind:
    """By letters: at least 90 % A, C, G, T, U or N, and none that is no nucleotide code, is a nucleic acid."""
    capitals = residues.upper()
    plain = sum(map(capitals.count, "ACGTUN"))
    if not capitals or plain < 0.9 * len(capitals) or set(capitals) - set("ACGTURYSWKMBDHVN"):
        return "protein"
    return "rna" if "U" in capitals and "T" not in capitals else "dna"


def clean_name(text: str) -> str:
    """One line of printable characters."""
    shown = "".join(letter if letter.isprintable() else "?" for letter in " ".join(text.split()))
    return shown if len(shown) <= MAX_NAME_LENGTH else shown[: MAX_NAME_LENGTH - 3] + "..."


def notes_on_names(records: Sequence[Record]) -> tuple[str, ...]:
    """A warning, if any."""
    if len({record.name for record in records}) == len(records):
        return ()
    return ("Some records have the same name, so that a name may not tell them apart.",)
