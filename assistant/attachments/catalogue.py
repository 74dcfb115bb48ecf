"""What the process that reads attachments can do. Its one function is called as a tool is; no model is offered it."""

import json
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from assistant.attachments.preview import write_preview
from assistant.tools.base import Tool
from assistant.tools.result import ToolError, ToolResult
from engine.errors import InvalidRequest
from engine.processors.prepare import prepare
from engine.processors.settings import ProcessorSettings
from engine.processors.stored_input import save_input

TIMEOUT_S = 60.0


def read_attachment(
    file: str,
    folder: str,
    kind: Literal["image", "video", "signal"],
    settings: str,
    sampling_rate: float | None = None,
) -> ToolResult:
    """Bring a file to what the model reads.

    file: Path of the file
    folder: Path of the folder that the result is written to
    kind: What the file is
    settings: The model's processor settings, as JSON
    sampling_rate: In Hz, where a person gave it
    """
    processor = ProcessorSettings.from_dict(json.loads(settings))
    try:
        item = prepare(Path(file), kind, processor, sampling_rate)
    except InvalidRequest as error:
        raise ToolError("unreadable", str(error)) from error
    save_input(item, Path(folder) / "input.npz")
    write_preview(item, processor, Path(folder))
    return ToolResult("read")


TOOLS = (Tool.from_function(read_attachment, timeout_s=TIMEOUT_S),)


def warm_up() -> None:
    """Load the video readers, which are imported at first use."""
    for name in ("av", "decord"):
        if find_spec(name):
            import_module(name)
