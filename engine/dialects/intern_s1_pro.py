"""Intern-S1-Pro's dialect, which nano speaks too.

Facts: the released chat template (family page, section 6.2 and corrections 12.4), the expansion of its placeholders by
the released processors (4.4 to 4.6), and golden/chat-template-pro.
"""

import json
from collections import Counter
from itertools import count

from engine.dialects.chat import Chat, Item, Turn, Unread
from engine.dialects.segments import Control, Placeholder, Segment, joined
from engine.dialects.stream_parser import StreamParser, Tags
from engine.media import ImageInput, SignalInput, VideoInput
from engine.messages import Conversation

TURN_START, TURN_END = Control("<|im_start|>"), Control("<|im_end|>")
THINK, END_THINK = Control("<think>"), Control("</think>")
TOOL_CALL, END_TOOL_CALL = Control("<tool_call>"), Control("</tool_call>")
TOOL_RESPONSE, END_TOOL_RESPONSE = Control("<tool_response>"), Control("</tool_response>")
VISION_START, VISION_END = Control("<|vision_start|>"), Control("<|vision_end|>")
SIGNAL_START, SIGNAL_END = Control("<|ts|>"), Control("<|/ts|>")
IMAGE_PAD, VIDEO_PAD, SIGNAL_PAD = "<|image_pad|>", "<|video_pad|>", "<TS_CONTEXT>"

TAGS = Tags(TOOL_CALL.text, END_TOOL_CALL.text, ("arguments",))

TOOLS_HEADER = (
    "# Tools\n\nYou may call one or more functions to assist with the user query.\n\n"
    "You are provided with function signatures within <tools></tools> XML tags:\n<tools>"
)
TOOLS_FOOTER = "\n</tools>\n\nFor each function call, return a json object with function name and arguments within "
CALL_FORMAT = '\n{"name": <function-name>, "arguments": <args-json-object>}\n'


class InternS1ProDialect:
    name = "Intern-S1-Pro"
    stop_tokens = (TURN_END.text,)
    arguments_key = "arguments"
    tags = TAGS

    def render(self, chat: Chat) -> list[Segment]:
        contents = _Contents()
        turns, segments = chat.turns, _system_turn(chat, contents)
        start = 1 if turns and turns[0].role == "system" else 0
        last_question = _last_question(turns)
        for i in range(start, len(turns)):
            turn, content = turns[i], contents.write(turns[i].content)
            match turn.role:
                case "user" | "system":
                    segments += [TURN_START, f"{turn.role}\n", *content, TURN_END, "\n"]
                case "assistant":
                    shows_thinking = i > last_question and (i == len(turns) - 1 or bool(turn.reasoning))
                    segments += _assistant_turn(turn, content, shows_thinking)
                case "tool":
                    segments += _tool_result(turns, i, content)
        return joined(segments + _answer_start(chat))

    def starts_thinking(self, conversation: Conversation) -> bool:
        return conversation.enable_thinking

    def parser(self, starts_thinking: bool) -> StreamParser:
        return StreamParser(TAGS, starts_thinking)


def answer_segments(turn: Turn) -> list[Segment]:
    """What an assistant says after its thinking: content, then the tool calls."""
    return joined([*_Contents().write(turn.content), *_calls(turn)])


class _Contents:
    """Writes contents in order, numbering pictures and videos through the whole conversation."""

    def __init__(self) -> None:
        self._numbers: Counter[str] = Counter()
        self._indices = count()

    def write(self, content: tuple[Item, ...]) -> list[Segment]:
        segments: list[Segment] = []
        for item in content:
            self._numbers[_kind(item)] += 1
            segments += self._item(item, self._numbers[_kind(item)])
        return segments

    def write_first_system(self, content: tuple[Item, ...]) -> list[Segment]:
        """The template prints number 0 here, yet counts these pictures and videos."""
        self._numbers.update(map(_kind, content))
        return [segment for item in content for segment in self._item(item, number=0)]

    def _item(self, item: Item, number: int) -> list[Segment]:
        label = f"{_kind(item)} {number}: "
        match item:
            case str():
                return [item]
            case Unread(kind):
                return [label, VISION_START, Control(IMAGE_PAD if kind == "image" else VIDEO_PAD), VISION_END]
            case ImageInput():
                return [label, VISION_START, Placeholder(IMAGE_PAD, item.num_tokens, next(self._indices)), VISION_END]
            case VideoInput():
                return [label, *_slices(item, next(self._indices))]
            case SignalInput():
                return [SIGNAL_START, Placeholder(SIGNAL_PAD, item.num_tokens, next(self._indices)), SIGNAL_END]


def _kind(item: Item) -> str:
    """What the template calls it."""
    match item:
        case ImageInput() | Unread("image"):
            return "Picture"
        case VideoInput() | Unread("video"):
            return "Video"
        case _:
            return "unnumbered"


def _slices(video: VideoInput, index: int) -> list[Segment]:
    """Each slice of the video after its time."""
    num_tokens, rest = divmod(video.num_tokens, len(video.timestamps))
    assert rest == 0, (video.num_tokens, video.timestamps)
    segments: list[Segment] = []
    for i, seconds in enumerate(video.timestamps):
        features = Placeholder(VIDEO_PAD, num_tokens, index, i * num_tokens)
        segments += [f"<{seconds:.1f} seconds>", VISION_START, features, VISION_END]
    return segments


def _system_turn(chat: Chat, contents: _Contents) -> list[Segment]:
    has_system = bool(chat.turns) and chat.turns[0].role == "system"
    system = contents.write_first_system(chat.turns[0].content) if has_system else []
    if not chat.tools:
        return [TURN_START, "system\n", *system, TURN_END, "\n"] if has_system else []
    tools = "".join("\n" + json.dumps(tool, ensure_ascii=False) for tool in chat.tools)
    introduction: list[Segment] = [*system, "\n\n"] if has_system else []
    return [
        *(TURN_START, "system\n", *introduction),
        *(TOOLS_HEADER, tools, TOOLS_FOOTER, TOOL_CALL, END_TOOL_CALL, " XML tags:\n"),
        *(TOOL_CALL, CALL_FORMAT, END_TOOL_CALL, TURN_END, "\n"),
    ]


def _last_question(turns: tuple[Turn, ...]) -> int:
    """The last user turn that is not the results of tools written out by hand; without any, the last turn."""
    questions = (i for i in reversed(range(len(turns))) if turns[i].role == "user" and not _is_tool_result(turns[i]))
    return next(questions, len(turns) - 1)


def _is_tool_result(turn: Turn) -> bool:
    first, last = (turn.content[0], turn.content[-1]) if turn.content else ("", "")
    opens = isinstance(first, str) and first.startswith(TOOL_RESPONSE.text)
    return opens and isinstance(last, str) and last.endswith(END_TOOL_RESPONSE.text)


def _assistant_turn(turn: Turn, content: list[Segment], shows_thinking: bool) -> list[Segment]:
    said = [*content, *_calls(turn), TURN_END, "\n"]
    if not shows_thinking:
        return [TURN_START, "assistant\n", *said]
    if isinstance(said[0], str):
        said[0] = said[0].lstrip("\n")
    return [TURN_START, "assistant\n", THINK, turn.reasoning.strip("\n"), END_THINK, "\n\n", *said]


def _calls(turn: Turn) -> list[Segment]:
    segments: list[Segment] = []
    for i, call in enumerate(turn.calls):
        separator = "\n" if turn.content or i > 0 else ""
        segments += [separator, TOOL_CALL, f"\n{call.object_text('arguments')}\n", END_TOOL_CALL]
    return segments


def _tool_result(turns: tuple[Turn, ...], i: int, content: list[Segment]) -> list[Segment]:
    """Results of one round of calls share a user turn."""
    is_first = i == 0 or turns[i - 1].role != "tool"
    is_last = i == len(turns) - 1 or turns[i + 1].role != "tool"
    opening: list[Segment] = [TURN_START, "user"] if is_first else []
    closing: list[Segment] = [TURN_END, "\n"] if is_last else []
    return [*opening, "\n", TOOL_RESPONSE, "\n", *content, "\n", END_TOOL_RESPONSE, *closing]


def _answer_start(chat: Chat) -> list[Segment]:
    if not chat.asks_for_answer:
        return []
    opening: list[Segment] = [TURN_START, "assistant\n", THINK]
    return opening if chat.enable_thinking else [*opening, END_THINK, "\n\n"]
