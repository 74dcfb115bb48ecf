"""Draw several molecules side by side."""

from typing import Annotated
from xml.sax.saxutils import escape

from rdkit import Chem
from rdkit.Chem import rdDepictor
from rdkit.Chem.Draw import rdMolDraw2D

from assistant.tools import views
from assistant.tools.base import Schema
from assistant.tools.chemistry.smarts import read_smarts, substructure_matches
from assistant.tools.chemistry.smiles_list import Entry, read_smiles_list, shortened
from assistant.tools.molecule import RDKIT, counted, formula, quiet_rdkit
from assistant.tools.parameters import Smiles
from assistant.tools.result import ToolError, ToolResult

CELL_WIDTH_PX, CELL_HEIGHT_PX, LEGEND_HEIGHT_PX = 240, 200, 28
MAX_BOND_PX = 30
MAX_LEGEND_SHOWN = 30  # of what fits below a cell at 13 px
MAX_FACTS_LENGTH = 1_100


def molecule_grid(
    smiles_list: Annotated[list[Smiles], Schema(minItems=1, maxItems=30)],
    legends: Annotated[list[Annotated[str, Schema(maxLength=60)]], Schema(maxItems=30)] | None = None,
    align_smarts: Annotated[str, Schema(maxLength=500)] | None = None,
    columns: Annotated[int, Schema(minimum=1, maximum=6)] = 4,
) -> ToolResult:
    """Draw up to 30 molecules in a grid with captions, aligned on a common substructure if given.

    smiles_list: 1 to 30 SMILES strings
    legends: Captions
    align_smarts: SMARTS to align and highlight
    columns: Columns
    """
    if legends and len(legends) > len(smiles_list):
        raise ToolError(
            "WRONG_VALUE",
            f"legends holds {len(legends)} captions for {counted(len(smiles_list), 'molecule')}.",
            "Give one caption a molecule, in their order.",
        )
    entries = read_smiles_list(smiles_list)
    highlights: list[tuple[int, ...]] = [()] * len(entries)
    if align_smarts:
        highlights = _align_(entries, align_smarts)
    captions = [_caption(i, entry, legends) for i, entry in enumerate(entries)]
    columns = min(columns, len(entries))
    num_drawn = sum(entry.molecule is not None for entry in entries)
    facts = [f"{i} {_fact(entry, legends, i - 1)}" for i, entry in enumerate(entries, 1)]
    return ToolResult(
        summary=f"{counted(num_drawn, 'molecule')} drawn in {counted(columns, 'column')}: {_listed(facts)}.",
        artifacts=(
            views.svg(
                "molecules.svg",
                _markup(entries, highlights, captions, columns),
                f"Grid of {counted(num_drawn, 'molecule')}: {_listed(facts)}",
            ),
        ),
        warnings=tuple(_warnings(entries, highlights, align_smarts)),
        provenance={"library": RDKIT, "method": "MolDraw2DSVG", "parameters": {"align_smarts": align_smarts}},
    )


def _align_(entries: list[Entry], smarts: str) -> list[tuple[int, ...]]:
    """The atoms of each molecule's first match. Lays the matching molecules out alike: the match as in the first."""
    pattern = read_smarts(smarts)
    highlights: list[tuple[int, ...]] = []
    reference: tuple[Chem.Mol, tuple[int, ...]] | None = None
    for entry in entries:
        found = substructure_matches(entry.molecule, pattern)[:1] if entry.molecule is not None else ()
        highlights.append(found[0] if found else ())
        if entry.molecule is None or not found:
            continue
        if reference is None:
            rdDepictor.Compute2DCoords(entry.molecule)
            reference = entry.molecule, found[0]
        else:
            with quiet_rdkit():
                pairs = list(zip(reference[1], found[0], strict=True))
                rdDepictor.GenerateDepictionMatching2DStructure(entry.molecule, reference[0], pairs)
    return highlights


def _markup(entries: list[Entry], highlights: list[tuple[int, ...]], captions: list[str], columns: int) -> str:
    num_rows = -(-len(entries) // columns)
    cell_height = CELL_HEIGHT_PX + LEGEND_HEIGHT_PX
    drawer = rdMolDraw2D.MolDraw2DSVG(columns * CELL_WIDTH_PX, num_rows * cell_height, CELL_WIDTH_PX, cell_height)
    options = drawer.drawOptions()
    options.clearBackground = False  # the page's own colour shows through
    options.prepareMolsBeforeDrawing = False
    options.fixedBondLength = MAX_BOND_PX  # small molecules are not blown up
    for i, (entry, atoms) in enumerate(zip(entries, highlights, strict=True)):
        drawer.SetOffset(i % columns * CELL_WIDTH_PX, i // columns * cell_height)
        if entry.molecule is not None:
            drawer.DrawMolecule(_prepared(entry.molecule), highlightAtoms=list(atoms), legend=" ")
    drawer.FinishDrawing()
    texts = [
        f"<text x='{(i % columns + 0.5) * CELL_WIDTH_PX:g}' y='{(i // columns + 1) * cell_height - 9}' "
        f"text-anchor='middle' font-family='sans-serif' font-size='13' fill='#000000'>{escape(caption)}</text>"
        for i, caption in enumerate(captions)
    ]
    markup = str(drawer.GetDrawingText()).replace("encoding='iso-8859-1'", "encoding='UTF-8'", 1)
    return markup.replace("</svg>", "\n".join((*texts, "</svg>")))


def _prepared(molecule: Chem.Mol) -> Chem.Mol:
    try:
        return rdMolDraw2D.PrepareMolForDrawing(molecule)
    except Chem.KekulizeException:
        return rdMolDraw2D.PrepareMolForDrawing(molecule, kekulize=False)


def _caption(i: int, entry: Entry, legends: list[str] | None) -> str:
    given = legends[i] if legends and i < len(legends) else shortened(entry.smiles)
    text = "".join(character for character in given if character.isprintable())
    text = text if len(text) <= MAX_LEGEND_SHOWN else text[: MAX_LEGEND_SHOWN - 3] + "..."
    return text if entry.molecule is not None else f"{text[:20]}: not a valid SMILES"


def _fact(entry: Entry, legends: list[str] | None, i: int) -> str:
    name = f"{legends[i]} " if legends and i < len(legends) else ""
    if entry.molecule is None:
        return f"{name}(left empty: {entry.problem.split(':')[0]})"
    return f"{name}{shortened(entry.smiles)} ({formula(entry.molecule)})"


def _listed(facts: list[str]) -> str:
    shown: list[str] = []
    for fact in facts:
        if sum(map(len, shown)) + len(fact) > MAX_FACTS_LENGTH:
            return "; ".join(shown) + f" ... and {len(facts) - len(shown)} more"
        shown.append(fact)
    return "; ".join(shown)


def _warnings(entries: list[Entry], highlights: list[tuple[int, ...]], smarts: str | None) -> list[str]:
    warnings = [
        f"Molecule {i} was left empty: {entry.problem}" for i, entry in enumerate(entries, 1) if entry.molecule is None
    ][:3]
    unmatched = [
        str(i)
        for i, (entry, atoms) in enumerate(zip(entries, highlights, strict=True), 1)
        if smarts and entry.molecule is not None and not atoms
    ]
    if unmatched:
        warnings.append(f"align_smarts matches nothing in molecule {', '.join(unmatched)}; drawn without alignment.")
    return warnings
