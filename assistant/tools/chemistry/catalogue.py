"""The tools of chemistry: compounds first, then searches, forms and reactions."""

from assistant.tools.base import Tool
from assistant.tools.chemistry import compounds_catalogue, reactions_catalogue

TOOLS: tuple[Tool, ...] = (*compounds_catalogue.TOOLS, *reactions_catalogue.TOOLS)


def warm_up() -> None:
    """Load what the libraries load at first use."""
    compounds_catalogue.warm_up()
    reactions_catalogue.warm_up()
