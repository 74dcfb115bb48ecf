"""What a dialect renders: turns in one shape, whether they come from our own messages or from OpenAI's dictionaries."""

import json
from dataclasses import dataclass
from typing import Any, Literal

from engine.media import MediaInput
from engine.messages import Conversation, Message


@dataclass(frozen=True, slots=True)
class Unread:
    """A picture or video that nobody has decoded: it is rendered as the template alone would, and cannot be encoded."""

    kind: Literal["image", "video"]


Item = str | MediaInput | Unread


@dataclass(frozen=True, slots=True)
class Call:
    """Arguments that are a string are written as they stand."""

    name: str
    arguments: dict[str, Any] | str

    def object_text(self, arguments_key: str) -> str:
        """The JSON object that templates print: a name is not escaped, and characters beyond ASCII stay."""
        text = self.arguments
        if not isinstance(text, str):
            text = json.dumps(text, ensure_ascii=False)
        return f'{{"name": "{self.name}", "{arguments_key}": {text}}}'


@dataclass(frozen=True, slots=True)
class Turn:
    """content: neighbouring texts are joined and none is empty. Templates pass over turns of roles they do not know."""

    role: str
    content: tuple[Item, ...]
    reasoning: str = ""
    calls: tuple[Call, ...] = ()


@dataclass(frozen=True, slots=True)
class Chat:
    """asks_for_answer: the prompt ends where the model goes on."""

    turns: tuple[Turn, ...]
    tools: tuple[dict[str, Any], ...] = ()
    enable_thinking: bool = True
    asks_for_answer: bool = True

    @property
    def inputs(self) -> tuple[MediaInput, ...]:
        """In the order in which Placeholder.input_index counts them."""
        return tuple(item for turn in self.turns for item in turn.content if not isinstance(item, str | Unread))


def chat_of(conversation: Conversation) -> Chat:
    return Chat(tuple(map(turn_of, conversation.messages)), conversation.tools, conversation.enable_thinking)


def turn_of(message: Message) -> Turn:
    items: tuple[Item, ...] = (message.content,) if isinstance(message.content, str) else message.content
    calls = tuple(Call(call.name, call.arguments) for call in message.tool_calls)
    return Turn(message.role, joined_items(items), message.reasoning, calls)


def joined_items(items: tuple[Item, ...]) -> tuple[Item, ...]:
    result: list[Item] = []
    for item in items:
        if isinstance(item, str) and result and isinstance(result[-1], str):
            result[-1] += item
        elif item != "":
            result.append(item)
    return tuple(result)
