"""FASTA, GenBank and plain sequences, by a strict reader of our own that says where something is wrong."""

import re
from dataclasses import dataclass
from pathlib import Path

from assistant.attachments.file_text import file_text
from assistant.attachments.plain_text import counted, lines_svg, read_text, span, unreadable
from assistant.attachments.readers.understood_text import TextReading

MAX_RECORDS = 100_000
NUCLEOTIDES = set("ACGTUN")
DNA_OF_MOST = 0.9  # of the letters, from which on a sequence is one of nucleotides
NOT_A_RESIDUE = re.compile(r"[^A-Za-z*.\-]")
NAMED = {"protein": ("protein sequence", "residue"), "DNA": ("DNA sequence", "base"), "RNA": ("RNA sequence", "base")}


@dataclass(frozen=True, slots=True)
class Record:
    name: str
    length: int
    alphabet: str  # a key of NAMED


def read_sequences(path: Path) -> TextReading:
    lines = read_text(path, "file of sequences").splitlines()
    first = next((line for line in lines if line.strip()), "")
    if first.startswith("LOCUS"):
        return _read_genbank(lines)
    records = _records(lines)
    if not records:
        raise unreadable("The file holds no sequence: a FASTA file has a line that begins with > and letters below it.")
    return TextReading(file_text("sequence", _understood(records), lines), lines_svg(lines))


def _records(lines: list[str]) -> list[Record]:
    """Of FASTA, or the one of a file of letters only."""
    records: list[Record] = []
    name: str | None = None  # until the first header
    letters: list[str] = []
    for number, line in enumerate(lines, 1):
        if line.startswith(">"):
            if letters or name is not None:
                records.append(_record(name or "", "".join(letters), number - 1))
            if len(records) >= MAX_RECORDS:
                raise unreadable(f"The file has more than {MAX_RECORDS:,} sequences: attach a part of it.")
            name, letters = line[1:].strip(), []
        elif line.strip() and not line.startswith(";"):
            letters.append(_residues(line, number, has_numbers=name is None))
    if letters or name is not None:
        records.append(_record(name or "", "".join(letters), len(lines)))
    return records


def _residues(line: str, number: int, *, has_numbers: bool) -> str:
    text = "".join(line.split())
    text = text.lstrip("0123456789") if has_numbers else text
    if wrong := NOT_A_RESIDUE.search(text):
        column = line.index(wrong[0]) + 1
        raise unreadable(
            f"Line {number:,}, character {column:,} holds {wrong[0]!r}, which is no residue: correct or remove it."
        )
    return text


def _record(name: str, letters: str, last_line: int) -> Record:
    if not letters:
        raise unreadable(f"The sequence {name[:60]!r} that ends in line {last_line:,} has no letters: complete it.")
    return Record(name, sum(map(str.isalpha, letters)), _alphabet(letters))


def _alphabet(letters: str) -> str:
    sample = letters[:10_000].upper()
    if sum(c in NUCLEOTIDES for c in sample) < DNA_OF_MOST * sum(map(str.isalpha, sample)):
        return "protein"
    return "RNA" if "U" in sample and "T" not in sample else "DNA"


def _understood(records: list[Record]) -> str:
    """`4 protein sequences, 141-147 residues`"""
    parts = []
    for alphabet, (noun, unit) in NAMED.items():
        lengths = [record.length for record in records if record.alphabet == alphabet]
        if lengths:
            parts.append(f"{counted(len(lengths), noun)}, {span(lengths)} {unit}{'s' * (lengths != [1])}")
    return " and ".join(parts)


def _read_genbank(lines: list[str]) -> TextReading:
    facts, num_features = [], 0
    record = ""
    letters: list[str] = []
    is_origin = False
    for number, line in enumerate(lines, 1):
        if line.startswith("LOCUS"):
            record = (line.split() + [""])[1]
        elif line.startswith("ORIGIN"):
            is_origin = True
        elif line.startswith("//"):
            facts.append(_record(record, "".join(letters), number))
            letters, is_origin = [], False
        elif is_origin:
            letters.append(_residues(line, number, has_numbers=True))
        elif re.match(r" {5}[A-Za-z]", line):
            num_features += 1
    if not facts:
        raise unreadable("The GenBank file has no end (a line with //): it is cut off; save it again and attach that.")
    names = facts[0].name + (" ..." if len(facts) > 1 else "")
    understood = f"{_understood(facts)}, {counted(num_features, 'feature')}, GenBank {names}"
    return TextReading(file_text("sequence", understood, lines), lines_svg(lines))
