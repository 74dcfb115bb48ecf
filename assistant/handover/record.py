"""A conversation as it is handed over: plain values, from which each format is a pure function."""

import mimetypes
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from assistant.attachments.attachment import Attachment
from assistant.events import Artifact, ToolFinished
from assistant.stored_turn import TurnState
from assistant.ui.answer import Answer, Part, ThinkingPart, ToolPart

BYTES = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class Content:
    """A file under the name that the conversation knows it by; its bytes, or where they are kept."""

    name: str
    media_type: str
    source: bytes | Path

    @property
    def num_bytes(self) -> int:
        return len(self.source) if isinstance(self.source, bytes) else self.source.stat().st_size

    def read(self) -> bytes:
        return self.source if isinstance(self.source, bytes) else self.source.read_bytes()


@dataclass(frozen=True, slots=True)
class SentFile:
    """A file that came with a question. content and preview are None where they are not there or not handed over."""

    attachment: Attachment
    description: str = ""
    content: Content | None = None
    preview: Content | None = None


@dataclass(frozen=True, slots=True)
class RecordedTurn:
    """settings: what was chosen for this turn, by name. state: of the answer, see StoredTurn."""

    question: str
    files: tuple[SentFile, ...]
    answer: Answer
    asked_at: datetime | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    state: TurnState = "complete"

    @property
    def tools(self) -> tuple[ToolPart, ...]:
        return tuple(part for part in self.answer.parts if isinstance(part, ToolPart))


@dataclass(frozen=True, slots=True)
class Record:
    """inputs: every file that the conversation's tools may read, by name: those sent and those that tools made.

    catalogue: the module whose tools ran.
    """

    title: str
    model: str
    exported_at: datetime
    turns: tuple[RecordedTurn, ...]
    inputs: tuple[Content, ...] = ()
    catalogue: str = ""

    @property
    def artifacts(self) -> tuple[Artifact, ...]:
        return tuple(artifact for turn in self.turns for tool in turn.tools for artifact in made_by(tool.finished))


def made_by(finished: ToolFinished | None) -> tuple[Artifact, ...]:
    return finished.artifacts if finished else ()


def content_of(artifact: Artifact) -> Content:
    data = artifact.data.encode() if isinstance(artifact.data, str) else artifact.data
    return Content(artifact.name, artifact.media_type, data)


def media_type_of(name: str) -> str:
    return mimetypes.guess_type(name)[0] or BYTES


def without_thinking(record: Record) -> Record:
    def bare(turn: RecordedTurn) -> RecordedTurn:
        parts: list[Part] = [part for part in turn.answer.parts if not isinstance(part, ThinkingPart)]
        return replace(turn, answer=replace(turn.answer, parts=parts))

    return replace(record, turns=tuple(map(bare, record.turns)))


def without_files(record: Record) -> Record:
    """The names of what was sent stay; the files, what was read in them and their previews do not."""

    def bare(turn: RecordedTurn) -> RecordedTurn:
        return replace(turn, files=tuple(SentFile(file.attachment) for file in turn.files))

    return replace(record, inputs=(), turns=tuple(map(bare, record.turns)))
