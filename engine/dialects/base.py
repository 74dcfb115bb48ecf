"""What makes a model family's way of talking: its chat template, its tags, and what it says when it calls a tool."""

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:  # engine.messages names Dialect in ChatModel, and these name engine.messages
    from engine.dialects.chat import Chat
    from engine.dialects.segments import Segment
    from engine.dialects.stream_parser import StreamParser, Tags
    from engine.messages import Conversation


class Dialect(Protocol):
    @property
    def name(self) -> str: ...

    @property
    def stop_tokens(self) -> tuple[str, ...]:
        """Control tokens that end an answer, besides those that the checkpoint names."""

    @property
    def tags(self) -> "Tags":
        """What its thinking and its tool calls are written between."""

    @property
    def arguments_key(self) -> str:
        """The name of the arguments in the JSON object of a tool call."""

    def render(self, chat: "Chat") -> "list[Segment]":
        """The whole prompt; neighbouring texts are joined."""

    def starts_thinking(self, conversation: "Conversation") -> bool:
        """Whether the prompt ends inside the thinking, so that the model goes on with it."""

    def parser(self, starts_thinking: bool) -> "StreamParser":
        """A fresh parser for one answer."""
