"""Compute molecular properties."""

from rdkit import Chem

from assistant.tools.chemistry.properties import PROPERTIES, lipinski_violations
from assistant.tools.molecule import RDKIT, read_smiles
from assistant.tools.result import ToolError, ToolResult

MAX_MOLECULES = 10
NAMES = (
    "formula",
    "molecular_weight",
    "exact_mass",
    "logp",
    "tpsa",
    "hbd",
    "hba",
    "rotatable_bonds",
    "rings",
    "qed",
)


def molecular_properties(smiles_list: list[str]) -> ToolResult:
    """Compute formula, molecular weight, logP, TPSA, H-bond donors and acceptors, QED, Lipinski for 1-10 molecules.

    smiles_list: 1 to 10 SMILES strings
    """
    if not 1 <= len(smiles_list) <= MAX_MOLECULES:
        raise ToolError(
            "TOO_MANY", f"smiles_list holds {len(smiles_list)} molecules; 1 to {MAX_MOLECULES} are allowed."
        )

    rows = [_facts(read_smiles(smiles)) for smiles in smiles_list]
    return ToolResult(
        summary=rows[0] if len(rows) == 1 else "\n".join(f"Molecule {i}: {row}" for i, row in enumerate(rows, 1)),
        warnings=tuple(
            f"Molecule {i} has several components; the values are for the whole mixture or salt."
            for i, smiles in enumerate(smiles_list, 1)
            if "." in smiles
        ),
        provenance={"library": RDKIT, "method": "Crippen logP, Ertl TPSA, QED", "parameters": {}},
    )


def _facts(molecule: Chem.Mol) -> str:
    facts = [PROPERTIES[name].words(molecule) for name in NAMES]
    return "; ".join((*facts, f"Lipinski violations {len(lipinski_violations(molecule))}"))
