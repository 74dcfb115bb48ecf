"""Draw a molecule in 2D."""

from rdkit.Chem.Draw import rdMolDraw2D

from assistant.tools.molecule import RDKIT, counted, formula, read_smiles
from assistant.tools.result import ToolArtifact, ToolResult

WIDTH_PX, HEIGHT_PX = 450, 350


def render_molecule(smiles: str) -> ToolResult:
    """Draw one molecule in 2D.

    smiles: One SMILES string
    """
    molecule = read_smiles(smiles)
    drawer = rdMolDraw2D.MolDraw2DSVG(WIDTH_PX, HEIGHT_PX)
    drawer.drawOptions().clearBackground = False  # the page's own colour shows through
    rdMolDraw2D.PrepareAndDrawMolecule(drawer, molecule)
    drawer.FinishDrawing()

    heavy_atoms = counted(molecule.GetNumHeavyAtoms(), "heavy atom")
    return ToolResult(
        summary=f"2D structure drawn. Formula: {formula(molecule)}. Size: {heavy_atoms}.",
        artifacts=(
            ToolArtifact(
                kind="svg",
                name="structure.svg",
                media_type="image/svg+xml",
                data=drawer.GetDrawingText(),
                alt=f"2D structure of {smiles.strip()} ({formula(molecule)})",
                meta={"smiles": smiles.strip(), "formula": formula(molecule)},
            ),
        ),
        provenance={"library": RDKIT, "method": "MolDraw2DSVG", "parameters": {}},
    )
