"""The body of /v1/chat/completions, checked: the conversation with its media still to be read, and how to answer it."""

from dataclasses import dataclass, replace
from typing import Any

from assistant.openai_api.chat_messages import UnreadMessage, read_messages
from assistant.openai_api.errors import refused
from assistant.openai_api.fields import Fields
from assistant.openai_api.sampling import end_of_fields, read_sampling
from assistant.openai_api.structure import read_structure
from assistant.openai_api.tool_offer import ToolOffer, read_tool_offer
from engine.sampling_params import MAX_LOGPROBS, SamplingParams


@dataclass(frozen=True, slots=True)
class Delivery:
    """How the answer is sent. has_usage: in a last event of its own, of a stream."""

    is_stream: bool = False
    has_usage: bool = False


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """user: whom the client asks for, if it says so."""

    model: str
    messages: tuple[UnreadMessage, ...]
    offer: ToolOffer
    params: SamplingParams
    enable_thinking: bool
    delivery: Delivery
    user: str


def read_chat_request(body: dict[str, Any], defaults: SamplingParams) -> ChatRequest:
    """Raises ApiError or InvalidRequest."""
    fields = Fields(body)
    model = fields.required_text("model")
    messages = read_messages(fields)
    offer = read_tool_offer(fields)
    structure = read_structure(fields, offer)
    params = replace(read_sampling(fields, defaults), logprobs=_logprobs(fields), structure=structure)
    request = ChatRequest(
        model, messages, offer, params, _thinking(fields), read_delivery(fields), fields.text("user") or ""
    )
    fields.drop("modalities", ["text"])
    end_of_fields(fields)
    return request


def read_delivery(fields: Fields) -> Delivery:
    is_stream = fields.flag("stream") or False
    options = fields.inner("stream_options")
    if options is None:
        return Delivery(is_stream)
    if not is_stream:
        raise refused("stream_options", "stream_options goes with stream: true only.")
    has_usage = options.flag("include_usage") or False
    options.drop("include_obfuscation", False)
    options.end()
    return Delivery(is_stream, has_usage)


def _logprobs(fields: Fields) -> int | None:
    is_on, num_top = fields.flag("logprobs"), fields.whole("top_logprobs")
    if num_top is not None and not is_on:
        raise refused("top_logprobs", "top_logprobs goes with logprobs: true only.")
    if num_top is not None and not 0 <= num_top <= MAX_LOGPROBS:
        raise fields.refuse("top_logprobs", num_top, f"0 to {MAX_LOGPROBS}")
    return (num_top or 0) if is_on else None


def _thinking(fields: Fields) -> bool:
    """On unless it is switched off, in one of the two ways that Intern-S1's servers know."""
    plain, options = fields.flag("enable_thinking"), fields.inner("chat_template_kwargs")
    templated = None
    if options is not None:
        templated = options.flag("enable_thinking")
        options.end()
    if plain is not None and templated is not None and plain != templated:
        raise refused("enable_thinking", "enable_thinking is true in one place and false in the other; send it once.")
    chosen = plain if plain is not None else templated
    return True if chosen is None else chosen
