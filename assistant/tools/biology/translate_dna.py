"""Translate DNA or RNA, or list its open reading frames."""

from typing import Annotated, Literal

from assistant.tools import views
from assistant.tools.base import Schema
from assistant.tools.biology.genetic_code import (
    GeneticCode,
    OpenReadingFrame,
    code_table,
    open_reading_frames,
    reading,
    translate,
)
from assistant.tools.biology.library import biopython
from assistant.tools.biology.residues import GivenSequence, read_dna
from assistant.tools.result import ToolArtifact, ToolResult

MAX_SHOWN_PROTEIN = 1_000  # letters in the summary
MAX_ROWS = 2_000
MAX_FEATURES = 200  # drawn along a sequence
MAX_LISTED_ORFS = 10  # in the summary
LINE = 60


def translate_dna(
    sequence: Annotated[str, Schema(minLength=3, maxLength=200_000)],
    frame: Literal[1, 2, 3, -1, -2, -3] = 1,
    genetic_code: Annotated[int, Schema(minimum=1, maximum=33)] = 1,
    to_stop: bool = False,
    find_orfs: bool = False,
    min_orf_aa: Annotated[int, Schema(minimum=5, maximum=5_000)] = 30,
) -> ToolResult:
    """Translate DNA/RNA in one frame, or list open reading frames in all six.

    sequence: DNA or RNA, IUPAC codes
    frame: 1,2,3 forward; -1,-2,-3 reverse complement
    genetic_code: NCBI table number
    to_stop: Stop at the first stop codon
    find_orfs: List ORFs instead
    min_orf_aa: Shortest ORF, aa
    """
    given = read_dna(sequence)
    code = code_table(genetic_code)
    dna = given.letters.replace("U", "T")
    notes = [*given.notes]
    if code.dual:
        notes.append(
            f"In this code {', '.join(code.dual)} can be a stop or an amino acid; they were read as amino acids."
        )
    if find_orfs:
        return _orfs(given, dna, code, min_orf_aa, notes)
    return _translation(given, dna, code, frame, to_stop, notes)


def _translation(
    given: GivenSequence, dna: str, code: GeneticCode, frame: int, to_stop: bool, notes: list[str]
) -> ToolResult:
    strand = reading(dna, frame)
    protein = translate(strand, code)
    if rest := len(strand) % 3:
        notes.append(
            f"{rest} base{'s' * (rest > 1)} after the last whole codon {'were' if rest > 1 else 'was'} ignored."
        )
    if unknown := sum(map(protein.count, "XBZJ")):
        notes.append(f"{unknown} codons with ambiguous bases are X, B, Z or J in the protein.")
    first_stop = protein.find("*")
    num_stops = protein.count("*")
    if to_stop and first_stop >= 0:
        protein = protein[:first_stop]
    elif to_stop:
        notes.append("There is no stop codon in this frame: the protein runs to the end of the sequence.")
    stops = f"{num_stops} stop codon{'s' * (num_stops != 1)} in this frame" + (
        f", the first after residue {first_stop}" if num_stops else ""
    )
    shown = protein if len(protein) <= MAX_SHOWN_PROTEIN else protein[:MAX_SHOWN_PROTEIN]
    more = f" ... and {len(protein) - len(shown):,} more residues" if len(shown) < len(protein) else ""
    cut = ", up to the first stop" if to_stop and num_stops else ""
    length = len(protein) - protein.count("*")
    return ToolResult(
        summary=f"Frame {frame:+d} of {len(dna):,} bases, genetic code {code.number} ({code.name}): "
        f"{length:,} residue{'s' * (length != 1)}{cut}; {stops}.\n"
        f"Protein: {(shown or 'none, the first codon is a stop') + more}",
        artifacts=_protein_artifacts(given, protein, frame),
        warnings=tuple(notes),
        provenance=_provenance(code, frame=frame, to_stop=to_stop),
    )


def _protein_artifacts(given: GivenSequence, protein: str, frame: int) -> tuple[ToolArtifact, ...]:
    if not protein:
        return ()
    title = f"{given.title or 'translation'} frame {frame:+d}"
    places = [i for i, letter in enumerate(protein, 1) if letter == "*"][:MAX_FEATURES]
    stops: list[views.Feature] = [{"start": i, "end": i, "label": "stop", "kind": "site"} for i in places]
    alt = f"Translated protein, {len(protein):,} residues"
    return (
        views.sequence("protein.json", title, protein, "protein", alt, stops),
        views.file("protein.fasta", _fasta(title, protein), "text/x-fasta", alt),
    )


def _orfs(given: GivenSequence, dna: str, code: GeneticCode, min_aa: int, notes: list[str]) -> ToolResult:
    every = sorted(open_reading_frames(dna, code), key=lambda orf: -len(orf.protein))
    orfs = [orf for orf in every if len(orf.protein) >= min_aa]
    lines = [
        f"{len(orfs)} open reading frame{'s' * (len(orfs) != 1)} of at least {min_aa} aa in all six frames of "
        f"{len(dna):,} bases (ATG to stop, genetic code {code.number}, {code.name}), the longest first."
    ]
    if not orfs:
        lines.append(f"The longest is {_described(every[0])}." if every else "There is no ATG in any frame.")
    lines += [f"{number}. {_described(orf)}" for number, orf in enumerate(orfs[:MAX_LISTED_ORFS], 1)]
    if len(orfs) > MAX_LISTED_ORFS:
        lines.append(f"... and {len(orfs) - MAX_LISTED_ORFS:,} more.")
    if any(not orf.has_stop for orf in orfs):
        notes.append("An ORF without a stop runs off the end of the sequence: its protein may go on.")
    return ToolResult(
        summary="\n".join(lines),
        artifacts=_orf_artifacts(given, dna, orfs[:MAX_ROWS]),
        warnings=tuple(notes),
        provenance=_provenance(code, find_orfs=True, min_orf_aa=min_aa),
    )


def _described(orf: OpenReadingFrame) -> str:
    protein = orf.protein if len(orf.protein) <= LINE else f"{orf.protein[:LINE]}..."
    end = "" if orf.has_stop else ", no stop"
    return f"{len(orf.protein):,} aa, frame {orf.frame:+d}, bases {orf.start:,}-{orf.end:,}{end}: {protein}"


def _orf_artifacts(given: GivenSequence, dna: str, orfs: list[OpenReadingFrame]) -> tuple[ToolArtifact, ...]:
    features: list[views.Feature] = [
        {
            "start": min(orf.start, orf.end),
            "end": max(orf.start, orf.end),
            "label": f"frame {orf.frame:+d}, {len(orf.protein)} aa",
            "kind": "orf",
        }
        for orf in orfs[:MAX_FEATURES]
    ]
    alt = f"DNA of {len(dna):,} bases with {len(features)} open reading frames"
    view = views.sequence("orfs.json", given.title or "Open reading frames", dna, "dna", alt, features)
    if not orfs:
        return (view,)
    rows = [(orf.frame, orf.start, orf.end, len(orf.protein), orf.has_stop, orf.protein) for orf in orfs]
    columns = ("frame", "start", "end", "length (aa)", "has stop", "protein")
    proteins = "".join(_fasta(f"orf_{i} frame {orf.frame:+d} {orf.start}-{orf.end}", orf.protein) for i, orf in
                       enumerate(orfs, 1))  # fmt: skip
    return (
        view,
        views.table("orfs.csv", columns, rows, f"{len(rows)} open reading frames, the longest first"),
        views.file("orfs.fasta", proteins, "text/x-fasta", f"Proteins of {len(rows)} open reading frames"),
    )


def _fasta(title: str, letters: str) -> str:
    lines = [letters[i : i + LINE] for i in range(0, len(letters), LINE)]
    return "\n".join((f">{title}", *lines, ""))


def _provenance(code: GeneticCode, **parameters: int) -> dict[str, object]:
    return {
        "library": biopython(),
        "method": f"NCBI genetic code {code.number} ({code.name})",
        "parameters": {"genetic_code": code.number, **parameters},
    }
