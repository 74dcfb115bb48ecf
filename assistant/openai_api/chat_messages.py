"""The messages of a chat request as turns of ours; pictures, videos and signals stay addresses until they are read."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from assistant.openai_api.errors import ApiError, refused
from assistant.openai_api.fields import Fields
from engine.messages import Message, ToolCall
from engine.processors.settings import Kind

MAX_MESSAGES = 2_000
MAX_MEDIA = 16
MEDIA_PARTS: dict[str, Kind] = {"image_url": "image", "video_url": "video", "time_series_url": "signal"}
NO_NAMES = "The chat format of this model has no names; say who speaks in the text."


@dataclass(frozen=True, slots=True)
class MediaPart:
    """place: in the request, for what there is to say of it."""

    kind: Kind
    url: str
    place: str
    sampling_rate: float | None = None


UnreadPart = str | MediaPart


@dataclass(frozen=True, slots=True)
class UnreadMessage:
    """message: all of it but its content."""

    message: Message
    content: tuple[UnreadPart, ...]
    call_ids: tuple[str, ...] = ()  # of its calls, or of the call whose result it is


def read_messages(fields: Fields) -> tuple[UnreadMessage, ...]:
    given = list(fields.each("messages"))
    if not given:
        raise refused("messages", "messages is empty; ask at least one question.", "empty_prompt")
    if len(given) > MAX_MESSAGES:
        raise refused("messages", f"messages has {len(given):,} entries; it may have at most {MAX_MESSAGES:,}.")
    messages = [_message(message) for message in given]
    if messages[-1].message.role == "assistant":
        raise refused("messages", "messages ends with an assistant's turn; end with a question or a tool's result.")
    num_media = sum(isinstance(part, MediaPart) for message in messages for part in message.content)
    if num_media > MAX_MEDIA:
        raise refused(
            "messages", f"messages holds {num_media} files; it may hold at most {MAX_MEDIA}.", "too_many_files"
        )
    return tuple(_results_in_order(messages))


def _message(fields: Fields) -> UnreadMessage:
    role = fields.choice("role", "system", "developer", "user", "assistant", "tool")
    if role is None:
        raise refused(fields.param("role"), f"{fields.param('role')} is missing.", "missing")
    match role:
        case "assistant":
            message = _answer(fields)
        case "tool":
            call_id = fields.required_text("tool_call_id")
            fields.text("name")  # said by the id as well
            message = UnreadMessage(Message("tool", ""), _content(fields, has_media=False), (call_id,))
        case "user":
            message = UnreadMessage(Message("user", ""), _question(fields))
        case _:
            message = UnreadMessage(Message("system", ""), _content(fields, has_media=True))
    fields.end({"name": NO_NAMES})
    return message


def _question(fields: Fields) -> tuple[UnreadPart, ...]:
    content = _content(fields, has_media=True)
    if not any(isinstance(part, MediaPart) or part.strip() for part in content):
        raise refused(fields.param("content"), f"{fields.param('content')} is empty; ask something.", "empty_prompt")
    return content


def _answer(fields: Fields) -> UnreadMessage:
    calls = [_call(call) for call in fields.each("tool_calls")]
    content = _content(fields, has_media=False) if "content" in fields or not calls else ()
    reasoning = fields.text("reasoning_content") or fields.text("reasoning") or ""
    fields.take("reasoning")
    fields.drop("annotations", [])
    ids = tuple(call_id for call_id, _ in calls)
    if len(set(ids)) < len(ids):
        raise refused(fields.param("tool_calls"), f"{fields.param('tool_calls')} has two calls of the same id.")
    message = Message("assistant", "", reasoning, tuple(call for _, call in calls))
    return UnreadMessage(message, content, ids)


def _call(fields: Fields) -> tuple[str, ToolCall]:
    call_id = fields.required_text("id")
    fields.choice("type", "function")
    fields.whole("index")  # of a call that was put together from a stream
    function = fields.inner("function")
    if function is None:
        raise refused(fields.param("function"), f"{fields.param('function')} is missing.", "missing")
    name, arguments = function.required_text("name"), function.text("arguments") or "{}"
    function.end()
    fields.end()
    try:
        read: Any = json.loads(arguments)
    except (ValueError, RecursionError):
        read = None
    if not isinstance(read, dict):
        raise function.refuse("arguments", arguments, "a JSON object, written as a text")
    return call_id, ToolCall(name, read)


def _content(fields: Fields, has_media: bool) -> tuple[UnreadPart, ...]:
    content = fields.take("content")
    if isinstance(content, str):
        return (content,)
    if not isinstance(content, list) or not content:
        raise fields.refuse("content", content, "a text or a list of parts")
    places = (Fields(part, f"{fields.param('content')}[{i}].") for i, part in enumerate(content))
    return tuple(_part(part, has_media) for part in places)


def _part(fields: Fields, has_media: bool) -> UnreadPart:
    kind = fields.required_text("type")
    if kind == "text":
        text = fields.required_text("text")
        fields.end()
        return text
    if kind not in MEDIA_PARTS or not has_media:
        allowed = ", ".join(("text", *MEDIA_PARTS)) if has_media else "text"
        raise fields.refuse("type", kind, f"{allowed} in a turn of this role")
    inner = fields.inner(kind)
    if inner is None:
        raise refused(fields.param(kind), f"{fields.param(kind)} is missing.", "missing")
    fields.end()
    rate = inner.number("sampling_rate") if kind == "time_series_url" else None
    if rate is not None and rate <= 0:
        raise inner.refuse("sampling_rate", rate, "above 0, in Hz")
    part = MediaPart(MEDIA_PARTS[kind], inner.required_text("url"), inner.param("url"), rate)
    inner.drop("detail", "auto")
    inner.end({"detail": "Pictures are always read at the model's own resolution."})
    return part


def _results_in_order(messages: list[UnreadMessage]) -> Iterator[UnreadMessage]:
    """Each call has one result, and the results come in the order of the calls, which is how the model tells them."""
    position = 0
    while position < len(messages):
        message = messages[position]
        position += 1
        if message.message.role == "tool":
            raise _stray(position - 1, message.call_ids[0])
        yield message
        waiting = list(message.call_ids)
        results: dict[str, UnreadMessage] = {}
        while waiting and position < len(messages) and messages[position].message.role == "tool":
            (call_id,) = messages[position].call_ids
            if call_id not in waiting or call_id in results:
                raise _stray(position, call_id)
            results[call_id] = messages[position]
            position += 1
        if missing := [call_id for call_id in waiting if call_id not in results]:
            raise refused(
                "messages", f"The call {missing[0][:60]} has no result; add a tool message with its tool_call_id."
            )
        yield from (results[call_id] for call_id in waiting)


def _stray(position: int, call_id: str) -> ApiError:
    place = f"messages[{position}].tool_call_id"
    return refused(place, f"{place} is {call_id[:60]!r}, which is no call of the turn before it without a result.")


def with_content(message: UnreadMessage, parts: tuple[Any, ...]) -> Message:
    """parts: the content, its media read."""
    text_only = all(isinstance(part, str) for part in parts)
    return replace(message.message, content="".join(parts) if text_only else parts)
