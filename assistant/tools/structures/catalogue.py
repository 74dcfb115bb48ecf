"""Macromolecules in 3D: what a file holds, how it looks, what lies where."""

import math
from contextlib import suppress
from typing import Any

from assistant.tools.base import Tool
from assistant.tools.optional import optional
from assistant.tools.result import ToolError
from assistant.tools.structures.fetch_structure import fetch_structure
from assistant.tools.structures.residue_contacts import residue_contacts
from assistant.tools.structures.secondary_structure import secondary_structure
from assistant.tools.structures.solvent_accessibility import solvent_accessibility
from assistant.tools.structures.structure_summary import structure_summary
from assistant.tools.structures.superpose_structures import superpose_structures
from assistant.tools.structures.view_structure import view_structure

GROUP = "structures"
TOOLS = (
    Tool.from_function(view_structure, timeout_s=10.0, group=GROUP),
    Tool.from_function(structure_summary, timeout_s=10.0, group=GROUP),
    Tool.from_function(secondary_structure, timeout_s=10.0, group=GROUP),
    Tool.from_function(residue_contacts, timeout_s=10.0, group=GROUP),
    Tool.from_function(superpose_structures, timeout_s=20.0, group=GROUP),
    Tool.from_function(solvent_accessibility, timeout_s=20.0, group=GROUP),
    Tool.from_function(fetch_structure, timeout_s=30.0, group=GROUP),
)
HELIX = {  # atom: radius (Å), angle (degrees), height (Å) around the axis of an alpha helix
    "N": (1.55, -28.0, -0.9),
    "CA": (2.30, 0.0, 0.0),
    "C": (1.66, 26.0, 1.1),
    "O": (1.98, 23.0, 2.3),
    "CB": (3.30, -19.0, -0.3),
}


def warm_up() -> None:
    """Load what the libraries load at first use."""
    with suppress(ToolError):
        optional("gemmi")
        for module in ("Bio.Align", "Bio.SVDSuperimposer"):
            optional(module, "biopython")
        biotite = optional("biotite.structure", "biotite")
        helix = _helix()
        biotite.annotate_sse(helix)
        biotite.superimpose_structural_homologs(helix, helix, max_iterations=1)
        biotite.sasa(helix, vdw_radii="Single", point_number=10)


def _helix() -> Any:
    """12 alanines as a biotite AtomArray."""
    biotite = optional("biotite.structure", "biotite")
    atoms = []
    for i in range(12):
        for name, (radius, angle, height) in HELIX.items():
            turn = math.radians(100 * i + angle)
            place = [radius * math.cos(turn), radius * math.sin(turn), 1.5 * i + height]
            atoms.append(
                biotite.Atom(place, chain_id="A", res_id=i + 1, res_name="ALA", atom_name=name, element=name[0])
            )
    return biotite.array(atoms)
