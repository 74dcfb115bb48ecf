"""Crystals: what a CIF holds, how it looks, how it diffracts."""

from contextlib import suppress

import numpy as np

from assistant.tools.base import Tool
from assistant.tools.materials.crystal_summary import crystal_summary
from assistant.tools.materials.diffraction import WAVELENGTHS, powder_pattern
from assistant.tools.materials.reading import Crystal, Site
from assistant.tools.materials.view_crystal import view_crystal
from assistant.tools.materials.xrd_pattern import xrd_pattern
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
        sites = (Site("Po", (("Po", 1.0),), (0.0, 0.0, 0.0)),)
        crystal = Crystal("Po", (3.35, 3.35, 3.35, 90, 90, 90), np.eye(3) * 3.35, sites, sites, "", 0)
        powder_pattern(crystal, WAVELENGTHS["CuKa"], 10, 60)
