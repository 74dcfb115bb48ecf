"""Searching molecules, their forms, and reactions."""

from contextlib import suppress

from assistant.tools.base import Tool
from assistant.tools.chemistry.enumerate_stereoisomers import enumerate_stereoisomers
from assistant.tools.chemistry.functional_groups import functional_groups
from assistant.tools.chemistry.max_common_substructure import max_common_substructure
from assistant.tools.chemistry.protonation_states import protonation_states
from assistant.tools.chemistry.render_reaction import render_reaction
from assistant.tools.chemistry.run_reaction import run_reaction
from assistant.tools.chemistry.similarity_search import similarity_search
from assistant.tools.chemistry.standardize_molecule import standardize_molecule
from assistant.tools.chemistry.substructure_search import substructure_search
from assistant.tools.result import ToolError

TOOLS: tuple[Tool, ...] = (
    Tool.from_function(substructure_search, timeout_s=20.0, group="chemistry"),
    Tool.from_function(similarity_search, timeout_s=20.0, group="chemistry"),
    Tool.from_function(functional_groups, timeout_s=10.0, group="chemistry"),
    Tool.from_function(standardize_molecule, timeout_s=15.0, group="chemistry"),
    Tool.from_function(max_common_substructure, timeout_s=45.0, group="chemistry"),  # two searches of at most 20 s
    Tool.from_function(render_reaction, timeout_s=10.0, group="reactions"),
    Tool.from_function(run_reaction, timeout_s=15.0, group="reactions"),
    Tool.from_function(enumerate_stereoisomers, timeout_s=20.0, group="reactions"),
    Tool.from_function(protonation_states, timeout_s=10.0, group="reactions"),
)


def warm_up() -> None:
    """Load what the libraries load at first use: alert catalogues, rules, drawing code."""
    substructure_search("[OH]", targets=["CCO"])
    similarity_search("CCO", targets=["CCN"])
    functional_groups("CCO")
    standardize_molecule("CC(=O)[O-].[Na+]", canonical_tautomer=True)
    max_common_substructure(["CCO", "CCN"])
    render_reaction("CCO>>CC=O")
    run_reaction("esterification", ["CC(=O)O", "CO"])
    enumerate_stereoisomers("CC(O)F")
    with suppress(ToolError):
        protonation_states("CC(=O)O")
