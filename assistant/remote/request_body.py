"""A conversation as OpenAI's chat completions endpoint takes it."""

import json
from collections.abc import Iterator
from typing import Any

from assistant.remote.habits import OPTIONAL_FIELDS, RENAMED, Habits, SentFields
from assistant.remote.media_parts import media_parts
from engine.dialects.intern_s1_pro import CALL_FORMAT, END_TOOL_CALL, TOOL_CALL, TOOLS_FOOTER, TOOLS_HEADER
from engine.messages import Conversation, Message, ToolCall
from engine.sampling_params import SamplingParams

Body = dict[str, Any]


def request_body(model: str, conversation: Conversation, params: SamplingParams, habits: Habits) -> Body:
    body: Body = {"model": model, "messages": _messages(conversation, habits), "stream": True}
    if conversation.tools and not habits.writes_tools:
        body["tools"] = list(conversation.tools)
    optional = _optional(conversation, params)
    body |= {
        RENAMED[name] if name in habits.renamed else name: value
        for name, value in optional.items()
        if name not in habits.unknown
    }
    return body


def sent_fields(body: Body) -> SentFields:
    names = {name for name in OPTIONAL_FIELDS if name in body}
    if any("reasoning_content" in message for message in body["messages"]):
        names.add("reasoning_content")
    return SentFields(frozenset(names), has_tools="tools" in body)


def _optional(conversation: Conversation, params: SamplingParams) -> Body:
    """Only what differs from what every server does by itself, so that few servers find something to refuse."""
    fields: Body = {
        "stream_options": {"include_usage": True},
        "max_tokens": params.max_tokens,
        "temperature": params.temperature,
        "top_p": params.top_p,
        "top_k": params.top_k or None,
        "min_p": params.min_p or None,
        "repetition_penalty": params.repetition_penalty if params.repetition_penalty != 1 else None,
        "presence_penalty": params.presence_penalty or None,
        "frequency_penalty": params.frequency_penalty or None,
        "seed": params.seed,
        "stop": list(params.stop) or None,
    }
    if not conversation.enable_thinking:  # vLLM, SGLang and llama.cpp read the one, LMDeploy the other
        fields |= {"chat_template_kwargs": {"enable_thinking": False}, "enable_thinking": False}
    return {name: value for name, value in fields.items() if value is not None}


def _messages(conversation: Conversation, habits: Habits) -> list[Body]:
    written = habits.writes_tools and bool(conversation.tools)
    messages = conversation.messages
    last_question = max((i for i, message in enumerate(messages) if message.role == "user"), default=-1)
    call_ids = (f"call{number:05d}" for number in range(100_000))  # Mistral's templates take nine letters and digits
    made: list[Body] = []
    open_ids: list[str] = []  # of calls whose results follow
    for i, message in enumerate(messages):
        if message.role == "assistant":
            ids = [next(call_ids) for _ in message.tool_calls]
            reasoning = message.reasoning if i > last_question and "reasoning_content" not in habits.unknown else ""
            open_ids = [] if written else ids
            made.append(_written_answer(message) if written else _answer(message, ids, reasoning))
        elif message.role == "tool":
            made.append(_result(message, open_ids.pop(0) if open_ids else None))
        else:
            made.append({"role": message.role, "content": _content(message)})
    if written:
        made = _with_tools_in_text(made, conversation.tools)
    return made


def _answer(message: Message, call_ids: list[str], reasoning: str) -> Body:
    answer: Body = {"role": "assistant", "content": message.text}
    if reasoning:
        answer["reasoning_content"] = reasoning
    if message.tool_calls:
        answer["tool_calls"] = [
            {
                "id": call_id,
                "type": "function",
                "function": {"name": call.name, "arguments": json.dumps(call.arguments, ensure_ascii=False)},
            }
            for call_id, call in zip(call_ids, message.tool_calls, strict=True)
        ]
    return answer


def _written_answer(message: Message) -> Body:
    return {"role": "assistant", "content": "\n".join(filter(None, [message.text, *map(_written, message.tool_calls)]))}


def _written(call: ToolCall) -> str:
    text = json.dumps({"name": call.name, "arguments": call.arguments}, ensure_ascii=False)
    return f"{TOOL_CALL.text}\n{text}\n{END_TOOL_CALL.text}"


def _result(message: Message, call_id: str | None) -> Body:
    """One that belongs to no call, such as a complaint about a malformed one, is told as a user's."""
    if call_id is not None:
        return {"role": "tool", "tool_call_id": call_id, "content": message.text}
    return {"role": "user", "content": f"<tool_response>\n{message.text}\n</tool_response>"}


def _content(message: Message) -> str | list[Body]:
    if isinstance(message.content, str):
        return message.content
    return [part for item in message.content for part in _parts(item)]


def _parts(item: Any) -> Iterator[Body]:
    if isinstance(item, str):
        yield {"type": "text", "text": item}
    else:
        yield from media_parts(item)


def _with_tools_in_text(messages: list[Body], tools: tuple[dict[str, Any], ...]) -> list[Body]:
    """The tools as Intern-S1-Pro's template writes them, after the system message."""
    listed = "".join("\n" + json.dumps(tool, ensure_ascii=False) for tool in tools)
    call = f"{TOOL_CALL.text}{{}}{END_TOOL_CALL.text}"
    described = f"{TOOLS_HEADER}{listed}{TOOLS_FOOTER}{call.format('')} XML tags:\n{call.format(CALL_FORMAT)}"
    if messages and messages[0]["role"] == "system":
        return [{"role": "system", "content": f"{messages[0]['content']}\n\n{described}"}, *messages[1:]]
    return [{"role": "system", "content": described}, *messages]
