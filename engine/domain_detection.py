"""Find molecules and sequences in running text, as the released Intern-S1 tokenizers do before they encode it.

Detectors run one after the other, each on what the ones before left over. All expressions are linear: repetitions
are possessive, and a start that fails is at most nine units or 26 letters away from one that does not.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from engine.smiles_check import smiles_check

# Every element symbol of two letters; as units they come before the symbols of one.
_TWO_LETTER = (
    "A[cglmrstu]|B[aehikr]|C[adeflmnorsu]|D[bsy]|E[rsu]|F[elmr]|G[ade]|H[efgos]|I[nr]|Kr|L[airuv]|M[cdgnot]|"
    "N[abdehiop]|O[gs]|P[abdmortu]|R[abefghnu]|S[bcegimnr]|T[abcehilms]|Xe|Yb|Z[nr]"
)
# A bracket atom may hold anything, as released; the bound keeps a text of opening brackets from taking quadratic time.
_OTHER_UNIT = rf"\[[^\]]{{1,256}}\]|{_TWO_LETTER}|[BCFHIKNOPSUVWYbcnops()\-#@0-9$%*+/\\]"
# Ten units or more; neither the first nor the last of them is a colon, a full stop or an equals sign.
_SMILES = re.compile(rf"(?![:.=])(?:{_OTHER_UNIT}|[:.=]){{9}}+(?:[:.=]*+(?:{_OTHER_UNIT}))++")
_FIVE_LETTERS = re.compile(r"(?:[^A-Za-z]*[A-Za-z]){5}")
_ASCII_LETTER = re.compile(r"[A-Za-z]")
_PROTEIN = re.compile(r"[A-Z]{27,}")
_NUCLEIC = re.compile(r"[ATCGU]{27,}")


@dataclass(frozen=True, slots=True)
class Detector:
    """domain: the name of the sentencepiece model; spans: where a text holds such a thing, from left to right."""

    domain: str
    spans: Callable[[str], Iterator[tuple[int, int]]]


def pro_detectors(uses_rdkit: bool) -> tuple[Detector, ...]:
    """What Intern-S1-Pro looks for. uses_rdkit: see engine.smiles_check."""
    return _smiles_detector(uses_rdkit), Detector("PROT", _proteins), Detector("XNA", _nucleic_acids)


def s1_detectors(uses_rdkit: bool) -> tuple[Detector, ...]:
    """What Intern-S1 and S1-mini look for; nucleic acids are FASTA to them as well."""
    return _smiles_detector(uses_rdkit), Detector("FASTA", _sequences)


def split_domains(text: str, detectors: tuple[Detector, ...]) -> list[tuple[str, str | None]]:
    """Cut text into (piece, domain or None); the pieces join up to text again."""
    pieces: list[tuple[str, str | None]] = [(text, None)] if text else []
    for detector in detectors:
        pieces = [new for old in pieces for new in ([old] if old[1] is not None else _split(old[0], detector))]
    return pieces


def _split(text: str, detector: Detector) -> list[tuple[str, str | None]]:
    pieces: list[tuple[str, str | None]] = []
    position = 0
    for start, end in detector.spans(text):
        if start > position:
            pieces.append((text[position:start], None))
        pieces.append((text[start:end], detector.domain))
        position = end
    if position < len(text):
        pieces.append((text[position:], None))
    return pieces


def _smiles_detector(uses_rdkit: bool) -> Detector:
    is_smiles = smiles_check(uses_rdkit)

    def spans(text: str) -> Iterator[tuple[int, int]]:
        for run in _SMILES.finditer(text):
            start, end = run.span()
            if start > 0 and _ASCII_LETTER.match(text, start - 1) or _ASCII_LETTER.match(text, end):
                continue  # part of a longer word
            if _FIVE_LETTERS.match(run[0]) and is_smiles(run[0]):
                yield start, end

    return Detector("SMILES", spans)


def _sequences(text: str) -> Iterator[tuple[int, int]]:
    return (run.span() for run in _PROTEIN.finditer(text))


def _proteins(text: str) -> Iterator[tuple[int, int]]:
    return (run.span() for run in _PROTEIN.finditer(text) if not _NUCLEIC.fullmatch(run[0]))


def _nucleic_acids(text: str) -> Iterator[tuple[int, int]]:
    return (run.span() for run in _NUCLEIC.finditer(text))
