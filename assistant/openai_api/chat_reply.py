"""Answers as OpenAI's chat completion: in one object, or as the events of a stream."""

import json
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from assistant.openai_api.chat_request import Delivery
from assistant.openai_api.logprobs import TokenBytes, chat_logprobs
from assistant.openai_api.reply import Head, usage_of
from engine.dialects.pieces import MalformedCall, Piece, Text, TextWasThinking, Thinking
from engine.dialects.stream_parser import StreamParser
from engine.messages import Delta, FinishReason, TokenLogprob, ToolCall, Usage

FieldsOf = dict[str, Any]


@dataclass(slots=True)
class _Choice:
    """One answer so far."""

    parser: StreamParser
    text: str = ""
    reasoning: str = ""
    calls: list[FieldsOf] = field(default_factory=list)
    logprobs: list[TokenLogprob] = field(default_factory=list)
    finish_reason: FinishReason | None = None
    usage: Usage | None = None

    @property
    def shown_reason(self) -> str | None:
        return "tool_calls" if self.calls and self.finish_reason == "stop" else self.finish_reason


class ChatReply:
    """Feed it the deltas of all answers. may_call: calls are calls; else what looks like one is text.

    A call comes whole, since it counts only when it is complete. logprobs has an entry for every token that the model
    wrote, those of its thinking and of its tags too.
    """

    def __init__(
        self,
        head: Head,
        delivery: Delivery,
        parsers: list[StreamParser],
        token_bytes: TokenBytes | None,
        may_call: bool,
    ) -> None:
        self._head = head
        self._delivery = delivery
        self._token_bytes = token_bytes
        self._may_call = may_call
        self._choices = [_Choice(parser) for parser in parsers]

    def opening(self) -> Iterator[FieldsOf]:
        for number in range(len(self._choices)):
            yield self._chunk(number, {"role": "assistant", "content": ""})

    def feed(self, number: int, delta: Delta) -> Iterator[FieldsOf]:
        """The events of a stream. Where there is none, they are only kept."""
        choice = self._choices[number]
        pieces = choice.parser.feed(delta.text)
        if delta.finish_reason is not None:
            pieces += choice.parser.finish()
            choice.finish_reason, choice.usage = delta.finish_reason, delta.usage
        choice.logprobs += delta.logprobs
        changes = [change for piece in pieces for change in self._changes(choice, piece)]
        logprobs = list(delta.logprobs)
        for change in changes or ([{}] if logprobs and delta.finish_reason is None else []):
            yield self._chunk(number, change, logprobs)
            logprobs = []
        if delta.finish_reason is not None:
            yield self._chunk(number, {}, logprobs, choice.shown_reason)

    def closing(self) -> Iterator[FieldsOf]:
        if self._delivery.has_usage:
            yield self._head.fields("chat.completion.chunk") | {"choices": [], "usage": self._usage()}

    def whole(self) -> FieldsOf:
        choices = [self._message(number, choice) for number, choice in enumerate(self._choices)]
        return self._head.fields("chat.completion") | {"choices": choices, "usage": self._usage()}

    def _usage(self) -> FieldsOf:
        return usage_of(
            [choice.usage for choice in self._choices if choice.usage], num_answers_a_prompt=len(self._choices)
        )

    def _changes(self, choice: _Choice, piece: Piece) -> Iterator[FieldsOf]:
        """Remember a piece, and say it as the fields of a delta."""
        match piece:
            case Thinking(text):
                choice.reasoning += text
                yield {"reasoning_content": text}
            case ToolCall() if self._may_call:
                index, call = len(choice.calls), _call(piece)
                choice.calls.append(call)
                arguments = call["function"]["arguments"]
                opened = call | {"function": call["function"] | {"arguments": ""}}
                yield {"tool_calls": [{"index": index, **opened}]}
                yield {"tool_calls": [{"index": index, "function": {"arguments": arguments}}]}
            case _:
                text = _text(piece)
                choice.text += text
                yield {"content": text}

    def _message(self, number: int, choice: _Choice) -> FieldsOf:
        message: FieldsOf = {"role": "assistant", "content": choice.text or (None if choice.calls else "")}
        if choice.reasoning:
            message["reasoning_content"] = choice.reasoning
        if choice.calls:
            message["tool_calls"] = choice.calls
        return {
            "index": number,
            "message": message,
            "logprobs": self._logprobs(choice.logprobs),
            "finish_reason": choice.shown_reason,
        }

    def _chunk(
        self, number: int, delta: FieldsOf, logprobs: list[TokenLogprob] | None = None, reason: str | None = None
    ) -> FieldsOf:
        choice = {
            "index": number,
            "delta": delta,
            "logprobs": self._logprobs(logprobs) if logprobs else None,
            "finish_reason": reason,
        }
        usage = {"usage": None} if self._delivery.has_usage else {}
        return self._head.fields("chat.completion.chunk") | {"choices": [choice]} | usage

    def _logprobs(self, logprobs: list[TokenLogprob]) -> FieldsOf | None:
        return chat_logprobs(logprobs, self._token_bytes) if self._token_bytes else None


def _call(call: ToolCall) -> FieldsOf:
    arguments = json.dumps(call.arguments, ensure_ascii=False)
    function = {"name": call.name, "arguments": arguments}
    return {"id": f"call_{secrets.token_hex(12)}", "type": "function", "function": function}


def _text(piece: Piece) -> str:
    """Of what is shown as it was said: a call that breaks off, or one where none was offered."""
    match piece:
        case Text(text):
            return text
        case MalformedCall(raw):
            return raw
        case ToolCall(name, arguments):
            return json.dumps({"name": name, "arguments": arguments}, ensure_ascii=False)
        case Thinking() | TextWasThinking():  # the latter comes from other servers only
            raise AssertionError(piece)
