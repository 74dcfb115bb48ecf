"""The tools about one compound: its names, its pictures, its properties."""

from contextlib import suppress

from assistant.tools.base import Tool
from assistant.tools.chemistry.convert_molecule import convert_molecule
from assistant.tools.chemistry.iupac_names import name_of
from assistant.tools.chemistry.lookup_compound import lookup_compound
from assistant.tools.chemistry.molecular_properties import molecular_properties
from assistant.tools.chemistry.molecule_3d import TIMEOUT_S, molecule_3d
from assistant.tools.chemistry.molecule_grid import molecule_grid
from assistant.tools.chemistry.render_molecule import render_molecule
from assistant.tools.molecule import read_smiles
from assistant.tools.result import ToolError

TOOLS = (
    Tool.from_function(lookup_compound, timeout_s=10.0, group="chemistry"),
    Tool.from_function(convert_molecule, timeout_s=20.0, group="chemistry"),
    Tool.from_function(render_molecule, timeout_s=10.0, group="chemistry"),
    Tool.from_function(molecule_3d, timeout_s=TIMEOUT_S, group="chemistry"),
    Tool.from_function(molecular_properties, timeout_s=10.0, group="chemistry"),
    Tool.from_function(molecule_grid, timeout_s=10.0, group="chemistry"),
)


def warm_up() -> None:
    """Use each library once: drawing code, force fields, tables of names, the data of scores."""
    render_molecule("CCO", format="png")
    molecule_3d("CCO")
    molecular_properties(["CCO"])
    lookup_compound("ethanol")
    lookup_compound("ADP")  # of the dictionary of components
    with suppress(ToolError):
        lookup_compound("no such compound")  # a name that is nowhere loads all tables
    with suppress(ToolError):
        convert_molecule("CCO", "selfies")
    with suppress(ToolError):
        name_of(read_smiles("CC(=O)Oc1ccccc1C(=O)O"))
