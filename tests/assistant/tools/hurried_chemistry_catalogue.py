"""Two searches with a limit that a test can wait for."""

from assistant.tools.base import Tool
from assistant.tools.chemistry.run_reaction import run_reaction
from assistant.tools.chemistry.substructure_search import substructure_search

TOOLS = (
    Tool.from_function(substructure_search, timeout_s=1.0, group="chemistry"),
    Tool.from_function(run_reaction, timeout_s=1.0, group="reactions"),
)


def warm_up() -> None:
    substructure_search("[OH]", targets=["CCO"])
