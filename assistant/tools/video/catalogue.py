"""Videos: what they are, single frames, an overview, and cuts."""

from contextlib import suppress

from PIL import ImageFont

from assistant.tools.base import Tool
from assistant.tools.optional import optional
from assistant.tools.result import ToolError
from assistant.tools.video.contact_sheet import contact_sheet
from assistant.tools.video.detect_scenes import detect_scenes
from assistant.tools.video.extract_frames import extract_frames
from assistant.tools.video.video_info import video_info

TOOLS = (
    Tool.from_function(video_info, timeout_s=15.0, group="video"),
    Tool.from_function(extract_frames, timeout_s=30.0, group="video"),
    Tool.from_function(contact_sheet, timeout_s=30.0, group="video"),
    Tool.from_function(detect_scenes, timeout_s=60.0, group="video"),
)


def warm_up() -> None:
    """Load what the libraries load at first use. Nothing is opened: a reader would start threads."""
    with suppress(ToolError):
        optional("decord")
    ImageFont.load_default(14)
