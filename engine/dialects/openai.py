"""OpenAI's message dictionaries as turns, read the way the released Intern-S1-Pro template reads them."""

from collections.abc import Callable, Sequence
from typing import Any

from engine.dialects.base import Dialect
from engine.dialects.chat import Call, Chat, Item, Turn, Unread, joined_items
from engine.dialects.segments import segments_text
from engine.errors import InvalidRequest

ReadItem = Callable[[dict[str, Any]], Item]


def render_openai(
    dialect: Dialect,
    messages: Sequence[dict[str, Any]],
    tools: Sequence[dict[str, Any]] | None = None,
    add_generation_prompt: bool = False,
    enable_thinking: bool | None = True,
) -> str:
    """The template's text, media not expanded. enable_thinking None is a value passed as null, which turns it off."""
    chat = chat_of_openai(messages, tools, bool(enable_thinking), add_generation_prompt)
    return segments_text(dialect.render(chat))


def template_item(item: dict[str, Any]) -> Item:
    """One entry of a content list as the template takes it; what it does not know vanishes."""
    if "image" in item or "image_url" in item or item.get("type") == "image":
        return Unread("image")
    if "video" in item or item.get("type") == "video":
        return Unread("video")
    return str(item.get("text", ""))


def chat_of_openai(
    messages: Sequence[dict[str, Any]],
    tools: Sequence[dict[str, Any]] | None = None,
    enable_thinking: bool = True,
    asks_for_answer: bool = True,
    read_item: ReadItem = template_item,
) -> Chat:
    """read_item decides what an entry of a content list becomes; a server passes one that decodes media."""
    turns = tuple(_turn(message, i, read_item) for i, message in enumerate(messages))
    return Chat(turns, tuple(tools or ()), enable_thinking, asks_for_answer)


def _turn(message: dict[str, Any], index: int, read_item: ReadItem) -> Turn:
    content = _content(message.get("content", ""), index, read_item)
    calls = tuple(_call(call) for call in message.get("tool_calls") or ())
    reasoning = message.get("reasoning_content")
    if message["role"] == "assistant" and not isinstance(reasoning, str):
        reasoning, content = _split_thinking(content)
    return Turn(message["role"], content, reasoning or "", calls)


def _content(content: Any, index: int, read_item: ReadItem) -> tuple[Item, ...]:
    if isinstance(content, str):
        return joined_items((content,))
    if not isinstance(content, list):
        raise InvalidRequest(
            f"messages[{index}].content is {'null' if content is None else type(content).__name__}; "
            "give a text (it may be empty) or a list of parts."
        )
    return joined_items(tuple(map(read_item, content)))


def _split_thinking(content: tuple[Item, ...]) -> tuple[str, tuple[Item, ...]]:
    """(thinking, the rest) of an answer that has both in its text; one with media in between stays whole."""
    match content:
        case (str(text),) if "</think>" in text:
            thinking = text.split("</think>")[0].rstrip("\n").split("<think>")[-1].lstrip("\n")
            return thinking, joined_items((text.split("</think>")[-1].lstrip("\n"),))
        case _:
            return "", content


def _call(call: dict[str, Any]) -> Call:
    function = call.get("function") or call
    return Call(function["name"], function["arguments"])
