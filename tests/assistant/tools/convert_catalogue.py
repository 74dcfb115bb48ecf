"""One tool, for the child process of a test."""

from assistant.tools.base import Tool
from assistant.tools.chemistry.convert_molecule import convert_molecule

TOOLS = (Tool.from_function(convert_molecule, timeout_s=20.0, group="chemistry"),)


def warm_up() -> None:
    """Nothing is loaded early."""
