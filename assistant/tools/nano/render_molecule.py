"""Draw a molecule in 2D."""

from assistant.tools import views
from assistant.tools.chemistry.drawing import alt_text, draw_svg
from assistant.tools.molecule import RDKIT, counted, formula, read_smiles
from assistant.tools.result import ToolResult


def render_molecule(smiles: str) -> ToolResult:
    """Draw one molecule in 2D.

    smiles: One SMILES string
    """
    molecule = read_smiles(smiles)
    smiles = smiles.strip()
    markup, _ = draw_svg(molecule)
    alt = alt_text(molecule, smiles)
    heavy_atoms = counted(molecule.GetNumHeavyAtoms(), "heavy atom")
    return ToolResult(
        summary=f"2D structure drawn. Formula: {formula(molecule)}. Size: {heavy_atoms}.",
        artifacts=(views.svg("structure.svg", markup, alt, smiles=smiles, formula=formula(molecule)),),
        provenance={"library": RDKIT, "method": "MolDraw2DSVG", "parameters": {}},
    )
