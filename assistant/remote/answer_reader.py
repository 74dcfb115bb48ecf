"""The chunks of one streamed completion, as pieces: text, thinking and tool calls, however a server sends them."""

from collections.abc import Iterator
from typing import Any

from assistant.remote.call_fragments import CallFragments
from assistant.remote.inline_text import InlineText
from engine.dialects.base import Dialect
from engine.dialects.pieces import Piece, Text, Thinking
from engine.messages import FinishReason

FINISH_REASONS: dict[str, FinishReason] = {
    "length": "length",
    "max_tokens": "length",
    "max_length": "length",
    "abort": "abort",
    "cancelled": "abort",
}  # stop, tool_calls, function_call, eos, content_filter and whatever else: the answer has ended
REASONING_FIELDS = ("reasoning_content", "reasoning")


class Unreadable(Exception):
    """A chunk that is none; the text says why."""


class AnswerReader:
    """feed() it every chunk, then finish(). finish_reason and usage are None until the server has said them."""

    def __init__(self, dialect: Dialect, starts_thinking: bool) -> None:
        self._text = InlineText(dialect, starts_thinking)
        self._calls = CallFragments()
        self.finish_reason: FinishReason | None = None
        self.usage: dict[str, Any] | None = None
        self.num_characters = 0
        self.has_content = False

    @property
    def lacks_opening(self) -> bool:
        return self._text.lacks_opening

    @property
    def is_all_thinking(self) -> bool:
        """An answer that was taken for thinking, and whose thinking never ended."""
        return bool(self._text.unspoken) and self.finish_reason != "length" and not self._calls

    def feed(self, chunk: dict[str, Any]) -> list[Piece]:
        if isinstance(chunk.get("usage"), dict):
            self.usage = chunk["usage"]
        choices = chunk.get("choices")
        if not choices:
            return []
        choice = choices[0] if isinstance(choices, list) else None
        if not isinstance(choice, dict):
            raise Unreadable("choices are no list of objects")
        if reason := choice.get("finish_reason"):
            self.finish_reason = FINISH_REASONS.get(str(reason), "stop")
        message = choice.get("delta") or choice.get("message") or {}
        if not isinstance(message, dict):
            raise Unreadable("a delta is no object")
        pieces = list(self._pieces(message))
        self.has_content = self.has_content or bool(pieces) or bool(self._calls)
        return pieces

    def finish(self) -> list[Piece]:
        pieces = self._text.finish()
        if self.is_all_thinking:
            pieces.append(Text(self._text.unspoken))
        return [*pieces, *self._calls.finish()]

    def _pieces(self, message: dict[str, Any]) -> Iterator[Piece]:
        reasoning = next((text for name in REASONING_FIELDS if (text := _text(message.get(name)))), "")
        content = _text(message.get("content"))
        calls = message.get("tool_calls")
        self.num_characters += len(reasoning) + len(content)
        if reasoning:
            yield Thinking(reasoning)
        if content:
            yield from self._text.feed(content)
        for fragment in calls if isinstance(calls, list) else ():
            if not isinstance(fragment, dict):
                raise Unreadable("a tool call is no object")
            self.num_characters += self._calls.add(fragment)


def _text(value: Any) -> str:
    """Content may also be a list of parts."""
    if isinstance(value, list):
        return "".join(str(part.get("text", "")) for part in value if isinstance(part, dict))
    if value is None or isinstance(value, str):
        return value or ""
    raise Unreadable(f"a text is of the type {type(value).__name__}")
