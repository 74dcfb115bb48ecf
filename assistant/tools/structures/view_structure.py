"""Show a macromolecule in 3D."""

import re
from typing import Annotated, Any, Literal

from assistant.tools.base import Schema
from assistant.tools.optional import optional
from assistant.tools.parameters import FileName
from assistant.tools.result import ToolError, ToolResult
from assistant.tools.structures.drawing import structure_text
from assistant.tools.structures.reading import read_structure
from assistant.tools.structures.residues import chain_names, label, ligands, listed, pdb_id, polymer
from assistant.tools.views import structure as structure_view

MAX_ATOMS = 60_000
MAX_SURFACE_ATOMS = 20_000
HIGHLIGHT = re.compile(r"^([A-Za-z0-9]{1,4}):(-?[0-9]+)(?:-([0-9]+))?$")
MAX_HIGHLIGHTED = 500

ChainName = Annotated[str, Schema(maxLength=4)]
Place = Annotated[str, Schema(pattern=r"^[A-Za-z0-9]{1,4}:-?[0-9]+(-[0-9]+)?$")]
COLOUR_NAMES = {"b_factor": "bfactor"}  # where the view has another word


def view_structure(
    file: FileName,
    style: Literal["cartoon", "stick", "line", "sphere", "ball_and_stick"] = "cartoon",
    color: Literal["spectrum", "chain", "secondary_structure", "element", "b_factor", "plddt"] = "spectrum",
    chains: Annotated[list[ChainName], Schema(maxItems=26)] | None = None,
    highlight_residues: Annotated[list[Place], Schema(maxItems=100)] | None = None,
    surface: bool = False,
    show_ligands: bool = True,
) -> ToolResult:
    """Show a protein/nucleic-acid structure interactively from a PDB/mmCIF attachment.

    file: Name of a file attached to the conversation, exactly as listed
    style: Main style
    color: Colouring
    chains: Chains shown; default all
    highlight_residues: e.g. "A:25" or "A:50-60", shown as sticks
    surface: Add a translucent molecular surface
    show_ligands: Show hetero groups as sticks
    """
    structure = read_structure(file)
    num_models = len(structure)
    if chains:
        _keep_chains_(structure, chains)
    num_waters = sum(residue.is_water() for chain in structure[0] for residue in chain)
    if show_ligands:
        structure.remove_waters()
    else:
        structure.remove_ligands_and_waters()
    structure.remove_empty_chains()
    num_atoms = structure[0].count_atom_sites() if len(structure) else 0
    _check_size(num_atoms, surface, file)
    highlight = _highlighted(structure, highlight_residues or [])
    text, form = structure_text(structure)
    shown = _words(structure)
    looks = {"style": "surface" if surface else style, "color_by": COLOUR_NAMES.get(color, color)}
    name = pdb_id(structure) or file.rsplit(".", 1)[0]
    alt = f"3D view of {name}: {shown}"
    marked = f" Highlighted: {listed(place['label'] for place in highlight)}." if highlight else ""
    left_out = f" {num_waters:,} water molecules are not drawn." if num_waters else ""
    return ToolResult(
        summary=f"Shown in 3D: {name}, {num_atoms:,} atoms. {shown}. Style {style}"
        f"{' with a surface' if surface else ''}, coloured by {color}.{marked}{left_out}",
        artifacts=(structure_view(f"{name}.{form}", text, form, alt, **looks, highlight=highlight),),
        warnings=(f"The file has {num_models} models; the first is shown.",) if num_models > 1 else (),
        provenance={
            "library": f"gemmi {optional('gemmi').__version__}",
            "method": "coordinates of the file",
            "parameters": {"file": file, "style": style, "color": color},
        },
    )


def _keep_chains_(structure: Any, chains: list[str]) -> None:
    known = {chain.name for chain in structure[0]}
    for name in chains:
        if name not in known:
            raise ToolError("CHAIN_NOT_FOUND", f"There is no chain '{name}'.", f"Chains: {chain_names(structure)}.")
    for model in structure:
        for name in known - set(chains):
            model.remove_chain(name)


def _check_size(num_atoms: int, surface: bool, file: str) -> None:
    limit = MAX_SURFACE_ATOMS if surface else MAX_ATOMS
    if num_atoms == 0:
        raise ToolError("EMPTY", f"Nothing of {file} is left to show.", "Set show_ligands to true.")
    if num_atoms > limit:
        what = "a surface can be drawn for" if surface else "the limit is"
        hint = "Leave out the surface, or choose chains." if surface else "Choose some of its chains."
        raise ToolError("TOO_LARGE", f"{file} has {num_atoms:,} atoms; {what} {limit:,}.", hint)


def _highlighted(structure: Any, places: list[str]) -> list[dict[str, Any]]:
    """[{"chain", "residue", "label"}]. ToolError RESIDUE_NOT_FOUND says which residues the chain has."""
    found = []
    for place in places:
        match = HIGHLIGHT.match(place)
        if match is None:
            raise ToolError("WRONG_VALUE", f"'{place[:40]}' names no residues.", "Write A:25 or A:50-60.")
        name, first, last = match[1], int(match[2]), int(match[3] or match[2])
        chain = next((chain for chain in structure[0] if chain.name == name), None)
        if chain is None:
            raise ToolError("RESIDUE_NOT_FOUND", f"No chain '{name}' is shown.", f"Chains: {chain_names(structure)}.")
        residues = [residue for residue in chain.first_conformer() if first <= residue.seqid.num <= last]
        if not residues:
            numbers = [residue.seqid.num for residue in polymer(chain) or chain]
            raise ToolError(
                "RESIDUE_NOT_FOUND",
                f"Chain {name} has residues {min(numbers)}-{max(numbers)}; {place.partition(':')[2]} does not exist.",
            )
        found += [{"chain": name, "residue": r.seqid.num, "label": label(chain, r)} for r in residues]
    if len(found) > MAX_HIGHLIGHTED:
        raise ToolError("TOO_MANY", f"{len(found):,} residues are too many to highlight; at most {MAX_HIGHLIGHTED}.")
    return found


def _words(structure: Any) -> str:
    parts = [f"chain {chain.name} ({len(residues)} residues)" for chain in structure[0] if (residues := polymer(chain))]
    groups = list(dict.fromkeys(residue.name for _, residue in ligands(structure)))
    return listed(parts, 8) + (f"; ligands {listed(groups, 8)}" if groups else "")
