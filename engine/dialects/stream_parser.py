"""Cut a model's output into thinking, answer and tool calls while it streams; the dialect names the tags.

    [thinking]</think>\n\n[answer]\n<tool_call>\n{"name": ..., "arguments": {...}}\n</tool_call>\n<tool_call>...

Whatever the borders of the chunks, no piece holds a part of a tag, and the newlines that dialects put around their
blocks are not shown. The tags are control tokens, which ordinary text cannot spell, so a tag counts wherever it stands;
a call inside the thinking is lifted out of it.
"""

from dataclasses import dataclass
from enum import Enum

from engine.dialects.pieces import MalformedCall, Piece, Text, Thinking
from engine.dialects.tool_calls import read_call

MIN_HALF_TAG = 4  # an answer may end in "<" or "<t"; "<too" is a tag that was cut off


@dataclass(frozen=True, slots=True)
class Tags:
    """call_prefix: a second tag between `call` and the JSON. arguments_keys: see read_call."""

    call: str
    end_call: str
    arguments_keys: tuple[str, ...]
    call_prefix: str = ""
    think: str = "<think>"
    end_think: str = "</think>"


class _State(Enum):
    THINKING = "thinking"
    ANSWER = "answer"
    CALL = "call"


class StreamParser:
    """Feed it the deltas of one answer, then finish()."""

    def __init__(self, tags: Tags, starts_thinking: bool) -> None:
        self._tags = tags
        self._state = self._spoken_state = _State.THINKING if starts_thinking else _State.ANSWER
        self._buffer = ""  # not given out yet: a tag that may be coming, newlines that may belong to a block, a call
        self._is_block_start = True  # nothing but newlines since the block began
        self._has_spoken: set[_State] = set()

    def feed(self, text: str) -> list[Piece]:
        self._buffer += text
        pieces: list[Piece] = []
        while found := _first_tag(self._buffer, self._expected_tags()):
            position, tag = found
            pieces += self._end_block(self._buffer[:position])
            self._buffer = self._buffer[position + len(tag) :]
            self._enter(tag)
        return pieces + self._ready_text()

    def finish(self) -> list[Piece]:
        """The end of the stream: give out what was held back, but no half tag. A call may lack its closing tag."""
        rest, self._buffer = self._buffer, ""
        num_held = _half_tag_length(rest, self._expected_tags())
        if self._state is _State.CALL:
            call = self._read_call(rest[: len(rest) - num_held])
            return [MalformedCall(rest, "it breaks off") if isinstance(call, MalformedCall) else call]
        is_text = num_held < MIN_HALF_TAG
        return self._shown((rest if is_text else rest[:-num_held]).rstrip("\n"))

    def _expected_tags(self) -> tuple[str, ...]:
        """What may end the block that is being read."""
        tags = self._tags
        if self._state is _State.CALL:
            return tags.call, tags.end_call
        return tags.think, tags.end_think, tags.call, tags.end_call

    def _enter(self, tag: str) -> None:
        """A call ends where it began: in the thinking or in the answer."""
        if tag == self._tags.call:
            self._state = _State.CALL
        else:
            if tag == self._tags.think:
                self._spoken_state = _State.THINKING
            elif tag == self._tags.end_think:
                self._spoken_state = _State.ANSWER
            self._state = self._spoken_state
        self._is_block_start = True

    def _end_block(self, text: str) -> list[Piece]:
        return [self._read_call(text)] if self._state is _State.CALL else self._shown(text.rstrip("\n"))

    def _ready_text(self) -> list[Piece]:
        """All but the end of the buffer that may still turn out to belong to a tag or to the newlines before it."""
        if self._state is _State.CALL:
            return []
        num_held = _half_tag_length(self._buffer, self._expected_tags())
        ready = self._buffer[: len(self._buffer) - num_held].rstrip("\n")
        self._buffer = self._buffer[len(ready) :]
        return self._shown(ready)

    def _shown(self, text: str) -> list[Piece]:
        if self._is_block_start:
            text = text.lstrip("\n")
        if not text:
            return []
        if self._is_block_start and self._state in self._has_spoken:
            text = "\n\n" + text  # a new paragraph
        self._is_block_start = False
        self._has_spoken.add(self._state)
        return [Thinking(text) if self._state is _State.THINKING else Text(text)]

    def _read_call(self, text: str) -> Piece:
        prefix = self._tags.call_prefix
        raw = text.lstrip().removeprefix(prefix) if prefix else text
        return read_call(raw, self._tags.arguments_keys)


def _first_tag(text: str, tags: tuple[str, ...]) -> tuple[int, str] | None:
    return min(((position, tag) for tag in tags if (position := text.find(tag)) >= 0), default=None)


def _half_tag_length(text: str, tags: tuple[str, ...]) -> int:
    """Length of the longest end of text that begins a tag."""
    longest = max(map(len, tags)) - 1
    for length in range(min(longest, len(text)), 0, -1):
        if any(tag.startswith(text[-length:]) for tag in tags):
            return length
    return 0
