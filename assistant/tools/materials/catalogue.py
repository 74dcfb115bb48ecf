"""Crystals: what a CIF holds, how it looks, how it diffracts."""

from contextlib import suppress

from assistant.tools.base import Tool
from assistant.tools.materials.crystal_summary import crystal_summary
from assistant.tools.materials.view_crystal import view_crystal
from assistant.tools.materials.xrd_pattern import xrd_pattern
from assistant.tools.optional import optional
from assistant.tools.result import ToolError

GROUP = "materials"
TOOLS = (
    Tool.from_function(crystal_summary, timeout_s=10.0, group=GROUP),
    Tool.from_function(view_crystal, timeout_s=10.0, group=GROUP),
    Tool.from_function(xrd_pattern, timeout_s=20.0, group=GROUP),
)


def warm_up() -> None:
    """Load what the libraries load at first use."""
    with suppress(ToolError):
        optional("gemmi")
        spglib = optional("spglib")
        spglib.get_symmetry_dataset(([[3.0, 0, 0], [0, 3.0, 0], [0, 0, 3.0]], [[0.0, 0.0, 0.0]], [1]), symprec=0.01)
