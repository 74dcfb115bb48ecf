"""What the page draws, in the order it happens. The agent yields these; nothing else reaches the UI."""

from dataclasses import dataclass
from typing import Any, Literal

from engine.messages import Usage


@dataclass(frozen=True, slots=True)
class Artifact:
    """A result a person can look at. kind: "svg" | "mol3d" | "file"; data is its text (SVG markup, SDF block).

    alt says in words what the picture shows; meta holds small facts for the viewer (smiles, formula).
    """

    id: str
    kind: Literal["svg", "mol3d", "file"]
    name: str
    media_type: str
    data: str
    alt: str
    meta: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Thinking:
    text: str


@dataclass(frozen=True, slots=True)
class Text:
    text: str


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
class Finished:
    """End of the turn. usages: one per model call. reason "tool_limit": the turn used up its tool calls."""

    reason: Literal["stop", "length", "stopped", "tool_limit"]
    usages: tuple[Usage, ...]
    seconds: float


@dataclass(frozen=True, slots=True)
class Failed:
    """The turn ended in an error; message is one sentence for a person."""

    message: str


Event = Thinking | Text | ToolStarted | ToolFinished | Finished | Failed
