"""NCBI's genetic codes, translation and open reading frames.

A frame is 1, 2, 3 on the strand given and -1, -2, -3 on its reverse complement; positions are 1-based on the strand
given, so that an open reading frame on the other one starts at the higher number.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import product
from typing import Any

from assistant.tools.optional import optional
from assistant.tools.result import ToolError

FRAMES = (1, 2, 3, -1, -2, -3)
IUPAC = {
    "A": "A", "C": "C", "G": "G", "T": "T", "R": "AG", "Y": "CT", "S": "CG", "W": "AT", "K": "GT", "M": "AC",
    "B": "CGT", "D": "AGT", "H": "ACT", "V": "ACG", "N": "ACGT",
}  # fmt: skip
_COMPLEMENT = str.maketrans("ACGTRYSWKMBDHVN", "TGCAYRSWMKVHDBN")
# read N to C: from the first M after a stop or the start, to the next stop or the end
_ORF = re.compile(r"M[^*]*(\*?)")


@dataclass(frozen=True, slots=True)
class OpenReadingFrame:
    """From ATG. protein is without the stop; has_stop is False where the sequence ends first."""

    frame: int
    start: int
    end: int  # of the stop codon where there is one
    protein: str
    has_stop: bool


@dataclass(frozen=True, slots=True)
class GeneticCode:
    number: int
    name: str
    amino_acids: dict[str, str]  # of 64 codons, * for stop
    dual: tuple[str, ...]  # codons that are stops in some places; read as amino acids


@cache
def code_table(number: int) -> GeneticCode:
    """ToolError NO_SUCH_CODE for a number that NCBI has not given out."""
    tables: dict[int, Any] = optional("Bio.Data.CodonTable", "biopython").unambiguous_dna_by_id
    if number not in tables:
        known = ", ".join(f"{key} {table.names[0]}" for key, table in list(tables.items())[:8])
        raise ToolError(
            "NO_SUCH_CODE",
            f"There is no genetic code {number}; NCBI's numbers are {', '.join(map(str, sorted(tables)))}.",
            f"Common ones: {known}, 11 Bacterial.",
        )
    table = tables[number]
    forward = dict(table.forward_table)
    dual = tuple(codon for codon in table.stop_codons if codon in forward)
    stops = {codon: "*" for codon in table.stop_codons if codon not in forward}
    return GeneticCode(number, table.names[0], forward | stops, dual)


def reverse_complement(dna: str) -> str:
    return dna.translate(_COMPLEMENT)[::-1]


def reading(dna: str, frame: int) -> str:
    """The strand of a frame from its first codon on, partial codon included."""
    strand = dna if frame > 0 else reverse_complement(dna)
    return strand[abs(frame) - 1 :]


def translate(strand: str, code: GeneticCode) -> str:
    """X where the codes leave more than one residue open. A partial codon at the end is left out."""
    known = code.amino_acids
    codons = [strand[i : i + 3] for i in range(0, len(strand) - 2, 3)]
    if others := set(codons) - known.keys():
        known = known | {codon: _ambiguous(codon, code) for codon in others}
    return "".join([known[codon] for codon in codons])


def open_reading_frames(dna: str, code: GeneticCode) -> Iterator[OpenReadingFrame]:
    """The longest one for every stop: from the first ATG after the stop before."""
    has_other_starts = "".join(code.amino_acids.values()).count("M") > 1
    for frame in FRAMES:
        strand = reading(dna, frame)
        protein = translate(strand, code)
        for found in _ORF.finditer(_only_atg(protein, strand) if has_other_starts else protein):
            first = abs(frame) - 1 + 3 * found.start()
            last = abs(frame) - 1 + 3 * found.end()
            start, end = (first + 1, last) if frame > 0 else (len(dna) - first, len(dna) - last + 1)
            has_stop = bool(found.group(1))
            residues = protein[found.start() : found.end() - has_stop]
            yield OpenReadingFrame(frame, start, end, residues, has_stop)


def _only_atg(protein: str, strand: str) -> str:
    """The protein with M only where the codon is ATG: some codes read ATA as M too."""
    return "".join(
        "x" if residue == "M" and strand[3 * i : 3 * i + 3] != "ATG" else residue for i, residue in enumerate(protein)
    )


def _ambiguous(codon: str, code: GeneticCode) -> str:
    meanings = {code.amino_acids["".join(bases)] for bases in product(*(IUPAC[base] for base in codon))}
    if len(meanings) == 1:
        return meanings.pop()
    return {frozenset("DN"): "B", frozenset("EQ"): "Z", frozenset("IL"): "J"}.get(frozenset(meanings), "X")
