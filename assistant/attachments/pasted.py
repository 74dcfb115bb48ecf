"""Molecules and sequences that stand in a question itself, by their form alone: pure functions, no chemistry."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from assistant.attachments.smiles_form import is_surely_smiles

PastedKind = Literal["fasta", "sequence", "smiles"]

MIN_PROTEIN, MIN_NUCLEOTIDES = 20, 12  # letters, from which on a run of capitals is no word
MIN_SMILES = 3
MAX_FOUND = 50

_FASTA = re.compile(r"^>[^\n]*\n(?:[A-Za-z*\-][A-Za-z*\- ]*(?:\n|\Z))+", re.MULTILINE)
_RUN = re.compile(r"[!-~]+")  # Chinese is written up to a molecule without a space
_RESIDUES = re.compile(r"[ACDEFGHIKLMNPQRSTVWYXBZUO*\-]+")
_NUCLEOTIDES = re.compile(r"[ACGTUN]+|[acgtun]+")
_AROUND = "\"'`()[]{}<>.,;:?!*"  # what may stand around a molecule in a sentence
MAX_AROUND = 6
_WORD_LINE = re.compile(r"[A-Za-z]+(?: [A-Za-z]+)+$")


@dataclass(frozen=True, slots=True)
class Pasted:
    """text: question[start:end]."""

    kind: PastedKind
    text: str
    start: int
    end: int


def find_pasted(question: str) -> tuple[Pasted, ...]:
    """In order, without overlaps, the first MAX_FOUND."""
    fasta = list(_fasta(question))
    found = [*fasta]
    for match in _RUN.finditer(question):
        if len(found) >= MAX_FOUND + len(fasta):
            break
        if not any(block.start <= match.start() < block.end for block in fasta) and (one := _word(match)):
            found.append(one)
    return tuple(sorted(found, key=lambda one: one.start)[:MAX_FOUND])


def _fasta(question: str) -> Iterator[Pasted]:
    """Records that follow one another are one block; a quotation in Markdown is none."""
    start = end = -1
    for match in _FASTA.finditer(question):
        if not _is_record(match[0]):
            continue
        if end >= 0 and match.start() != end:
            yield _pasted("fasta", question, start, end)
            start = match.start()
        start = match.start() if start < 0 else start
        end = match.end()
    if end >= 0:
        yield _pasted("fasta", question, start, end)


def _is_record(text: str) -> bool:
    lines = text.splitlines()[1:]
    return not any(map(_WORD_LINE.match, lines)) and all(line.upper() == line or line.lower() == line for line in lines)


def _word(match: re.Match[str]) -> Pasted | None:
    text, start, end = match[0], match.start(), match.end()
    if any(map(_is_foreign_letter, match.string[max(start - 1, 0) : start] + match.string[end : end + 1])):
        return None  # a letter that only looks like one of the molecule, such as a full-width O
    for left, right in _trims(text):
        word = text[left : len(text) - right]
        if kind := _kind(word):
            return Pasted(kind, word, start + left, end - right)
    return None


def _is_foreign_letter(character: str) -> bool:
    """Not of the ideographs, which stand beside words of other scripts."""
    return unicodedata.category(character) in ("Lu", "Ll", "Lt", "Lm", "Mn", "Nd", "No")


def _trims(text: str) -> Iterator[tuple[int, int]]:
    """How much of the marks around a word to leave out: none first, since brackets may be the molecule's own."""
    left = min(len(text) - len(text.lstrip(_AROUND)), MAX_AROUND)
    right = min(len(text) - len(text.rstrip(_AROUND)), MAX_AROUND)
    yield 0, 0
    for number in range(1, right + 1):
        yield 0, number
    for number in range(right + 1 if left else 0):
        yield left, number


def _kind(word: str) -> PastedKind | None:
    if len(word) >= MIN_NUCLEOTIDES and _NUCLEOTIDES.fullmatch(word) and not set(word) <= set("CN"):
        return "sequence"
    if len(word) >= MIN_SMILES and is_surely_smiles(word):
        return "smiles"
    if len(word) >= MIN_PROTEIN and _RESIDUES.fullmatch(word) and len(set(word)) >= 4:
        return "sequence"
    return None


def _pasted(kind: PastedKind, question: str, start: int, end: int) -> Pasted:
    text = question[start:end].rstrip("\n")
    return Pasted(kind, text, start, start + len(text))
