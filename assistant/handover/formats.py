"""The formats that a conversation is handed over in."""

from collections.abc import Callable
from dataclasses import dataclass

from assistant.handover.file_names import stem_of
from assistant.handover.html_export import html_export
from assistant.handover.json_export import json_export
from assistant.handover.markdown_export import markdown_export
from assistant.handover.notebook_export import notebook_export
from assistant.handover.places import embedded
from assistant.handover.record import BYTES, Record
from assistant.handover.zip_export import zip_export
from assistant.ui.strings import Words


@dataclass(frozen=True, slots=True)
class Format:
    """media_type: of a page it is that of any file, because it is saved and not shown."""

    suffix: str
    media_type: str
    write: Callable[[Record, Words], str | bytes]


FORMATS: dict[str, Format] = {
    "markdown": Format("md", "text/markdown", lambda record, words: markdown_export(record, words, embedded)),
    "json": Format("json", "application/json", lambda record, words: json_export(record)),
    "notebook": Format("ipynb", "application/x-ipynb+json", notebook_export),
    "html": Format("html", BYTES, html_export),
    "zip": Format("zip", "application/zip", lambda record, words: zip_export(record, stem_of(record.title), words)),
}


def written(record: Record, form: Format, words: Words) -> bytes:
    text = form.write(record, words)
    return text if isinstance(text, bytes) else as_bytes(text)


def as_bytes(text: str) -> bytes:
    """Half a character, as a cut answer may end in, becomes a question mark."""
    return text.encode(errors="replace")
