"""Conversations as token ids with a mask of what is learned: the assistant's own words, nothing else."""

from collections.abc import Iterator
from dataclasses import dataclass

from assistant.nano.dialogues import Dialogue
from assistant.system_prompt import SYSTEM_PROMPT
from assistant.tools.nano.catalogue import TOOLS
from engine.dialects.chat import chat_of, turn_of
from engine.dialects.intern_s1_pro import END_THINK, TURN_END, InternS1ProDialect, answer_segments
from engine.dialects.segments import Segment, encode_segments
from engine.messages import Conversation, Message
from engine.tokenizer import Tokenizer

DIALECT = InternS1ProDialect()
SYSTEM = Message("system", SYSTEM_PROMPT)
SCHEMAS = tuple(tool.schema for tool in TOOLS)
# the system turn with its tools, cut off before the first question
PREFIX = DIALECT.render(chat_of(Conversation((SYSTEM, Message("user", "")), SCHEMAS)))[:-6]


@dataclass(frozen=True, slots=True)
class Example:
    """ids follow the shared prefix; ids[i] is learned where is_learned[i]."""

    ids: list[int]
    is_learned: list[bool]


def make_examples(dialogue: Dialogue, tokenizer: Tokenizer) -> Iterator[Example]:
    """Each round (up to a tool call or the answer) is rendered as the engine would see it.

    With thinking, a round goes on exactly where the last one ended, so a turn is one example; without, the empty
    thinking tags leave the history and each round is an example of its own.
    """
    messages = (SYSTEM, *dialogue.history)
    example = Example([], [])
    for prompt, answer in _rounds(dialogue.turn):
        if not dialogue.enable_thinking:
            answer = Message(answer.role, answer.content, "", answer.tool_calls)
        messages += prompt
        rendered = DIALECT.render(chat_of(Conversation(messages, SCHEMAS, dialogue.enable_thinking)))
        prompt_ids = encode_segments(rendered[len(PREFIX) :], tokenizer).token_ids
        if example.ids and prompt_ids[: len(example.ids)] != example.ids:
            yield example
            example = Example([], [])
        thinking: list[Segment] = [answer.reasoning, END_THINK, "\n\n"] if dialogue.enable_thinking else []
        reply_ids = encode_segments([*thinking, *answer_segments(turn_of(answer)), TURN_END], tokenizer).token_ids
        example = Example(
            prompt_ids + reply_ids,
            example.is_learned + [False] * (len(prompt_ids) - len(example.ids)) + [True] * len(reply_ids),
        )
        messages += (answer,)
    yield example


def _rounds(turn: tuple[Message, ...]) -> Iterator[tuple[tuple[Message, ...], Message]]:
    """(what the model is given, what it says), once for every assistant message."""
    given: tuple[Message, ...] = ()
    for message in turn:
        if message.role == "assistant":
            yield given, message
            given = ()
        else:
            given += (message,)
