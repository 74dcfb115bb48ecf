"""The tools of this field."""

from assistant.tools.base import Tool

TOOLS: tuple[Tool, ...] = ()


def warm_up() -> None:
    """Load what the libraries load at first use."""
