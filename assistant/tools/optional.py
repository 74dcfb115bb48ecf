"""Libraries that a small installation goes without."""

from importlib import import_module
from typing import Any

from assistant.tools.result import ToolError

EXTRA = "science"


def optional(module: str, package: str = "") -> Any:
    """The module, for a tool that cannot work without it. ToolError NOT_INSTALLED says what to install."""
    try:
        return import_module(module)
    except ImportError as error:
        raise ToolError(
            "NOT_INSTALLED",
            f"This tool needs the package {package or module.split('.')[0]}, which is not installed.",
            f"Whoever runs this server can install it: pip install 'benchside[{EXTRA}]'.",
        ) from error
