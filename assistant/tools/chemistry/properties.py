"""What molecular_properties can compute: for each property a column of its table and a fact in words."""

from collections.abc import Callable
from dataclasses import dataclass

from rdkit import Chem
from rdkit.Chem import QED, Crippen, Descriptors, Lipinski, rdMolDescriptors

from assistant.tools.chemistry.contrib_scores import np_score, sa_score
from assistant.tools.molecule import counted, formula
from assistant.tools.views import Cell

# ESOL refitted by P. Walters (github.com/PatWalters/solubility, 2018) to Delaney's 1,128 compounds on RDKit descriptors
ESOL_INTERCEPT, ESOL_LOGP, ESOL_WEIGHT, ESOL_ROTATABLE, ESOL_AROMATIC = (
    0.26121,
    -0.74167,
    -0.0066138,
    0.0034515,
    -0.42625,
)

# What each model claims about itself.
MODELS = {
    "logp": "logP is the Wildman-Crippen model (standard error 0.68 on its training set, 1999)",
    "molar_refractivity": "molar refractivity is the Wildman-Crippen model (standard error 1.4 cm^3/mol)",
    "qed": "QED is Bickerton's drug-likeness (0 to 1, 2012)",
    "sa_score": "SA score is Ertl and Schuffenhauer's synthetic accessibility (1 easy to 10 hard; r^2 0.89 against "
    "chemists, 2009)",
    "np_score": "NP score is Ertl's natural product-likeness (-5 to 5, higher is more natural, 2008)",
    "esol_logs": "logS is Delaney's ESOL model, refitted on RDKit descriptors (predictions within a factor of 5-8 of "
    "measured solubilities, 2004)",
}


@dataclass(frozen=True, slots=True)
class Property:
    """column: header with unit. value: of the table. words: a template for the value, as a fact."""

    column: str
    value: Callable[[Chem.Mol], Cell]
    words: Callable[[Chem.Mol], str]


def _number(column: str, value: Callable[[Chem.Mol], float], digits: int, words: str) -> Property:
    def rounded(molecule: Chem.Mol) -> float:
        return round(value(molecule), digits) + 0.0  # never -0.0

    return Property(column, rounded, lambda molecule: words.format(f"{rounded(molecule):.{digits}f}"))


def _count(column: str, value: Callable[[Chem.Mol], int], words: str) -> Property:
    return Property(column, value, lambda molecule: words.format(value(molecule)))


def lipinski_violations(molecule: Chem.Mol) -> list[str]:
    """Of Lipinski's rule of five; one violation is allowed."""
    rules = {
        "molecular weight > 500": Descriptors.MolWt(molecule) > 500,
        "logP > 5": Crippen.MolLogP(molecule) > 5,
        "H-bond donors > 5": Lipinski.NumHDonors(molecule) > 5,
        "H-bond acceptors > 10": Lipinski.NumHAcceptors(molecule) > 10,
    }
    return [rule for rule, is_broken in rules.items() if is_broken]


def veber_violations(molecule: Chem.Mol) -> list[str]:
    """Of Veber's rules for oral bioavailability."""
    rules = {
        "rotatable bonds > 10": rdMolDescriptors.CalcNumRotatableBonds(molecule) > 10,
        "TPSA > 140 A^2": rdMolDescriptors.CalcTPSA(molecule) > 140,
    }
    return [rule for rule, is_broken in rules.items() if is_broken]


def _rule(name: str, violations: Callable[[Chem.Mol], list[str]], num_allowed: int) -> Property:
    def words(molecule: Chem.Mol) -> str:
        broken = violations(molecule)
        verdict = "met" if len(broken) <= num_allowed else "not met"
        which = f" ({', '.join(broken)})" if broken else ""
        return f"{name} {verdict}, {counted(len(broken), 'violation')}{which}"

    return Property(f"{name} violations", lambda molecule: len(violations(molecule)), words)


def esol_logs(molecule: Chem.Mol) -> float:
    """log10 of the solubility in water in mol/L at 25 C. ZeroDivisionError without heavy atoms."""
    num_aromatic = sum(atom.GetIsAromatic() for atom in molecule.GetAtoms())
    return float(
        ESOL_INTERCEPT
        + ESOL_LOGP * Crippen.MolLogP(molecule)
        + ESOL_WEIGHT * Descriptors.MolWt(molecule)
        + ESOL_ROTATABLE * rdMolDescriptors.CalcNumRotatableBonds(molecule)
        + ESOL_AROMATIC * num_aromatic / molecule.GetNumHeavyAtoms()
    )


def _solubility_words(molecule: Chem.Mol) -> str:
    logs = esol_logs(molecule)
    return f"solubility in water logS {logs:.2f} ({10**logs:.2g} mol/L, ESOL estimate)"


def _stereocentres(molecule: Chem.Mol) -> str:
    centres = Chem.FindMolChiralCenters(molecule, includeUnassigned=True, useLegacyImplementation=False)
    num_open = sum(label == "?" for _, label in centres)
    return f"{len(centres)} ({num_open} undefined)" if num_open else str(len(centres))


PROPERTIES: dict[str, Property] = {
    "formula": Property("formula", formula, lambda m: f"formula {formula(m)}"),
    "molecular_weight": _number("average molecular weight (g/mol)", Descriptors.MolWt, 2, "molecular weight {} g/mol"),
    "exact_mass": _number("exact mass (Da)", Descriptors.ExactMolWt, 4, "exact mass {} Da"),
    "logp": _number("logP (Crippen)", Crippen.MolLogP, 2, "logP {} (Crippen model)"),
    "tpsa": _number("TPSA (A^2)", rdMolDescriptors.CalcTPSA, 1, "TPSA {} A^2"),
    "hbd": _count("H-bond donors", Lipinski.NumHDonors, "H-bond donors {}"),
    "hba": _count("H-bond acceptors", Lipinski.NumHAcceptors, "H-bond acceptors {}"),
    "rotatable_bonds": _count("rotatable bonds", rdMolDescriptors.CalcNumRotatableBonds, "rotatable bonds {}"),
    "rings": _count("rings", rdMolDescriptors.CalcNumRings, "rings {}"),
    "fsp3": _number("Fsp3", rdMolDescriptors.CalcFractionCSP3, 2, "Fsp3 {}"),
    "molar_refractivity": _number(
        "molar refractivity (cm^3/mol)", Crippen.MolMR, 1, "molar refractivity {} cm^3/mol (Crippen model)"
    ),
    "qed": _number("QED", QED.qed, 2, "QED {}"),
    "sa_score": _number("SA score (1 easy - 10 hard)", sa_score, 2, "SA score {}"),
    "np_score": _number("NP score (-5 to 5)", np_score, 2, "NP score {}"),
    "lipinski": _rule("Lipinski", lipinski_violations, num_allowed=1),
    "veber": _rule("Veber", veber_violations, num_allowed=0),
    "esol_logs": Property("ESOL logS (log mol/L)", lambda m: round(esol_logs(m), 2) + 0.0, _solubility_words),
    "stereocentres": Property("stereocentres", _stereocentres, lambda m: f"stereocentres {_stereocentres(m)}"),
}
