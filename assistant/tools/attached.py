"""The files of a conversation as a tool sees them: by the name under which they are listed, never by a path."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

from assistant.tools.result import ToolError

MAX_NAMES = 12  # in a message

_files: ContextVar[Mapping[str, Path]] = ContextVar("files", default={})  # noqa: B039 - never written to


@contextmanager
def attached_files(files: Mapping[str, Path]) -> Iterator[None]:
    """What attached() finds meanwhile."""
    token = _files.set(files)
    try:
        yield
    finally:
        _files.reset(token)


def attached(name: str) -> Path:
    """The place of one file, for reading. ToolError NO_FILE lists the names there are."""
    files = _files.get()
    if name in files:
        if not os.access(files[name], os.R_OK):
            raise ToolError("NO_ACCESS", f"The file '{name[:80]}' may not be read by the tools.", "Check its owner.")
        return files[name]
    if not files:
        raise ToolError("NO_FILE", f"There is no file '{name[:80]}': no file is attached.", "Ask for the file.")
    names = ", ".join(list(files)[:MAX_NAMES]) + (", ..." if len(files) > MAX_NAMES else "")
    raise ToolError("NO_FILE", f"There is no file '{name[:80]}'.", f"The attached files are: {names}.")
