"""What each reader of a text file gives back."""

from dataclasses import dataclass

from assistant.attachments.file_text import FileText


@dataclass(frozen=True, slots=True)
class TextReading:
    """svg: the preview."""

    text: FileText
    svg: str
