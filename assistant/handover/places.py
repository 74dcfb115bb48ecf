"""Where the files of a conversation stand in what is handed over: inside the text itself, or in a folder beside it."""

import base64
from typing import Protocol

from assistant.handover.file_names import Names, file_stem
from assistant.handover.record import Content

MAX_EMBEDDED_BYTES = 4 * 2**20  # of one file inside a text; editors and browsers open such a text still


class Place(Protocol):
    def __call__(self, content: Content) -> str:
        """The address of a file; empty where it has no place."""


def embedded(content: Content) -> str:
    return data_uri(content) if content.num_bytes <= MAX_EMBEDDED_BYTES else ""


def data_uri(content: Content) -> str:
    return f"data:{content.media_type};base64,{base64.b64encode(content.read()).decode()}"


class Folder:
    """A folder that is filled while a text is written. files: what it holds, by path."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._names = Names()
        self.files: dict[str, Content] = {}

    def __call__(self, content: Content) -> str:
        for path, kept in self.files.items():
            if kept.name == content.name and kept.source == content.source:
                return path
        path = f"{self._name}/{self._names.take(file_stem(content.name))}"
        self.files[path] = content
        return path
