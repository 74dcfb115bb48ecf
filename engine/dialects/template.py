"""The dialect of a checkpoint of another family, as its own chat_template.jinja writes it.

The template sees every text with a mark in it that nobody can guess: around the text, and after each character with
which a control token may begin. A control token that shows up in the rendering is therefore the template's own; the
marks are then taken out again. What it costs: a template that looks for markup inside a text (a lone `<tool_response>`,
a `</think>` in an old answer) does not find it, and one that cuts a text at a fixed length may cut a mark. Trimming,
emptiness, comparison of plain words and JSON escapes work as ever.

Thinking and tool calls are read in the form that most families share: <think>, and JSON between <tool_call> tags.
"""

import re
import secrets
from collections.abc import Iterable
from typing import Any

from jinja2 import TemplateError

from engine.dialects.chat import Call, Chat, Turn, chat_of
from engine.dialects.sandbox import ChatTemplate
from engine.dialects.segments import Control, Segment, joined, segments_text
from engine.dialects.stream_parser import StreamParser, Tags
from engine.errors import CheckpointError, InvalidRequest
from engine.messages import Conversation

TAGS = Tags("<tool_call>", "</tool_call>", ("arguments", "parameters"))
PLAIN_WORDS = re.compile(r"[\w\s.,-]*")  # what templates compare with, such as the type of a tool's argument


class TemplateDialect:
    """source: the template. control_tokens: those of the vocabulary. special: bos_token, eos_token and the like."""

    stop_tokens = ()
    arguments_key = "arguments"
    tags = TAGS

    def __init__(self, name: str, source: str, control_tokens: Iterable[str], special: dict[str, str]) -> None:
        self.name = name
        # Shorter ones, or runs of spaces, are harmless, and people write them.
        self._controls = {token for token in control_tokens if len(token) > 1 and token == token.strip()}
        self._special = special
        try:
            self._template = ChatTemplate(source)
        except (TemplateError, RecursionError) as error:
            raise CheckpointError(f"The chat template of {name} cannot be read: {error}.") from error

    def render(self, chat: Chat) -> list[Segment]:
        if chat.inputs:
            raise InvalidRequest(f"{self.name} reads text only; remove the attachments.")
        guard = _Guard(self._controls)
        values = self._special | {
            "messages": _messages(chat, guard),
            "tools": guard.value(list(chat.tools)) or None,
            "documents": None,
            "add_generation_prompt": chat.asks_for_answer,
            "enable_thinking": chat.enable_thinking,
        }
        try:
            rendered = self._template.render(values)
        except Exception as error:  # the template is foreign code: it may raise anything
            reason = guard.without_marks(str(error)).rstrip(".")
            raise InvalidRequest(f"The chat template of {self.name} refuses this conversation: {reason}.") from error
        return guard.segments(rendered)

    def starts_thinking(self, conversation: Conversation) -> bool:
        return segments_text(self.render(chat_of(conversation))).rstrip().endswith(TAGS.think)

    def parser(self, starts_thinking: bool) -> StreamParser:
        return StreamParser(TAGS, starts_thinking)


class _Guard:
    """Marks the texts of one rendering, and finds the template's own control tokens in the outcome."""

    def __init__(self, controls: set[str]) -> None:
        self._mark = f"~{secrets.randbelow(10**24):024d}~"  # unchanged by JSON, URL and HTML escapes
        first_characters = {token[0] for token in controls}
        self._starts = re.compile("|".join(map(re.escape, sorted(first_characters))) or "(?!)")
        tokens = "|".join(map(re.escape, sorted(controls, key=len, reverse=True))) or "(?!)"
        self._tokens = re.compile(f"{self._mark}|({tokens})")

    def text(self, text: str) -> str:
        core = text.strip()
        if not core:
            return text
        left, right = text[: text.index(core)], text[text.index(core) + len(core) :]
        broken = self._starts.sub(lambda start: start[0] + self._mark, core)
        return f"{left}{self._mark}{broken}{self._mark}{right}"

    def value(self, value: Any) -> Any:
        """The same for what is inside JSON, where words that a template may compare stay as they are."""
        match value:
            case str():
                is_plain = PLAIN_WORDS.fullmatch(value) and not self._tokens.search(value)
                return value if is_plain else self.text(value)
            case dict():
                return {self.value(key): self.value(entry) for key, entry in value.items()}
            case list() | tuple():
                return [self.value(entry) for entry in value]
            case _:
                return value

    def without_marks(self, text: str) -> str:
        return text.replace(self._mark, "")

    def segments(self, rendered: str) -> list[Segment]:
        segments: list[Segment] = []
        position = 0
        for found in self._tokens.finditer(rendered):
            segments.append(rendered[position : found.start()])
            if found[1]:
                segments.append(Control(found[1]))
            position = found.end()
        return joined([*segments, rendered[position:]])


def _messages(chat: Chat, guard: _Guard) -> list[dict[str, Any]]:
    """In OpenAI's form; a call's id is nine letters and digits, as a few templates want; results come in order."""
    messages: list[dict[str, Any]] = []
    open_calls: list[dict[str, Any]] = []
    num_calls = 0
    for turn in chat.turns:
        message: dict[str, Any] = {"role": turn.role, "content": guard.text(_only_text(turn))}
        if turn.reasoning:
            message["reasoning_content"] = guard.text(turn.reasoning)
        if turn.calls:
            open_calls = [_call(call, num_calls + i, guard) for i, call in enumerate(turn.calls)]
            num_calls += len(open_calls)
            message["tool_calls"] = list(open_calls)
        if turn.role == "tool" and open_calls:
            call = open_calls.pop(0)
            message |= {"tool_call_id": call["id"], "name": call["function"]["name"]}
        messages.append(message)
    return messages


def _only_text(turn: Turn) -> str:
    return "".join(item for item in turn.content if isinstance(item, str))


def _call(call: Call, number: int, guard: _Guard) -> dict[str, Any]:
    function = {"name": guard.value(call.name), "arguments": guard.value(call.arguments)}
    return {"id": f"call{number:05d}", "type": "function", "function": function}
