"""What follows from the residues of a protein alone: mass, charge, isoelectric point, hydropathy, absorbance.

letters: the 20 amino acids, U and O. Masses are those of the whole chain with free ends, all cysteines reduced.
"""

from dataclasses import dataclass
from typing import Any

from assistant.tools.biology.residues import AMINO_ACIDS
from assistant.tools.optional import optional

PK_SET = "Bjellqvist 1993/1994 pK values"
TRYPTOPHAN_E280, TYROSINE_E280, CYSTINE_E280 = 5500, 1490, 125  # 1/(M cm), Pace et al. 1995


@dataclass(frozen=True, slots=True)
class ProteinValues:
    """masses in Da, extinction at 280 nm in 1/(M cm)."""

    average_mass: float
    monoisotopic_mass: float
    isoelectric_point: float  # pH of zero charge, or 0 or 14 where none is
    gravy: float  # mean Kyte-Doolittle hydropathy
    instability: float
    aromaticity: float  # fraction of F, W and Y
    aliphatic_index: float
    extinction_reduced: int
    extinction_cystines: int


def protein_values(letters: str) -> ProteinValues:
    scale = optional("Bio.SeqUtils.ProtParamData", "biopython").kd
    standard = [letter for letter in letters if letter in AMINO_ACIDS]
    share = {letter: letters.count(letter) / len(letters) for letter in AMINO_ACIDS}
    reduced = letters.count("W") * TRYPTOPHAN_E280 + letters.count("Y") * TYROSINE_E280
    return ProteinValues(
        average_mass=mass(letters),
        monoisotopic_mass=mass(letters, is_monoisotopic=True),
        isoelectric_point=isoelectric_point(letters),
        gravy=sum(scale[letter] for letter in standard) / max(len(standard), 1),
        instability=_instability(letters),
        aromaticity=share["F"] + share["W"] + share["Y"],
        aliphatic_index=100 * (share["A"] + 2.9 * share["V"] + 3.9 * (share["I"] + share["L"])),
        extinction_reduced=reduced,
        extinction_cystines=reduced + letters.count("C") // 2 * CYSTINE_E280,
    )


def mass(letters: str, is_monoisotopic: bool = False) -> float:
    """Da."""
    weigh = optional("Bio.SeqUtils", "biopython").molecular_weight
    return float(weigh(letters, "protein", monoisotopic=is_monoisotopic))


def charge(letters: str, ph: float) -> float:
    """Net charge in elementary charges; U and O count as uncharged."""
    return float(_charges(letters).charge_at_pH(ph))


def isoelectric_point(letters: str) -> float:
    return float(_charges(letters).pi(7.0, 0.0, 14.0))


def _charges(letters: str) -> Any:
    counts = {letter: letters.count(letter) for letter in AMINO_ACIDS}
    return optional("Bio.SeqUtils.IsoelectricPoint", "biopython").IsoelectricPoint(letters, counts)


def _instability(letters: str) -> float:
    """Guruprasad et al. 1990; pairs with U or O count as 0."""
    weights = optional("Bio.SeqUtils.ProtParamData", "biopython").DIWV
    pairs = zip(letters, letters[1:], strict=False)
    return 10 / len(letters) * float(sum(weights.get(one, {}).get(next_one, 0.0) for one, next_one in pairs))
