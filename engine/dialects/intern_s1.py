"""The dialect of Intern-S1 and Intern-S1-mini.

Facts: family page, sections 4.2, 4.3 and 6.1. The released template could not be read, so what renderings did not
settle is a field of InternS1Dialect, or said here: the reasoning of earlier answers is left out; a call follows the
content and the call before it directly; a tool's result begins after an empty line and has a turn of its own.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count

from engine.dialects.chat import Chat, Item, Turn, Unread
from engine.dialects.segments import Control, Placeholder, Segment, joined
from engine.dialects.stream_parser import StreamParser, Tags
from engine.errors import InvalidRequest
from engine.media import ImageInput, SignalInput, VideoInput
from engine.messages import Conversation

TURN_START, TURN_END = Control("<|im_start|>"), Control("<|im_end|>")
ACTION, PLUGIN, END_ACTION = Control("<|action_start|>"), Control("<|plugin|>"), Control("<|action_end|>")
IMAGE_START, IMAGE_END = Control("<img>"), Control("</img>")
IMAGE_PAD, VIDEO = "<IMG_CONTEXT>", "<video>"

TAGS = Tags(ACTION.text, END_ACTION.text, ("parameters", "arguments"), call_prefix=PLUGIN.text)

REASONER = (
    "You are an expert reasoner with extensive experience in all areas. You approach problems through systematic "
    "thinking and rigorous reasoning. Your response should reflect deep understanding and precise logical thinking, "
    "making your solution path and reasoning clear to others. Please put your thinking process within "
    "<think>...</think> tags."
)
TOOLS_HEADER = """\
Your response should consist of a reasoning step (**thought**) followed immediately by a function call in valid JSON \
format. Wrap each function call using the `<|action_start|><|plugin|>` and `<|action_end|>` tags.

**Format example:**

```
(Your thought goes here...)

<|action_start|><|plugin|>
{
    "name": "tool_name",
    "parameters": {
        "parameter1": "value1",
        "parameter2": "value2"
    }
}
<|action_end|>
```

# External Tools
You have access to these tools:
"""
_CONTROLS = re.compile(r"(</?think>|<\|action_start\|>|<\|plugin\|>|<\|action_end\|>)")


@dataclass(frozen=True, slots=True)
class InternS1Dialect:
    """default_system: the system text while thinking is on, "" for none.

    keeps_default_system: put it before the system text of a conversation that has one, instead of leaving it out.
    names_plugin: with tools, the system turn begins with `system name=<|plugin|>`.
    """

    default_system: str = REASONER
    keeps_default_system: bool = False
    names_plugin: bool = False

    name = "Intern-S1"
    stop_tokens = (TURN_END.text,)
    arguments_key = "parameters"
    tags = TAGS

    def render(self, chat: Chat) -> list[Segment]:
        indices = count()
        turns = [(turn, _content(turn.content, indices)) for turn in chat.turns]
        own_system = turns.pop(0)[1] if turns and turns[0][0].role == "system" else None
        segments = self._system_turn(chat, own_system)
        for turn, content in turns:
            segments += _turn(turn, content)
        if chat.asks_for_answer:
            segments += [TURN_START, "assistant\n"]
            segments += [Control("<think>")] if chat.enable_thinking else []
        return joined(segments)

    def starts_thinking(self, conversation: Conversation) -> bool:
        return conversation.enable_thinking

    def parser(self, starts_thinking: bool) -> StreamParser:
        return StreamParser(TAGS, starts_thinking)

    def _system_turn(self, chat: Chat, own: list[Segment] | None) -> list[Segment]:
        parts: list[list[Segment]] = []
        if chat.enable_thinking and self.default_system and (own is None or self.keeps_default_system):
            parts.append(_markup(self.default_system))
        if own:
            parts.append(own)
        if chat.tools:
            parts.append([*_markup(TOOLS_HEADER), json.dumps(chat.tools, ensure_ascii=False, indent=2)])
        if not parts and own is None:
            return []
        header: list[Segment] = [" name=", PLUGIN] if chat.tools and self.names_plugin else []
        text = [segment for part in parts for segment in ("\n\n", *part)][1:]
        return [TURN_START, "system", *header, "\n", *text, TURN_END, "\n"]


def _turn(turn: Turn, content: list[Segment]) -> list[Segment]:
    match turn.role:
        case "user" | "system":
            return [TURN_START, f"{turn.role}\n", *content, TURN_END, "\n"]
        case "assistant":
            bodies = [f"\n{call.object_text('parameters')}\n" for call in turn.calls]
            calls = [segment for body in bodies for segment in (ACTION, PLUGIN, body, END_ACTION)]
            return [TURN_START, "assistant\n", *content, *calls, TURN_END, "\n"]
        case "tool":
            return [TURN_START, "environment name=", PLUGIN, "\n\n", *content, TURN_END, "\n"]
        case _:
            return []


def _content(content: tuple[Item, ...], indices: Iterator[int]) -> list[Segment]:
    """indices: the numbers of the inputs to come."""
    segments: list[Segment] = []
    for item in content:
        match item:
            case str():
                segments.append(item)
            case ImageInput():
                segments += [*_picture(next(indices), 0, item.num_tokens), "\n"]
            case VideoInput():
                segments += _video(item, next(indices))
            case SignalInput():
                raise InvalidRequest("Intern-S1 does not read signals; Intern-S1-Pro does.")
            case Unread(kind):
                segments += [Control(IMAGE_PAD if kind == "image" else VIDEO), "\n"]
    return segments


def _picture(index: int, first_feature: int, num_tokens: int) -> list[Segment]:
    return [IMAGE_START, Placeholder(IMAGE_PAD, num_tokens, index, first_feature), IMAGE_END]


def _video(video: VideoInput, index: int) -> list[Segment]:
    num_frames = len(video.timestamps)
    num_tokens, rest = divmod(video.num_tokens, num_frames)
    assert rest == 0, (video.num_tokens, num_frames)
    segments: list[Segment] = []
    for i in range(num_frames):
        segments += [f"Frame{i + 1}: ", *_picture(index, i * num_tokens, num_tokens), "\n"]
    return segments


def _markup(text: str) -> list[Segment]:
    """The template's own words, in which control tokens count."""
    return [Control(part) if _CONTROLS.fullmatch(part) else part for part in _CONTROLS.split(text)]
