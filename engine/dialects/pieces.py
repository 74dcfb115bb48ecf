"""What a model's output is made of, in the order in which it is said."""

from dataclasses import dataclass

from engine.messages import ToolCall


@dataclass(frozen=True, slots=True)
class Thinking:
    text: str


@dataclass(frozen=True, slots=True)
class Text:
    text: str


@dataclass(frozen=True, slots=True)
class MalformedCall:
    """Something between call tags that is no call: its text, and what is wrong with it in words for the model."""

    raw: str
    reason: str


@dataclass(frozen=True, slots=True)
class TextWasThinking:
    """All text of this answer so far was thinking: a server that does not cut answers kept the opening tag."""


Piece = Thinking | Text | ToolCall | MalformedCall | TextWasThinking
