"""Build a 3D conformer of a molecule."""

from assistant.tools.chemistry.conformer import SEED, embed_, optimise_, with_hydrogens
from assistant.tools.chemistry.drawing import conformer_artifact
from assistant.tools.molecule import RDKIT, formula, read_smiles
from assistant.tools.result import ToolResult


def molecule_3d(smiles: str) -> ToolResult:
    """Build a 3D conformer of one molecule and show it in an interactive viewer.

    smiles: One SMILES string
    """
    molecule = with_hydrogens(read_smiles(smiles))
    embed_(molecule)
    method, energy, warnings = optimise_(molecule)

    facts = [f"3D conformer built with ETKDGv3 and {method}", f"Formula: {formula(molecule)}"]
    facts.append(f"Atoms: {molecule.GetNumAtoms()}")
    if energy is not None:
        facts.append(f"Energy: {energy:.1f} kcal/mol")
    return ToolResult(
        summary=". ".join(facts) + ".",
        artifacts=(conformer_artifact(molecule, smiles.strip()),),
        warnings=warnings,
        provenance={"library": RDKIT, "method": f"ETKDGv3 + {method}", "parameters": {"seed": SEED}},
    )
