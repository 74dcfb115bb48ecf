"""The real reader, and ways to break it: a file says in its last bytes what is to happen."""

import os
import signal
import time
from pathlib import Path
from typing import Literal

from assistant.attachments import catalogue
from assistant.tools.base import Tool
from assistant.tools.result import ToolResult


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
    content = Path(file).read_bytes()
    if content.endswith(b"SLOW"):
        (Path(folder).parent.parent / "is-reading").touch()
        time.sleep(60)
    if content.endswith(b"CRASH"):
        os.kill(os.getpid(), signal.SIGSEGV)
    if content.endswith(b"GREEDY"):
        bytearray(2**34)
    return catalogue.read_attachment(file, folder, kind, settings, sampling_rate)


TOOLS = (Tool.from_function(read_attachment, timeout_s=10.0), *catalogue.TOOLS[1:])
warm_up = catalogue.warm_up
