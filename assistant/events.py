"""What the page draws, in the order it happens. The agent yields these; nothing else reaches the UI.

Thinking, Text and TextWasThinking are shown as the dialect's parser gives them out.
"""

from dataclasses import dataclass
from typing import Any, Literal

from assistant.attachments.attachment import MediaCount, Understood
from assistant.checked_answer import AnswerCheck
from assistant.tools.result import ArtifactKind
from engine.dialects.pieces import Text as Text
from engine.dialects.pieces import TextWasThinking as TextWasThinking
from engine.dialects.pieces import Thinking as Thinking
from engine.messages import Usage


@dataclass(frozen=True, slots=True)
class Artifact:
    """A result a person can look at; data is its text (SVG markup, SDF block, CSV, JSON) or the bytes of a picture.

    alt says in words what the picture shows; meta holds small facts for the viewer (smiles, formula, boxes).
    """

    id: str
    kind: ArtifactKind
    name: str
    media_type: str
    data: str | bytes
    alt: str
    meta: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Reading:
    """A file that came with the question is being read; name is the one it was sent under."""

    name: str


@dataclass(frozen=True, slots=True)
class AttachmentRead:
    """One attachment of the question has been read for the model."""

    understood: Understood


@dataclass(frozen=True, slots=True)
class PromptMedia:
    """All media that the model is about to read, those of earlier questions as well."""

    counts: tuple[MediaCount, ...]


@dataclass(frozen=True, slots=True)
class ToolStarted:
    call_id: str
    name: str
    arguments: dict[str, Any]


@dataclass(frozen=True, slots=True)
class ToolFinished:
    """summary is exactly what the model is told; ok is False for an error envelope."""

    call_id: str
    ok: bool
    summary: str
    artifacts: tuple[Artifact, ...]
    seconds: float


@dataclass(frozen=True, slots=True)
class Checked:
    """Where the numbers of the answer come from, and whether its molecules are any."""

    check: AnswerCheck


@dataclass(frozen=True, slots=True)
class Finished:
    """End of the turn. usages: one per model call. reason "tool_limit": the turn used up its tool calls.

    context_limit: tokens that the model reads and writes at most; 0 where no model was asked. released_s: after a stop,
    the seconds until the model said that it had let go of the answer; None where it did not say so.
    """

    reason: Literal["stop", "length", "stopped", "tool_limit"]
    usages: tuple[Usage, ...]
    seconds: float
    context_limit: int = 0
    released_s: float | None = None


@dataclass(frozen=True, slots=True)
class Failed:
    """The turn ended in an error; message is one sentence for a person."""

    message: str


Event = (
    Reading
    | AttachmentRead
    | PromptMedia
    | Thinking
    | Text
    | TextWasThinking
    | ToolStarted
    | ToolFinished
    | Checked
    | Finished
    | Failed
)
