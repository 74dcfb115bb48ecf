"""Apply point mutations to a protein."""

import re
from dataclasses import dataclass
from typing import Annotated

from assistant.tools import views
from assistant.tools.base import Schema
from assistant.tools.biology.library import biopython, substitution_matrix
from assistant.tools.biology.protein_chemistry import PK_SET, ProteinValues, charge, protein_values
from assistant.tools.biology.residues import NAMES, read_protein, refuse_ambiguous
from assistant.tools.result import ToolArtifact, ToolError, ToolResult

NEUTRAL_PH = 7.0
MAX_OFFSET_TRIED = 100  # signal peptides and tags are seldom longer
FLANK = 7  # residues shown on either side of a mutation
LINE = 60


@dataclass(frozen=True, slots=True)
class Mutation:
    """position is 1-based in the given sequence."""

    name: str
    old: str
    position: int
    new: str


def mutate_sequence(
    sequence: Annotated[str, Schema(minLength=1, maxLength=10_000)],
    mutations: Annotated[
        list[Annotated[str, Schema(pattern="^[ACDEFGHIKLMNPQRSTVWY][0-9]+[ACDEFGHIKLMNPQRSTVWY*]$")]],
        Schema(minItems=1, maxItems=50),
    ],
    numbering_offset: Annotated[int, Schema(minimum=-10_000, maximum=10_000)] = 0,
) -> ToolResult:
    """Apply point mutations and report changes in mass, pI, hydropathy.

    sequence: Protein sequence, one-letter codes; FASTA header, digits and white space are stripped
    mutations: e.g. ["E7V"]; wild-type letter is checked
    numbering_offset: Added to the given number to get the position in this sequence
    """
    protein = read_protein(sequence)
    refuse_ambiguous(protein.letters)
    wanted = [_parsed(name, numbering_offset) for name in mutations]
    _check(wanted, protein.letters, numbering_offset)
    mutant, notes = _mutant(protein.letters, wanted)

    before, after = protein_values(protein.letters), protein_values(mutant)
    charges = charge(protein.letters, NEUTRAL_PH), charge(mutant, NEUTRAL_PH)
    return ToolResult(
        summary=_summary(wanted, (protein.letters, mutant), (before, after), charges),
        artifacts=(
            _change_table(before, after, charges),
            _view(mutant, wanted, protein.title),
            _fasta(mutant, wanted, protein.title),
        ),
        warnings=(*protein.notes, *notes),
        provenance={
            "library": biopython(),
            "method": f"ProtParam formulas; {PK_SET}; BLOSUM62",
            "parameters": {"mutations": mutations, "numbering_offset": numbering_offset},
        },
    )


def _parsed(name: str, offset: int) -> Mutation:
    found = re.fullmatch(r"([A-Z])(\d{1,9})([A-Z*])", name)
    if found is None:
        raise ToolError("WRONG_VALUE", f"'{name[:30]}' is not a mutation.", "Write it as E7V: old, position, new.")
    return Mutation(name, found[1], int(found[2]) + offset, found[3])


def _check(wanted: list[Mutation], letters: str, offset: int) -> None:
    """ToolError OUT_OF_RANGE, DUPLICATE or WT_MISMATCH."""
    seen: dict[int, str] = {}
    for mutation in wanted:
        if mutation.position in seen:
            raise ToolError(
                "DUPLICATE",
                f"{seen[mutation.position]} and {mutation.name} change the same residue, {mutation.position}.",
                "Give one mutation a position; make a call for each variant.",
            )
        seen[mutation.position] = mutation.name
        if not 1 <= mutation.position <= len(letters):
            raise ToolError(
                "OUT_OF_RANGE",
                f"{mutation.name} points to position {mutation.position}, but the sequence has residues "
                f"1-{len(letters):,}.",
                _offset_hint(wanted, letters, offset),
            )
        there = letters[mutation.position - 1]
        if there != mutation.old:
            places = [i for i, letter in enumerate(letters, 1) if letter == mutation.old]
            near = sorted(sorted(places, key=lambda place: abs(place - mutation.position))[:3])
            at = (
                f"the nearest {mutation.old} is at {', '.join(map(str, near))}"
                if near
                else f"there is no {mutation.old}"
            )
            raise ToolError(
                "WT_MISMATCH",
                f"{mutation.name}: position {mutation.position} is {there} ({NAMES[there]}), not {mutation.old} "
                f"({NAMES[mutation.old]}); {at}.",
                _offset_hint(wanted, letters, offset),
            )


def _offset_hint(wanted: list[Mutation], letters: str, offset: int) -> str:
    """The smallest shift of the numbers at which every wild-type residue fits."""
    for shift in sorted(range(-MAX_OFFSET_TRIED, MAX_OFFSET_TRIED + 1), key=abs):
        places = [mutation.position + shift for mutation in wanted]
        if all(1 <= place <= len(letters) for place in places) and all(
            letters[place - 1] == mutation.old for place, mutation in zip(places, wanted, strict=True)
        ):
            why = " (numbering without the first Met?)" if offset + shift == 1 and letters[0] == "M" else ""
            return f"All mutations fit with numbering_offset={offset + shift}{why}; check that this is what is meant."
    return "Check the numbering and the sequence."


def _mutant(letters: str, wanted: list[Mutation]) -> tuple[str, list[str]]:
    residues = list(letters)
    for mutation in wanted:
        residues[mutation.position - 1] = mutation.new
    mutant, stop, _ = "".join(residues).partition("*")
    notes = []
    if stop:
        if not mutant:
            raise ToolError("EMPTY", "A stop at position 1 leaves no protein.", "Put the stop further on.")
        notes.append(f"The stop cuts the protein to {len(mutant):,} of {len(letters):,} residues.")
        lost = [mutation.name for mutation in wanted if mutation.position > len(mutant) + 1]
        if lost:
            notes.append(f"{', '.join(lost)} lies behind the stop and has no effect.")
    if unchanged := [mutation.name for mutation in wanted if mutation.old == mutation.new]:
        notes.append(f"{', '.join(unchanged)} changes nothing: old and new residue are the same.")
    return mutant, notes


def _summary(
    wanted: list[Mutation],
    letters: tuple[str, str],
    values: tuple[ProteinValues, ProteinValues],
    charges: tuple[float, float],
) -> str:
    before, after = values
    shown = [_described(mutation, letters) for mutation in wanted[:6]]
    if len(wanted) > len(shown):
        shown.append(f"... and {len(wanted) - len(shown)} more")
    mutant = letters[1] if len(letters[1]) <= 500 else f"{letters[1][:500]} ... and {len(letters[1]) - 500:,} more"
    return "\n".join(
        (
            f"Applied {len(wanted)} mutation{'s' * (len(wanted) > 1)}: {'; '.join(shown)}.",
            f"Mass change {after.average_mass - before.average_mass:+.2f} Da (average, "
            f"{before.average_mass:.2f} -> {after.average_mass:.2f} Da); "
            f"{after.monoisotopic_mass - before.monoisotopic_mass:+.4f} Da (monoisotopic).",
            f"pI {before.isoelectric_point:.2f} -> {after.isoelectric_point:.2f} ({PK_SET}); net charge at pH 7 "
            f"{charges[0]:+.2f} -> {charges[1]:+.2f}; GRAVY {before.gravy:.3f} -> {after.gravy:.3f} "
            "(mean Kyte-Doolittle hydropathy, positive is hydrophobic).",
            f"Mutant: {mutant}",
        )
    )


def _described(mutation: Mutation, letters: tuple[str, str]) -> str:
    old, new, place = mutation.old, mutation.new, mutation.position
    label = f"p.{NAMES[old]}{place}{NAMES.get(new, 'Ter')}"
    start, end = max(0, place - 1 - FLANK), place + FLANK
    context = (
        f"{letters[0][start:end]} -> {letters[1][start:end] if new != '*' else letters[1][start : place - 1] + '*'}"
    )
    if new == "*":
        return f"{label} ({context})"
    score = substitution_matrix("BLOSUM62")[old, new]
    return f"{label} ({context}, BLOSUM62 {score:+.0f})"


def _change_table(before: ProteinValues, after: ProteinValues, charges: tuple[float, float]) -> ToolArtifact:
    values = (
        ("average mass (Da)", before.average_mass, after.average_mass, 2),
        ("monoisotopic mass (Da)", before.monoisotopic_mass, after.monoisotopic_mass, 4),
        ("isoelectric point (pH)", before.isoelectric_point, after.isoelectric_point, 2),
        ("net charge at pH 7 (e)", *charges, 2),
        ("GRAVY", before.gravy, after.gravy, 3),
        ("instability index", before.instability, after.instability, 2),
        ("extinction at 280 nm, reduced (1/(M cm))", before.extinction_reduced, after.extinction_reduced, 0),
    )
    rows = [(name, round(old, n), round(new, n), round(new - old, n)) for name, old, new, n in values]
    columns = ("property", "wild type", "mutant", "change")
    return views.table("mutation.csv", columns, rows, "Properties before and after the mutations")


def _view(mutant: str, wanted: list[Mutation], title: str) -> ToolArtifact:
    features: list[views.Feature] = [
        {"start": mutation.position, "end": mutation.position, "label": mutation.name, "kind": "site"}
        for mutation in wanted
        if mutation.position <= len(mutant)
    ]
    alt = f"Mutant of {len(mutant):,} residues with {len(features)} changed residues marked"
    return views.sequence("mutant.json", title or "Mutant", mutant, "protein", alt, features)


def _fasta(mutant: str, wanted: list[Mutation], title: str) -> ToolArtifact:
    lines = [mutant[i : i + LINE] for i in range(0, len(mutant), LINE)]
    header = f">{title or 'mutant'} {','.join(mutation.name for mutation in wanted)}"
    return views.file("mutant.fasta", "\n".join((header, *lines, "")), "text/x-fasta", "The mutant as FASTA")
