"""Align two sequences."""

import re
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from assistant.tools import views
from assistant.tools.base import Schema
from assistant.tools.biology.library import biopython, substitution_matrix
from assistant.tools.biology.residues import (
    AMINO_ACIDS,
    NUCLEOTIDES,
    GivenSequence,
    ambiguity_notes,
    read_dna,
    read_protein,
)
from assistant.tools.optional import optional
from assistant.tools.result import ToolArtifact, ToolError, ToolResult

MAX_CELLS = 100_000_000  # of the traceback, 2 bytes each: 200 MB and some 5 s on one core
MAX_SHOWN_COLUMNS = 180  # of an alignment that is written into the summary
LINE = 60
DNA_MATRIX = "NUC.4.4"  # +5 for a match, -4 for a mismatch, in between for IUPAC codes
DEFINITE = AMINO_ACIDS + "UO"
TWILIGHT = 0.25  # identity below which two proteins often are unrelated, Rost 1999


@dataclass(frozen=True, slots=True)
class PairAlignment:
    """rows have one length, with "-" for gaps; starts are 1-based."""

    rows: tuple[str, str]
    starts: tuple[int, int]
    signs: str  # per column: | identical, : scores above 0, . aligned otherwise, blank for a gap
    score: float

    @property
    def num_columns(self) -> int:
        return len(self.signs)


def align_sequences(
    seq_a: Annotated[str, Schema(minLength=1, maxLength=10_000)],
    seq_b: Annotated[str, Schema(minLength=1, maxLength=10_000)],
    kind: Literal["protein", "dna"] = "protein",
    mode: Literal["global", "local"] = "global",
    matrix: Literal["BLOSUM62", "BLOSUM45", "BLOSUM80", "PAM250"] = "BLOSUM62",
    gap_open: Annotated[float, Schema(minimum=0, maximum=100)] = 11,
    gap_extend: Annotated[float, Schema(minimum=0, maximum=100)] = 1,
) -> ToolResult:
    """Pairwise alignment of two protein or DNA sequences with identity, similarity and gaps.

    seq_a: Protein sequence, one-letter codes; FASTA header, digits and white space are stripped
    seq_b: Protein sequence, one-letter codes; FASTA header, digits and white space are stripped
    kind: Alphabet
    mode: Global (Needleman-Wunsch) or local (Smith-Waterman)
    matrix: Protein matrix
    gap_open: Gap opening penalty, positive
    gap_extend: Gap extension penalty, positive
    """
    read = read_protein if kind == "protein" else read_dna
    a, b = read(seq_a, "seq_a"), read(seq_b, "seq_b")
    if len(a) * len(b) > MAX_CELLS:
        raise ToolError(
            "TOO_LONG",
            f"seq_a has {len(a):,} letters and seq_b {len(b):,}; together they may span {MAX_CELLS:,} pairs "
            "(10,000 by 10,000).",
            "Cut them to the parts that should match.",
        )
    matrix_name = matrix if kind == "protein" else DNA_MATRIX
    letters_a, letters_b = ((s.letters.replace("U", "T") if kind == "dna" else s.letters) for s in (a, b))
    found = _align(letters_a, letters_b, matrix_name, mode, (gap_open, gap_extend))
    scoring = f"{matrix_name}; a gap of n costs {gap_open:g} + (n - 1) x {gap_extend:g}"
    names = (a.title or "seq_a", b.title or "seq_b")
    return ToolResult(
        summary=_summary(
            found, (a, b), names, f"{mode.capitalize()} {'DNA' if kind == 'dna' else kind} alignment", scoring
        ),
        artifacts=_artifacts(found, names, kind),
        warnings=(*a.notes, *b.notes, *_cautions(found, kind, letters_a + letters_b)),
        provenance={
            "library": biopython(),
            "method": f"{'Needleman-Wunsch' if mode == 'global' else 'Smith-Waterman'} (Gotoh); {scoring}; "
            "one of the alignments with the best score; gaps at the ends cost as much as others",
            "parameters": {
                "kind": kind,
                "mode": mode,
                "matrix": matrix_name,
                "gap_open": gap_open,
                "gap_extend": gap_extend,
            },
        },
    )


def _align(a: str, b: str, matrix_name: str, mode: str, gaps: tuple[float, float]) -> PairAlignment:
    library = optional("Bio.Align", "biopython")
    matrix = substitution_matrix(matrix_name)
    aligner = library.PairwiseAligner(
        mode=mode, substitution_matrix=matrix, open_gap_score=-gaps[0], extend_gap_score=-gaps[1]
    )
    scored_a, scored_b = (_scored(letters, matrix_name) for letters in (a, b))
    found = next(iter(aligner.align(scored_a, scored_b)), None)
    if found is None:
        return PairAlignment(("", ""), (1, 1), "", 0.0)
    rows = _rows(found.coordinates.tolist(), a, b)
    starts = (int(found.coordinates[0][0]) + 1, int(found.coordinates[1][0]) + 1)
    pairs = list(zip(*rows, strict=True))
    sign_of = {pair: _sign(pair, matrix, matrix_name) for pair in set(pairs)}
    signs = "".join([sign_of[pair] for pair in pairs])
    return PairAlignment(rows, starts, signs, float(found.score))


def _sign(pair: tuple[str, str], matrix: Any, matrix_name: str) -> str:
    if "-" in pair:
        return " "
    if pair[0] == pair[1] and pair[0] in (NUCLEOTIDES[:4] if matrix_name == DNA_MATRIX else DEFINITE):
        return "|"
    one, other = (_scored(letter, matrix_name) for letter in pair)
    return ":" if matrix[one, other] > 0 else "."


def _scored(letters: str, matrix_name: str) -> str:
    """What the matrix has no row for becomes what it stands for."""
    return letters if matrix_name == DNA_MATRIX else letters.translate(str.maketrans("UOJ", "XXX"))


def _rows(coordinates: list[list[int]], a: str, b: str) -> tuple[str, str]:
    """Biopython's corner points of the path, from one stretch to the next."""
    row_a, row_b = [], []
    steps = zip(*coordinates, strict=True)
    at_a, at_b = next(steps)
    for to_a, to_b in steps:
        width = max(to_a - at_a, to_b - at_b)
        row_a.append(a[at_a:to_a] or "-" * width)
        row_b.append(b[at_b:to_b] or "-" * width)
        at_a, at_b = to_a, to_b
    return "".join(row_a), "".join(row_b)


def _summary(
    found: PairAlignment, given: tuple[GivenSequence, GivenSequence], names: tuple[str, str], what: str, scoring: str
) -> str:
    lengths = [len(sequence) for sequence in given]
    head = f"{what} of {names[0]} ({lengths[0]:,}) and {names[1]} ({lengths[1]:,})"
    if not found.signs:
        return f"{head}: no part of one resembles the other, nothing scores above 0 ({scoring})."
    columns, identical = found.num_columns, found.signs.count("|")
    similar = identical + found.signs.count(":")
    num_gaps, num_runs = found.signs.count(" "), _num_runs(found.rows)
    facts = [
        f"{head}, score {found.score:g} ({scoring}).",
        f"Identity {identical}/{columns} = {identical / columns:.1%} (identical pairs / alignment columns, gaps "
        f"counted); {identical}/{min(lengths)} = {identical / min(lengths):.1%} of the shorter sequence.",
        f"Similarity {similar}/{columns} = {similar / columns:.1%} (identical pairs and pairs that score above 0). "
        f"Gaps {num_gaps}/{columns} = {num_gaps / columns:.1%} in {num_runs} place{'s' * (num_runs != 1)}.",
    ]
    if what.startswith("Local"):
        facts.append(f"Aligned part: {_span(found, 0, names)}, {_span(found, 1, names)}.")
    if columns <= MAX_SHOWN_COLUMNS:
        facts.append(_blocks(found))
    return "\n".join(facts)


def _span(found: PairAlignment, i: int, names: tuple[str, str]) -> str:
    start = found.starts[i]
    return f"{names[i]} {start}-{start + len(found.rows[i].replace('-', '')) - 1}"


def _num_runs(rows: tuple[str, str]) -> int:
    return sum(len(re.findall("-+", row)) for row in rows)


def _blocks(found: PairAlignment) -> str:
    """A: first row, the signs, B: second row."""
    blocks = []
    for i in range(0, found.num_columns, LINE):
        part = slice(i, i + LINE)
        blocks.append(f"A {found.rows[0][part]}\n  {found.signs[part]}\nB {found.rows[1][part]}")
    return "\n".join(blocks)


def _cautions(found: PairAlignment, kind: str, letters: str) -> tuple[str, ...]:
    cautions = []
    if kind == "protein" and (rare := [letter for letter in "UOJ" if letter in letters]):
        cautions.append(f"{', '.join(rare)} scored as X: the matrix has no row for it.")
    if kind == "protein":
        cautions += ambiguity_notes(letters, "pairs with one never count as identical")
    elif ambiguous := len(letters) - sum(map(letters.count, "ACGT")):
        cautions.append(f"{ambiguous} ambiguous bases: pairs with one never count as identical.")
    if kind == "protein" and found.num_columns and found.signs.count("|") < TWILIGHT * found.num_columns:
        cautions.append("Below 25 % identity an alignment alone does not show that two proteins are related.")
    return tuple(cautions)


def _artifacts(
    found: PairAlignment, names: tuple[str, str], kind: Literal["protein", "dna"]
) -> tuple[ToolArtifact, ...]:
    if not found.signs:
        return ()
    alt = (
        f"Alignment of {names[0]} and {names[1]} over {found.num_columns:,} columns, "
        f"{found.signs.count('|') / found.num_columns:.1%} identical"
    )
    fasta = "".join(f">{name}\n{row}\n" for name, row in zip(names, found.rows, strict=True))
    return (
        views.alignment("alignment.json", names, found.rows, found.starts, kind, alt),
        views.file("alignment.fasta", fasta, "text/x-fasta", alt),
    )
