"""Compute molecular properties."""

from collections.abc import Callable

from rdkit import Chem
from rdkit.Chem import QED, Crippen, Descriptors, Lipinski, rdMolDescriptors

from assistant.tools.molecule import RDKIT, formula, read_smiles
from assistant.tools.result import ToolError, ToolResult

MAX_MOLECULES = 10


def _lipinski_violations(molecule: Chem.Mol) -> int:
    return sum(
        (
            Descriptors.MolWt(molecule) > 500,
            Crippen.MolLogP(molecule) > 5,
            Lipinski.NumHDonors(molecule) > 5,
            Lipinski.NumHAcceptors(molecule) > 10,
        )
    )


# name in the schema -> text of one fact, unit and method included
FACTS: dict[str, Callable[[Chem.Mol], str]] = {
    "formula": lambda m: f"formula {formula(m)}",
    "molecular_weight": lambda m: f"molecular weight {Descriptors.MolWt(m):.2f} g/mol",
    "exact_mass": lambda m: f"exact mass {Descriptors.ExactMolWt(m):.4f} Da",
    "logp": lambda m: f"logP {round(Crippen.MolLogP(m), 2) + 0.0:.2f} (Crippen model)",
    "tpsa": lambda m: f"TPSA {rdMolDescriptors.CalcTPSA(m):.1f} A^2",
    "hbd": lambda m: f"H-bond donors {Lipinski.NumHDonors(m)}",
    "hba": lambda m: f"H-bond acceptors {Lipinski.NumHAcceptors(m)}",
    "rotatable_bonds": lambda m: f"rotatable bonds {rdMolDescriptors.CalcNumRotatableBonds(m)}",
    "rings": lambda m: f"rings {rdMolDescriptors.CalcNumRings(m)}",
    "qed": lambda m: f"QED {QED.qed(m):.2f}",
    "lipinski": lambda m: f"Lipinski violations {_lipinski_violations(m)}",
}


def molecular_properties(smiles_list: list[str]) -> ToolResult:
    """Compute formula, molecular weight, logP, TPSA, H-bond donors and acceptors, QED, Lipinski for 1-10 molecules.

    smiles_list: 1 to 10 SMILES strings
    """
    if not 1 <= len(smiles_list) <= MAX_MOLECULES:
        raise ToolError(
            "TOO_MANY", f"smiles_list holds {len(smiles_list)} molecules; 1 to {MAX_MOLECULES} are allowed."
        )

    molecules = [read_smiles(smiles) for smiles in smiles_list]
    rows = ["; ".join(fact(molecule) for fact in FACTS.values()) for molecule in molecules]
    return ToolResult(
        summary=rows[0] if len(rows) == 1 else "\n".join(f"Molecule {i}: {row}" for i, row in enumerate(rows, 1)),
        warnings=tuple(
            f"Molecule {i} has several components; the values are for the whole mixture or salt."
            for i, smiles in enumerate(smiles_list, 1)
            if "." in smiles
        ),
        provenance={"library": RDKIT, "method": "Crippen logP, Ertl TPSA, QED", "parameters": {}},
    )
