"""Compute what follows from a protein's residues."""

from typing import Annotated

from assistant.tools import views
from assistant.tools.base import Schema
from assistant.tools.biology.library import biopython
from assistant.tools.biology.protein_chemistry import PK_SET, ProteinValues, charge, protein_values
from assistant.tools.biology.residues import (
    AMINO_ACIDS,
    NAMES,
    RARE,
    GivenSequence,
    read_protein,
    refuse_ambiguous,
)
from assistant.tools.result import ToolArtifact, ToolResult

UNSTABLE = 40.0  # instability index, Guruprasad et al. 1990


def protein_properties(
    sequence: Annotated[str, Schema(minLength=1, maxLength=10_000)],
    ph: Annotated[float, Schema(minimum=0, maximum=14)] = 7.0,
) -> ToolResult:
    """Composition, mass, pI, charge at a pH, extinction coefficient, GRAVY, instability, aromaticity of a protein sequence.

    sequence: Protein sequence, one-letter codes; FASTA header, digits and white space are stripped
    ph: pH for net charge
    """  # noqa: E501 - the description is one line
    protein = read_protein(sequence)
    refuse_ambiguous(protein.letters)
    values = protein_values(protein.letters)
    net_charge = charge(protein.letters, ph)

    return ToolResult(
        summary=_summary(protein, values, ph, net_charge),
        artifacts=(_table(protein.letters, values, ph, net_charge), _composition(protein), _view(protein)),
        warnings=(*protein.notes, *_cautions(protein.letters, values)),
        provenance={
            "library": biopython(),
            "method": f"ProtParam formulas; {PK_SET}; extinction by Pace et al. 1995",
            "parameters": {"ph": ph, "num_residues": len(protein)},
        },
    )


def _summary(protein: GivenSequence, values: ProteinValues, ph: float, net_charge: float) -> str:
    letters = protein.letters
    title = f" ({protein.title})" if protein.title else ""
    counts = ", ".join(f"{letter} {letters.count(letter)}" for letter in AMINO_ACIDS + "UO" if letter in letters)
    verdict = "above 40: classed as unstable" if values.instability > UNSTABLE else "below 40: classed as stable"
    return "\n".join(
        (
            f"Protein of {len(letters):,} residues{title}.",
            f"Average mass {values.average_mass:.2f} Da; monoisotopic mass {values.monoisotopic_mass:.4f} Da "
            "(neutral chain, free ends, cysteines reduced).",
            f"Isoelectric point (pI) {_shown_pi(values)} ({PK_SET}); net charge at pH {ph:g}: {net_charge:+.2f}.",
            _absorbance(values),
            f"GRAVY {values.gravy:.3f} (mean Kyte-Doolittle hydropathy); instability index {values.instability:.2f} "
            f"({verdict}); aliphatic index {values.aliphatic_index:.2f}; aromaticity {values.aromaticity:.3f} "
            "(fraction of F, W, Y).",
            f"Composition: {counts}.",
        )
    )


def _absorbance(values: ProteinValues) -> str:
    reduced, cystines = values.extinction_reduced, values.extinction_cystines
    absorbances = [f"{extinction / values.average_mass:.3f}" for extinction in (reduced, cystines)]
    if reduced == cystines:
        return f"Extinction coefficient at 280 nm {reduced} M^-1 cm^-1; A280 of 1 g/L in 1 cm: {absorbances[0]}."
    return (
        f"Extinction coefficient at 280 nm {cystines} M^-1 cm^-1 with all cysteines in disulfides, "
        f"{reduced} M^-1 cm^-1 with all of them reduced; A280 of 1 g/L in 1 cm: {absorbances[1]} and {absorbances[0]}."
    )


def _shown_pi(values: ProteinValues) -> str:
    point = values.isoelectric_point
    return "does not exist between pH 0 and 14" if point < 0.01 or point > 13.99 else f"{point:.2f}"


def _cautions(letters: str, values: ProteinValues) -> tuple[str, ...]:
    cautions = [
        f"{letters.count(letter)} {RARE[letter]} ({letter}): in the mass, but not in pI, charge, GRAVY and instability."
        for letter in RARE
        if letter in letters
    ]
    if values.extinction_reduced == 0:
        cautions.append("Without W and Y the protein hardly absorbs at 280 nm; measure it at 205 or 214 nm.")
    elif "W" not in letters:
        cautions.append("Without W the extinction coefficient may be wrong by more than 10 %.")
    return tuple(cautions)


def _table(letters: str, values: ProteinValues, ph: float, net_charge: float) -> ToolArtifact:
    rows = (
        ("residues", len(letters), ""),
        ("average mass", round(values.average_mass, 2), "Da"),
        ("monoisotopic mass", round(values.monoisotopic_mass, 4), "Da"),
        ("isoelectric point", _shown_pi(values), "pH"),
        (f"net charge at pH {ph:g}", round(net_charge, 2), "e"),
        ("extinction coefficient at 280 nm, reduced", values.extinction_reduced, "1/(M cm)"),
        ("extinction coefficient at 280 nm, disulfides", values.extinction_cystines, "1/(M cm)"),
        ("GRAVY", round(values.gravy, 3), ""),
        ("instability index", round(values.instability, 2), ""),
        ("aliphatic index", round(values.aliphatic_index, 2), ""),
        ("aromaticity", round(values.aromaticity, 3), ""),
    )
    alt = f"Properties of a protein of {len(letters):,} residues"
    return views.table("protein_properties.csv", ("property", "value", "unit"), rows, alt)


def _composition(protein: GivenSequence) -> ToolArtifact:
    letters = protein.letters
    present = [letter for letter in AMINO_ACIDS + "UO" if letter in letters]
    rows = [
        (letter, NAMES[letter], letters.count(letter), round(100 * letters.count(letter) / len(letters), 2))
        for letter in present
    ]
    alt = f"How often each of {len(present)} amino acids occurs"
    return views.table("composition.csv", ("code", "amino acid", "number", "share (%)"), rows, alt)


def _view(protein: GivenSequence) -> ToolArtifact:
    alt = f"Sequence of {len(protein):,} residues with its composition"
    return views.sequence("sequence.json", protein.title or "Protein", protein.letters, "protein", alt)
