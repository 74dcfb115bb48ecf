"""The plain values of an attachment: the file a person sent, the question it came with, what was understood of it."""

from dataclasses import dataclass
from typing import Literal, get_args

from engine.errors import EngineError
from engine.processors.settings import Kind

TextKind = Literal["molecule", "sequence", "structure", "crystal", "text"]  # every model reads these, as text
FileKind = Kind | TextKind


def is_text(kind: FileKind) -> bool:
    return kind in get_args(TextKind)


class AttachmentError(EngineError):
    """Why a file could not be read: one sentence for the person who attached it."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """id: the SHA-256 of its bytes. name: under which people, the model and the tools know it in its conversation.

    sampling_rate: Hz, as the person gave it; None leaves it to the file, and to the model's processor after that.
    """

    id: str
    name: str
    kind: FileKind
    num_bytes: int
    has_own_rate: bool = False  # the file itself says its sampling rate
    sampling_rate: float | None = None


@dataclass(frozen=True, slots=True)
class Question:
    text: str
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True)
class Understood:
    """What reading an attachment gave. reading_id: where the result is kept, in its conversation."""

    attachment_id: str
    reading_id: str
    description: str
    num_tokens: int


@dataclass(frozen=True, slots=True)
class MediaCount:
    """How many attachments of one kind a prompt holds, and the tokens that they take in it."""

    kind: Kind
    number: int
    num_tokens: int
