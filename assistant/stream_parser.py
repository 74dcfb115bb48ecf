"""Cut a model's output into thinking, answer and tool calls while it streams, in the dialect of Intern-S1-Pro.

    [thinking]</think>\n\n[answer]\n<tool_call>\n{"name": ..., "arguments": {...}}\n</tool_call>\n<tool_call>...

Whatever the borders of the chunks, no piece holds a part of a tag, and the newlines that the dialect puts around its
blocks are not shown. The tags are control tokens, which ordinary text cannot spell, so a tag counts wherever it stands.
"""

import json
from dataclasses import dataclass
from enum import Enum
from typing import Any

from assistant.events import Text, Thinking
from engine.messages import ToolCall

THINK, END_THINK, CALL, END_CALL = "<think>", "</think>", "<tool_call>", "</tool_call>"
MIN_HALF_TAG = 4  # an answer may end in "<" or "<t"; "<too" is a tag that was cut off


class _State(Enum):
    THINKING = "thinking"
    ANSWER = "answer"
    CALL = "call"


# What may end a piece of text, and the state after it.
TAGS = {
    _State.THINKING: {THINK: _State.THINKING, END_THINK: _State.ANSWER, CALL: _State.CALL},
    _State.ANSWER: {THINK: _State.THINKING, END_THINK: _State.ANSWER, CALL: _State.CALL, END_CALL: _State.ANSWER},
    _State.CALL: {CALL: _State.CALL, END_CALL: _State.ANSWER},
}


@dataclass(frozen=True, slots=True)
class MalformedCall:
    """Something between call tags that is no call: its text, and what is wrong with it in words for the model."""

    raw: str
    reason: str


Piece = Thinking | Text | ToolCall | MalformedCall


class StreamParser:
    """Feed it the deltas of one answer, then finish()."""

    def __init__(self, starts_thinking: bool) -> None:
        self._state = _State.THINKING if starts_thinking else _State.ANSWER
        self._buffer = ""  # not given out yet: a tag that may be coming, newlines that may belong to a block, a call
        self._is_block_start = True  # nothing but newlines since the block began
        self._has_answered = False

    def feed(self, text: str) -> list[Piece]:
        self._buffer += text
        pieces: list[Piece] = []
        while found := _first_tag(self._buffer, TAGS[self._state]):
            position, tag = found
            pieces += self._end_block(self._buffer[:position])
            self._buffer = self._buffer[position + len(tag) :]
            self._state = TAGS[self._state][tag]
            self._is_block_start = True
        return pieces + self._ready_text()

    def finish(self) -> list[Piece]:
        """The end of the stream: give out what was held back, but no half tag. A call may lack its closing tag."""
        rest, self._buffer = self._buffer, ""
        num_held = _half_tag_length(rest, TAGS[self._state])
        if self._state is _State.CALL:
            call = _read_call(rest[: len(rest) - num_held])
            return [MalformedCall(rest, "it breaks off") if isinstance(call, MalformedCall) else call]
        is_text = num_held < MIN_HALF_TAG
        return self._shown((rest if is_text else rest[:-num_held]).rstrip("\n"))

    def _end_block(self, text: str) -> list[Piece]:
        return [_read_call(text)] if self._state is _State.CALL else self._shown(text.rstrip("\n"))

    def _ready_text(self) -> list[Piece]:
        """All but the end of the buffer that may still turn out to belong to a tag or to the newlines before it."""
        if self._state is _State.CALL:
            return []
        num_held = _half_tag_length(self._buffer, TAGS[self._state])
        ready = self._buffer[: len(self._buffer) - num_held].rstrip("\n")
        self._buffer = self._buffer[len(ready) :]
        return self._shown(ready)

    def _shown(self, text: str) -> list[Piece]:
        if self._is_block_start:
            text = text.lstrip("\n")
        if not text:
            return []
        is_new_paragraph = self._is_block_start and self._has_answered
        self._is_block_start = False
        if self._state is _State.THINKING:
            return [Thinking(text)]
        self._has_answered = True
        return [Text("\n\n" + text if is_new_paragraph else text)]


def _first_tag(text: str, tags: dict[str, _State]) -> tuple[int, str] | None:
    return min(((position, tag) for tag in tags if (position := text.find(tag)) >= 0), default=None)


def _half_tag_length(text: str, tags: dict[str, _State]) -> int:
    """Length of the longest end of text that begins a tag."""
    longest = max(map(len, tags)) - 1
    for length in range(min(longest, len(text)), 0, -1):
        if any(tag.startswith(text[-length:]) for tag in tags):
            return length
    return 0


def _read_call(raw: str) -> ToolCall | MalformedCall:
    try:
        call = json.loads(raw, parse_constant=_refuse_constant)
        json.dumps(call, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return MalformedCall(raw, "it holds half of a character")
    except json.JSONDecodeError as error:
        return MalformedCall(raw, f"it is not JSON: {error.msg} at character {error.pos + 1}")
    except (ValueError, RecursionError) as error:
        return MalformedCall(raw, f"it is not JSON: {error}")
    return _as_call(raw, call)


def _as_call(raw: str, call: Any) -> ToolCall | MalformedCall:
    if not isinstance(call, dict):
        return MalformedCall(raw, "it is not a JSON object")
    if not isinstance(call.get("name"), str) or not call["name"]:
        return MalformedCall(raw, 'it has no "name"')
    if not isinstance(call.get("arguments"), dict):
        return MalformedCall(raw, 'its "arguments" are not a JSON object')
    return ToolCall(call["name"], call["arguments"])


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not a JSON number")
