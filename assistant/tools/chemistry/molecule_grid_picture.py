"""Several molecules side by side, with a line of text below each, atoms of interest in colour."""

from collections.abc import Sequence
from dataclasses import dataclass

from rdkit import Chem
from rdkit.Chem import rdDepictor
from rdkit.Chem.Draw import rdMolDraw2D

from assistant.tools import views
from assistant.tools.chemistry.wording import cut
from assistant.tools.result import ToolArtifact

MAX_PANELS = 12
PANEL_PX = 240
MAX_LEGEND_LENGTH = 34


@dataclass(frozen=True, slots=True)
class Panel:
    molecule: Chem.Mol  # with its own coordinates if it has any
    legend: str = ""
    atoms: tuple[int, ...] = ()  # highlighted, with the bonds between them


def grid(name: str, panels: Sequence[Panel], alt: str, num_columns: int = 3) -> ToolArtifact:
    """The first MAX_PANELS. Text is drawn as outlines, so that nothing in a name becomes markup."""
    panels = panels[:MAX_PANELS]
    columns = min(num_columns, len(panels))
    rows = -(-len(panels) // columns)
    drawer = rdMolDraw2D.MolDraw2DSVG(columns * PANEL_PX, rows * PANEL_PX, PANEL_PX, PANEL_PX)
    drawer.drawOptions().clearBackground = False  # the page's own colour shows through
    drawer.drawOptions().legendFontSize = 15
    drawer.drawOptions().highlightBondWidthMultiplier = 12
    drawer.DrawMolecules(
        [_depicted(panel.molecule) for panel in panels],
        legends=[cut(panel.legend, MAX_LEGEND_LENGTH) for panel in panels],
        highlightAtoms=[list(panel.atoms) for panel in panels],
        highlightBonds=[_bonds_between(panel) for panel in panels],
    )
    drawer.FinishDrawing()
    return views.svg(name, drawer.GetDrawingText(), alt)


def _depicted(molecule: Chem.Mol) -> Chem.Mol:
    flat = Chem.Mol(molecule)
    if not flat.GetNumConformers() or flat.GetConformer().Is3D():
        rdDepictor.Compute2DCoords(flat)
    return rdMolDraw2D.PrepareMolForDrawing(flat, kekulize=_can_be_kekulized(flat))


def _can_be_kekulized(molecule: Chem.Mol) -> bool:
    try:
        Chem.Kekulize(Chem.Mol(molecule))
    except Chem.KekulizeException:
        return False
    return True


def _bonds_between(panel: Panel) -> list[int]:
    atoms = set(panel.atoms)
    bonds = panel.molecule.GetBonds()
    return [bond.GetIdx() for bond in bonds if {bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()} <= atoms]
