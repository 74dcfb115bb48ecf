"""One turn as the request to /v1/chat/completions that asks the same model the same thing."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from assistant.agent import Agent
from assistant.attachments.attachment import Attachment, Question, is_text
from assistant.attachments.file_text import FileText, characters_for
from assistant.cancel import CancelToken
from assistant.handover.places import data_uri
from assistant.handover.record import Content, media_type_of
from assistant.stored_turn import StoredTurn
from assistant.tool_choice import choose_tools
from assistant.ui.answer import Answer
from assistant.ui.chat import Desk
from engine.messages import Message, ToolCall
from engine.sampling_params import SamplingParams

MAX_INLINE_BYTES = 256 * 2**10  # of all files of a request together: beyond it, it is no text to copy and paste
PART_TYPES = {"image": "image_url", "video": "video_url", "signal": "time_series_url"}
# What OpenAI's client has no argument for; what it is when nobody asks for anything else.
OURS: Mapping[str, float] = {"top_k": 0, "min_p": 0.0, "repetition_penalty": 1.0}
PENALTIES = ("presence_penalty", "frequency_penalty")


class LargeFile(str):
    """Stands where a file's data URL goes that is too large to be copied. In Python it is the call that makes it."""

    name: str

    def __new__(cls, content: Content) -> "LargeFile":
        text = f"<put the data URL of {content.name} here: data:{content.media_type};base64,...>"
        made = super().__new__(cls, text)
        made.name = content.name
        return made

    def __repr__(self) -> str:
        return f"data_url({self.name!r})"


def request_of(desk: Desk, agent: Agent, conversation_id: str, turns: Sequence[StoredTurn]) -> dict[str, Any]:
    """turns: those up to the one that is asked again. AttachmentError when one of its files cannot be read any more."""
    files = _Files(desk, agent, conversation_id)
    messages: list[dict[str, Any]] = [{"role": "system", "content": agent.system_prompt}]
    for turn in turns[:-1]:
        messages += [files.asked(turn), *_said(turn.replies, len(messages))]
    last = turns[-1]
    messages.append(files.asked(last))
    params = last.settings.params(agent.params)
    return {
        "model": desk.slot.name,
        "messages": messages,
        **_tools(agent, turns),
        **_sampling(params, agent.params),
        "enable_thinking": last.settings.enable_thinking,
    }


def _tools(agent: Agent, turns: Sequence[StoredTurn]) -> dict[str, Any]:
    """Those that were offered in this turn."""
    questions = [turn.question.text for turn in turns]
    called = [call.name for turn in turns[:-1] for message in turn.replies for call in message.tool_calls]
    kinds = tuple(attachment.kind for turn in turns for attachment in turn.question.attachments)
    offered = choose_tools(agent.tools.schemas, agent.tools.groups, questions, called, kinds)
    return {"tools": list(offered)} if offered else {}


def _sampling(params: SamplingParams, family: SamplingParams) -> dict[str, Any]:
    """What is neutral is said only where the server would take another value, that of the model's family."""
    chosen: dict[str, Any] = {
        "temperature": params.temperature,
        "top_p": params.top_p,
        "max_tokens": params.max_tokens,
    }
    for name, neutral in {**OURS, **dict.fromkeys(PENALTIES, 0.0)}.items():
        if (value := getattr(params, name)) != neutral or getattr(family, name) != neutral:
            chosen[name] = value
    return chosen | ({} if params.seed is None else {"seed": params.seed})


def _said(replies: Sequence[Message], place: int) -> list[dict[str, Any]]:
    """An earlier answer with its tool calls, and their results under the calls' ids. place: makes the ids unique."""
    messages: list[dict[str, Any]] = []
    waiting: list[str] = []
    for reply in replies:
        if reply.role == "tool":
            if waiting:  # else it is about a call that could not be read
                messages.append({"role": "tool", "tool_call_id": waiting.pop(0), "content": reply.text})
            continue
        message: dict[str, Any] = {"role": "assistant", "content": reply.text}
        if reply.reasoning:
            message["reasoning_content"] = reply.reasoning
        if reply.tool_calls:
            waiting = [f"call_{place + len(messages)}_{i}" for i in range(len(reply.tool_calls))]
            message["tool_calls"] = [
                {"id": name, "type": "function", "function": _called(call)}
                for name, call in zip(waiting, reply.tool_calls, strict=True)
            ]
        messages.append(message)
    return messages


def _called(call: ToolCall) -> dict[str, str]:
    return {"name": call.name, "arguments": json.dumps(call.arguments, ensure_ascii=False)}


class _Files:
    """The files of a conversation as parts of messages, each whole as long as they are small together."""

    def __init__(self, desk: Desk, agent: Agent, conversation_id: str) -> None:
        self._desk = desk
        self._agent = agent
        self._conversation_id = conversation_id
        self._bytes_left = MAX_INLINE_BYTES

    def asked(self, turn: StoredTurn) -> dict[str, Any]:
        question = turn.question
        understood = Answer.of(turn.timed_events).understood
        parts: list[dict[str, Any]] = []
        for attachment in question.attachments:
            if is_text(attachment.kind):
                parts.append(_text(f"{self._told(attachment, question)}\n\n"))
            else:
                read = understood.get(attachment.id)
                facts = f": {read.description}" if read else ""
                parts += [_text(f"[File {attachment.name}{facts}]\n"), self._media(attachment)]
        if question.text:
            parts.append(_text(question.text))
        if all(part["type"] == "text" for part in parts):
            return {"role": "user", "content": "".join(part["text"] for part in parts).rstrip()}
        return {"role": "user", "content": parts}

    def _told(self, attachment: Attachment, question: Question) -> str:
        read, _ = self._desk.reader.read(self._conversation_id, attachment, None, CancelToken())
        assert isinstance(read, FileText), attachment.kind
        return read.part(attachment.name, characters_for(self._agent.model.max_model_len, len(question.attachments)))

    def _media(self, attachment: Attachment) -> dict[str, Any]:
        kind = PART_TYPES[attachment.kind]
        path = self._desk.attachments.path(self._conversation_id, attachment.id)
        value: dict[str, Any] = {"url": self._url(Content(attachment.name, media_type_of(attachment.name), path))}
        if attachment.sampling_rate is not None:
            value["sampling_rate"] = attachment.sampling_rate
        return {"type": kind, kind: value}

    def _url(self, content: Content) -> str:
        if not isinstance(content.source, bytes) and not content.source.is_file():
            return LargeFile(content)
        if content.num_bytes > self._bytes_left:
            return LargeFile(content)
        self._bytes_left -= content.num_bytes
        return data_uri(content)


def _text(text: str) -> dict[str, Any]:
    return {"type": "text", "text": text}
