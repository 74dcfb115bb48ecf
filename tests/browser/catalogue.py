"""The real tools and one that takes as long as it is told to."""

import time

from assistant.tools import catalogue
from assistant.tools.base import Tool
from assistant.tools.result import ToolResult


def wait(seconds: int) -> ToolResult:
    """Wait.

    seconds: How long
    """
    time.sleep(seconds)
    return ToolResult("Waited.")


TOOLS = (*catalogue.TOOLS, Tool.from_function(wait, timeout_s=120.0))
warm_up = catalogue.warm_up
