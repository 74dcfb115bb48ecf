"""The real tools, one that takes as long as it is told to, and one whose results are of every kind."""

import time

from assistant.tools.base import Tool
from assistant.tools.nano import catalogue
from assistant.tools.result import ToolResult
from tests.browser import samples


def wait(seconds: int) -> ToolResult:
    """Wait.

    seconds: How long
    """
    time.sleep(seconds)
    return ToolResult("Waited.")


def show(what: str) -> ToolResult:
    """Show results.

    what: Which
    """
    results = {
        "everything": samples.every_kind,
        "hostile": samples.hostile,
        "structures": samples.many_structures,
    }
    artifacts = results[what]() if what in results else (getattr(samples, what)(),)
    return ToolResult(samples.HOSTILE if what == "hostile" else "Shown.", artifacts)


TOOLS = (*catalogue.TOOLS, Tool.from_function(wait, timeout_s=120.0), Tool.from_function(show, timeout_s=20.0))
warm_up = catalogue.warm_up
