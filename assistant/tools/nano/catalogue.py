"""The tools, listed by hand."""

from contextlib import suppress

from assistant.tools.base import Tool
from assistant.tools.nano.calculate import calculate
from assistant.tools.nano.lookup_compound import lookup_compound
from assistant.tools.nano.molecular_properties import molecular_properties
from assistant.tools.nano.molecule_3d import molecule_3d
from assistant.tools.nano.render_molecule import render_molecule
from assistant.tools.result import ToolError

TOOLS = (
    Tool.from_function(render_molecule),
    Tool.from_function(molecule_3d, timeout_s=20.0),
    Tool.from_function(molecular_properties),
    Tool.from_function(lookup_compound),
    Tool.from_function(calculate),
)


def warm_up() -> None:
    """Load what the libraries load at first use (drawing code, force fields, tables), by using each tool once."""
    render_molecule("CCO")
    molecule_3d("CCO")
    molecular_properties(["CCO"])
    lookup_compound("ethanol")
    with suppress(ToolError):
        lookup_compound("no such compound")  # a name that is nowhere loads all tables
