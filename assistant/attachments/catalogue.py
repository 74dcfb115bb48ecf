"""What the process that reads attachments can do. Its functions are called as tools are; no model is offered them."""

import json
import warnings
from collections.abc import Callable, Mapping
from contextlib import suppress
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from assistant.attachments.attachment import TextKind
from assistant.attachments.file_text import save_text
from assistant.attachments.media_facts import media_input
from assistant.attachments.preview import write_preview
from assistant.attachments.readers.crystals import read_crystal
from assistant.attachments.readers.molecules import NotMolecules, read_molecules
from assistant.attachments.readers.sequences import read_sequences
from assistant.attachments.readers.structures import read_structure
from assistant.attachments.readers.texts import read_plain
from assistant.attachments.readers.understood_text import TextReading
from assistant.tools.base import Tool
from assistant.tools.optional import optional
from assistant.tools.result import ToolError, ToolResult
from engine.errors import InvalidRequest
from engine.processors.settings import ProcessorSettings
from engine.processors.stored_input import save_input

MEDIA_TIMEOUT_S = 60.0
TEXT_TIMEOUT_S = 5.0
READERS: Mapping[TextKind, Callable[[Path], TextReading]] = {
    "molecule": read_molecules,
    "sequence": read_sequences,
    "structure": read_structure,
    "crystal": read_crystal,
    "text": read_plain,
}


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
        item, understood = media_input(Path(file), kind, processor, sampling_rate)
    except InvalidRequest as error:
        raise ToolError("unreadable", str(error)) from error
    save_input(item, Path(folder) / "input.npz")
    write_preview(item, processor, Path(folder))
    (Path(folder) / "understood.txt").write_text(understood)
    return ToolResult("read")


def read_text_file(
    file: str, folder: str, kind: Literal["molecule", "sequence", "structure", "crystal", "text"]
) -> ToolResult:
    """Bring a file to the text that every model reads.

    file: Path of the file
    folder: Path of the folder that the result is written to
    kind: What the file looks like
    """
    try:
        reading = READERS[kind](Path(file))
    except NotMolecules:
        reading = read_plain(Path(file))
    save_text(reading.text, Path(folder) / "text.json")
    (Path(folder) / "preview.svg").write_text(reading.svg)
    return ToolResult("read")


TOOLS = (
    Tool.from_function(read_attachment, timeout_s=MEDIA_TIMEOUT_S),
    Tool.from_function(read_text_file, timeout_s=TEXT_TIMEOUT_S),
)


def warm_up() -> None:
    """Load the libraries that are imported at first use."""
    for name in ("av", "decord"):
        if find_spec(name):
            import_module(name)
    for name in ("gemmi", "pypdf", "obspy"):
        with suppress(ToolError), warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # of what obspy imports
            optional(name)
