"""Draw a molecule in 2D, with a part of it in colour."""

from typing import Annotated, Literal

from rdkit import Chem

from assistant.tools import views
from assistant.tools.base import Schema
from assistant.tools.chemistry.drawing import Drawing, alt_text, draw_png, draw_svg
from assistant.tools.chemistry.smarts import MAX_MATCHES, read_smarts, substructure_matches
from assistant.tools.molecule import RDKIT, counted, formula, read_smiles, shorten
from assistant.tools.parameters import Smiles
from assistant.tools.result import ToolArtifact, ToolError, ToolResult

Pixels = Annotated[int, Schema(minimum=100, maximum=1600)]
MAX_LISTED_MATCHES = 5
MAX_SMILES_SHOWN = 600


def render_molecule(
    smiles: Smiles,
    highlight_smarts: Annotated[str, Schema(maxLength=500)] | None = None,
    highlight_atoms: Annotated[list[Annotated[int, Schema(minimum=0)]], Schema(maxItems=500)] | None = None,
    atom_numbers: bool = False,
    format: Literal["svg", "png"] = "svg",
    width_px: Pixels = 450,
    height_px: Pixels = 350,
) -> ToolResult:
    """Draw one molecule in 2D, optionally highlighting a SMARTS substructure or atom indices.

    smiles: One SMILES string. Escape backslashes in JSON
    highlight_smarts: SMARTS; all matches are highlighted
    highlight_atoms: 0-based atom indices to highlight
    atom_numbers: Print atom indices
    format: Picture format
    width_px: Width, px
    height_px: Height, px
    """
    molecule = read_smiles(smiles)
    num_atoms = molecule.GetNumAtoms()
    chosen = set(highlight_atoms or ())
    if outside := sorted(atom for atom in chosen if atom >= num_atoms):
        raise ToolError(
            "ATOM_OUT_OF_RANGE",
            f"Atom {outside[0]} does not exist; the molecule has atoms 0-{num_atoms - 1}.",
            "Atoms are numbered from 0 in the order of the SMILES.",
        )
    found: tuple[tuple[int, ...], ...] = ()
    if highlight_smarts:
        found = substructure_matches(molecule, read_smarts(highlight_smarts))
        chosen.update(atom for match in found for atom in match)

    heavy_atoms = counted(molecule.GetNumHeavyAtoms(), "heavy atom")
    facts = [
        "2D structure drawn",
        f"Formula: {formula(molecule)}",
        f"Size: {heavy_atoms}, numbered 0-{num_atoms - 1} in the order of the given SMILES",
    ]
    if len(canonical := Chem.MolToSmiles(molecule)) <= MAX_SMILES_SHOWN:  # a part of it would be another molecule
        facts.insert(2, f"Canonical SMILES: {canonical}")
    if found:
        facts.append(_match_fact(highlight_smarts or "", found))
    if highlight_atoms:
        facts.append(f"Highlighted atoms: {counted(len(set(highlight_atoms)), 'atom')} by index")
    is_without_match = highlight_smarts and not found
    return ToolResult(
        summary=". ".join(facts) + ".",
        artifacts=(_artifact(molecule, smiles.strip(), format, Drawing(width_px, height_px, chosen, atom_numbers)),),
        warnings=("highlight_smarts matches nothing; drawn without highlight.",) if is_without_match else (),
        provenance={
            "library": RDKIT,
            "method": {"svg": "MolDraw2DSVG", "png": "MolDraw2DCairo"}[format],
            "parameters": {"highlight_smarts": highlight_smarts, "highlight_atoms": highlight_atoms},
        },
    )


def _artifact(molecule: Chem.Mol, smiles: str, form: str, drawing: Drawing) -> ToolArtifact:
    alt = alt_text(molecule, smiles)
    if drawing.highlight:
        alt += f", {counted(len(drawing.highlight), 'atom')} highlighted"
    if form == "png":
        data, atoms = draw_png(molecule, drawing)
        return views.png("structure.png", data, alt, smiles=smiles, formula=formula(molecule), atoms=atoms)
    markup, atoms = draw_svg(molecule, drawing)
    return views.svg("structure.svg", markup, alt, smiles=smiles, formula=formula(molecule), atoms=atoms)


def _match_fact(smarts: str, found: tuple[tuple[int, ...], ...]) -> str:
    places = "; ".join("atoms " + ", ".join(map(str, match[:24])) for match in found[:MAX_LISTED_MATCHES])
    more = f" and {len(found) - MAX_LISTED_MATCHES} more" if len(found) > MAX_LISTED_MATCHES else ""
    number = f"first {MAX_MATCHES:,} matches" if len(found) == MAX_MATCHES else _matches(len(found))
    return f"Highlighted: {number} of {shorten(smarts)} ({places}{more})"


def _matches(number: int) -> str:
    return "1 match" if number == 1 else f"{number} matches"
