"""The tools, by hand: one catalogue a field."""

from assistant.tools.base import Tool
from assistant.tools.biology import catalogue as biology
from assistant.tools.chemistry import catalogue as chemistry
from assistant.tools.images import catalogue as images
from assistant.tools.materials import catalogue as materials
from assistant.tools.mathematics import catalogue as mathematics
from assistant.tools.signals import catalogue as signals
from assistant.tools.structures import catalogue as structures
from assistant.tools.video import catalogue as video

CATALOGUES = (chemistry, biology, structures, materials, signals, images, video, mathematics)
TOOLS: tuple[Tool, ...] = tuple(tool for catalogue in CATALOGUES for tool in catalogue.TOOLS)


def warm_up() -> None:
    """Load what the libraries load at first use, so that no call pays for it."""
    for catalogue in CATALOGUES:
        catalogue.warm_up()
