"""Molecules as pictures and views: 2D drawings in SVG or PNG, and conformers for the 3D viewer."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from rdkit import Chem
from rdkit.Chem.Draw import rdMolDraw2D

from assistant.tools import views
from assistant.tools.molecule import formula
from assistant.tools.result import ToolArtifact

WIDTH_PX, HEIGHT_PX = 450, 350


@dataclass(frozen=True, slots=True)
class Drawing:
    """What the 2D drawing shows besides the molecule."""

    width_px: int = WIDTH_PX
    height_px: int = HEIGHT_PX
    highlight: Collection[int] = ()  # 0-based atom indices
    has_atom_numbers: bool = False


def draw_svg(molecule: Chem.Mol, drawing: Drawing = Drawing()) -> tuple[str, list[list[float]]]:
    """The markup and where each atom is in it: [[x, y], ...] in the SVG's units."""
    drawer = rdMolDraw2D.MolDraw2DSVG(drawing.width_px, drawing.height_px)
    drawer.drawOptions().clearBackground = False  # the page's own colour shows through
    _draw(drawer, molecule, drawing)
    return drawer.GetDrawingText(), _atom_positions(drawer, molecule)


def draw_png(molecule: Chem.Mol, drawing: Drawing = Drawing()) -> tuple[bytes, list[list[float]]]:
    """The file, on white, and where each atom is in it, in pixels."""
    drawer = rdMolDraw2D.MolDraw2DCairo(drawing.width_px, drawing.height_px)
    _draw(drawer, molecule, drawing)
    return drawer.GetDrawingText(), _atom_positions(drawer, molecule)


def _draw(drawer: rdMolDraw2D.MolDraw2D, molecule: Chem.Mol, drawing: Drawing) -> None:
    drawer.drawOptions().addAtomIndices = drawing.has_atom_numbers
    chosen = set(drawing.highlight)
    bonds = [bond.GetIdx() for bond in molecule.GetBonds() if {bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()} <= chosen]
    rdMolDraw2D.PrepareAndDrawMolecule(drawer, molecule, highlightAtoms=sorted(chosen), highlightBonds=bonds)
    drawer.FinishDrawing()


def _atom_positions(drawer: rdMolDraw2D.MolDraw2D, molecule: Chem.Mol) -> list[list[float]]:
    points = [drawer.GetDrawCoords(i) for i in range(molecule.GetNumAtoms())]
    return [[round(point.x, 1), round(point.y, 1)] for point in points]


def picture(molecule: Chem.Mol, smiles: str, name: str = "structure.svg") -> ToolArtifact:
    """The plain drawing of a molecule that a result is about."""
    markup, atoms = draw_svg(molecule)
    return views.svg(name, markup, alt_text(molecule, smiles), smiles=smiles, formula=formula(molecule), atoms=atoms)


def alt_text(molecule: Chem.Mol, smiles: str) -> str:
    return f"2D structure of {smiles} ({formula(molecule)})"


def conformer_artifact(molecule: Chem.Mol, smiles: str, **meta: Any) -> ToolArtifact:
    """The molecule's only conformer as an SDF for the 3D viewer."""
    return ToolArtifact(
        kind="mol3d",
        name="conformer.sdf",
        media_type="chemical/x-mdl-sdfile",
        data=Chem.MolToMolBlock(molecule) + "$$$$\n",
        alt=f"3D structure of {smiles} ({formula(molecule)})",
        meta={"smiles": smiles, "formula": formula(molecule), **meta},
    )
