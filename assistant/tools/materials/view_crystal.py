"""Show a crystal in 3D."""

from typing import Annotated, Literal

from assistant.tools.base import Schema
from assistant.tools.materials.crystal_summary import composition, disorder_warning, lattice_words
from assistant.tools.materials.p1_cif import face_atoms, p1_cif, supercell_atoms
from assistant.tools.materials.reading import read_crystal
from assistant.tools.optional import optional
from assistant.tools.parameters import FileName
from assistant.tools.result import ToolError, ToolResult
from assistant.tools.views import structure as structure_view

MAX_ATOMS = 5_000

Repeat = Annotated[int, Schema(minimum=1, maximum=4)]


def view_crystal(
    file: FileName,
    supercell: Annotated[list[Repeat], Schema(minItems=3, maxItems=3)] | None = None,
    style: Literal["ball_and_stick", "sphere", "polyhedra_off"] = "ball_and_stick",
) -> ToolResult:
    """Show a crystal with its unit cell interactively.

    file: Name of a file attached to the conversation, exactly as listed
    supercell: Repeats along a,b,c
    style: Style
    """
    crystal = read_crystal(file)
    repeats = supercell or [1, 1, 1]
    size = " x ".join(map(str, repeats))
    num_atoms = len(crystal.sites) * repeats[0] * repeats[1] * repeats[2]
    if num_atoms > MAX_ATOMS:
        hint = "Choose a smaller supercell." if supercell else "The cell itself is too large to draw."
        raise ToolError("TOO_MANY_ATOMS", f"{size} cells have {num_atoms:,} atoms; the limit is {MAX_ATOMS:,}.", hint)
    faces = face_atoms(crystal, repeats)
    atoms = supercell_atoms(crystal, repeats) + faces
    alt = f"{crystal.name}, {composition(crystal)}, {size} cells, {num_atoms:,} atoms"
    drawn = structure_view(
        f"crystal_{'x'.join(map(str, repeats))}.cif",
        p1_cif(crystal, atoms, f"{size} cells of {file}, with the atoms on the far faces, without symmetry"),
        "cif",
        f"3D view of {alt}, with the unit cell",
        style="sphere" if style == "sphere" else "ball_and_stick",
        color_by="element",
        cell=True,
    )
    again = f"; {len(faces):,} more on the far faces repeat those at the near ones" if faces else ""
    return ToolResult(
        summary=f"Shown in 3D with its unit cell: {alt}{again}. {lattice_words(crystal)} "
        f"Space group of the file: {crystal.stated_group or 'not stated'}.",
        artifacts=(drawn,),
        warnings=disorder_warning(crystal),
        provenance={
            "library": f"gemmi {optional('gemmi').__version__}",
            "method": "sites of the CIF expanded by its symmetry operations",
            "parameters": {"file": file, "supercell": repeats, "style": style},
        },
    )
