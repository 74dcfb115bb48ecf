"""Intern-S1-Pro's chat format: a conversation becomes control tokens and text, in the order of its chat template.

Facts: the released template's rendering of system, tools, thinking, tool calls and tool results.
"""

import json
from dataclasses import dataclass

from engine.messages import Conversation, Message, ToolCall
from engine.tokenizer import Tokenizer

TOOLS_HEADER = (
    "# Tools\n\nYou may call one or more functions to assist with the user query.\n\n"
    "You are provided with function signatures within <tools></tools> XML tags:\n<tools>"
)
TOOLS_FOOTER = "\n</tools>\n\nFor each function call, return a json object with function name and arguments within "


@dataclass(frozen=True, slots=True)
class Control:
    """A control token by its text; everything else in a prompt is plain str."""

    text: str


Segment = Control | str

TURN_START, TURN_END = Control("<|im_start|>"), Control("<|im_end|>")
THINK, END_THINK = Control("<think>"), Control("</think>")
TOOL_CALL, END_TOOL_CALL = Control("<tool_call>"), Control("</tool_call>")
TOOL_RESPONSE, END_TOOL_RESPONSE = Control("<tool_response>"), Control("</tool_response>")


def render_prompt(conversation: Conversation, tokenizer: Tokenizer) -> list[int]:
    """Ids of the whole prompt, up to where the model goes on."""
    return encode_segments(render_segments(conversation), tokenizer)


def encode_segments(segments: list[Segment], tokenizer: Tokenizer) -> list[int]:
    """Neighbouring texts are joined first, so that ids do not depend on how a turn was put together."""
    ids: list[int] = []
    text = ""
    for segment in segments:
        control_id = tokenizer.control_id(segment.text) if isinstance(segment, Control) else None
        if control_id is None:
            text += segment.text if isinstance(segment, Control) else segment
            continue
        ids += tokenizer.encode(text)
        ids.append(control_id)
        text = ""
    return ids + tokenizer.encode(text)


def render_segments(conversation: Conversation) -> list[Segment]:
    segments = _system_turn(conversation)
    messages = conversation.messages
    start = 1 if messages and messages[0].role == "system" else 0
    last_question = max((i for i, m in enumerate(messages) if m.role == "user"), default=len(messages) - 1)
    for i in range(start, len(messages)):
        message = messages[i]
        if message.role == "assistant":
            keeps_reasoning = i > last_question and (i == len(messages) - 1 or bool(message.reasoning))
            segments += assistant_turn(message, keeps_reasoning)
        elif message.role == "tool":
            is_first = i == 0 or messages[i - 1].role != "tool"
            is_last = i == len(messages) - 1 or messages[i + 1].role != "tool"
            segments += _tool_result(message, is_first, is_last)
        else:
            segments += [TURN_START, f"{message.role}\n{message.content}", TURN_END, "\n"]
    segments += [TURN_START, "assistant\n", THINK]
    return segments if conversation.enable_thinking else [*segments, END_THINK, "\n\n"]


def assistant_turn(message: Message, keeps_reasoning: bool) -> list[Segment]:
    segments: list[Segment] = [TURN_START, "assistant\n"]
    if keeps_reasoning:
        segments += [THINK, message.reasoning.strip("\n"), END_THINK, "\n\n"]
    return [*segments, *answer_segments(message), TURN_END, "\n"]


def answer_segments(message: Message) -> list[Segment]:
    """What an assistant says after its thinking: content, then the tool calls."""
    content = message.content.lstrip("\n") if message.reasoning else message.content
    segments: list[Segment] = [content] if content else []
    for i, call in enumerate(message.tool_calls):
        if content or i > 0:
            segments.append("\n")
        segments += [TOOL_CALL, f"\n{call_json(call)}\n", END_TOOL_CALL]
    return segments


def call_json(call: ToolCall) -> str:
    return f'{{"name": "{call.name}", "arguments": {json.dumps(call.arguments, ensure_ascii=False)}}}'


def _system_turn(conversation: Conversation) -> list[Segment]:
    messages = conversation.messages
    has_system = bool(messages) and messages[0].role == "system"
    system = messages[0].content if has_system else ""
    if not conversation.tools:
        return [TURN_START, f"system\n{system}", TURN_END, "\n"] if has_system else []
    tools = "".join("\n" + json.dumps(tool, ensure_ascii=False) for tool in conversation.tools)
    introduction = f"{system}\n\n" if system else ""
    return [
        TURN_START,
        f"system\n{introduction}{TOOLS_HEADER}{tools}{TOOLS_FOOTER}",
        TOOL_CALL,
        END_TOOL_CALL,
        " XML tags:\n",
        TOOL_CALL,
        '\n{"name": <function-name>, "arguments": <args-json-object>}\n',
        END_TOOL_CALL,
        TURN_END,
        "\n",
    ]


def _tool_result(message: Message, is_first: bool, is_last: bool) -> list[Segment]:
    """Results of one round of calls share a user turn."""
    opening: list[Segment] = [TURN_START, "user"] if is_first else []
    closing: list[Segment] = [TURN_END, "\n"] if is_last else []
    return [*opening, "\n", TOOL_RESPONSE, f"\n{message.content}\n", END_TOOL_RESPONSE, *closing]
