"""From the JSON of a request to what the engine is asked, and the reply that its answers become. All of it is work for
a thread, not for the event loop."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Protocol

from assistant.agent import Agent
from assistant.cancel import CancelToken
from assistant.openai_api.chat_messages import UnreadMessage
from assistant.openai_api.chat_reply import ChatReply
from assistant.openai_api.chat_request import Delivery, read_chat_request
from assistant.openai_api.completions import CompletionReply, read_completion_request
from assistant.openai_api.errors import ApiError, refused
from assistant.openai_api.media import MediaReader
from assistant.openai_api.reply import Head
from assistant.openai_api.served_model import ServedModel
from engine.errors import PromptTooLong
from engine.media import Prompt, TokensPrompt
from engine.messages import Conversation, Delta
from engine.sampling_params import SamplingParams

MAX_CHARACTERS_PER_TOKEN = 16  # of text that could fit; longer text is not even cut into tokens


class Reply(Protocol):
    def opening(self) -> Iterable[dict[str, Any]]: ...
    def feed(self, number: int, delta: Delta) -> Iterable[dict[str, Any]]: ...
    def closing(self) -> Iterable[dict[str, Any]]: ...
    def whole(self) -> dict[str, Any]: ...


@dataclass(frozen=True, slots=True)
class Job:
    model: ServedModel
    prompts: tuple[Prompt, ...]
    params: SamplingParams
    session: str
    delivery: Delivery
    reply: Reply


@dataclass(frozen=True, slots=True)
class Asker:
    """name: under which the model is served. key: what the request was let in with; it salts the prefix cache."""

    agent: Agent
    model: ServedModel
    name: str
    key: str
    media: MediaReader
    cancel: CancelToken

    def session(self, user: str) -> str:
        return "api-" + hashlib.sha256(json.dumps([self.key, user]).encode()).hexdigest()

    def check_name(self, name: str) -> None:
        if name != self.name:
            raise ApiError(
                404,
                f"There is no model {name[:100]!r}; the one that is served is {self.name}.",
                "model_not_found",
                "model",
            )


def chat_job(body: dict[str, Any], asker: Asker) -> Job:
    """Raises ApiError and EngineError."""
    request = read_chat_request(body, asker.agent.params)
    model, params = asker.model, request.params
    asker.check_name(request.model)
    _check_length(sum(map(_num_characters, request.messages)), model.max_model_len, "messages")
    model.look_in()
    messages = asker.media.read(request.messages, model.media, asker.cancel)
    session = asker.session(request.user)
    conversation = Conversation(messages, request.offer.tools, request.enable_thinking, session)
    prompt = model.conversation_prompt(conversation, params)
    starts_thinking = model.dialect.starts_thinking(conversation)
    reply = ChatReply(
        Head.new("chatcmpl", asker.name),
        request.delivery,
        [model.dialect.parser(starts_thinking) for _ in range(params.n)],
        None if params.logprobs is None else model.token_bytes,
        may_call=request.offer.calls is not None,
    )
    return Job(model, _fitting(model, [prompt]), params, session, request.delivery, reply)


def completion_job(body: dict[str, Any], asker: Asker) -> Job:
    """Raises ApiError and EngineError."""
    request = read_completion_request(body, asker.agent.params)
    model, params = asker.model, request.params
    asker.check_name(request.model)
    _check_length(max(map(len, request.prompts)), model.max_model_len, "prompt")
    model.look_in()
    given = [text if isinstance(text, str) else TokensPrompt(prompt_token_ids=text) for text in request.prompts]
    prompts = _fitting(model, [model.plain_prompt(prompt, params) for prompt in given])
    reply = CompletionReply(
        Head.new("cmpl", asker.name),
        request.delivery,
        len(prompts),
        params.n,
        None if params.logprobs is None else model.token_bytes,
    )
    return Job(model, prompts, params, asker.session(request.user), request.delivery, reply)


def _check_length(num_characters: int, max_model_len: int, param: str) -> None:
    limit = MAX_CHARACTERS_PER_TOKEN * max_model_len
    if num_characters > limit:
        raise refused(
            param,
            f"The text is {num_characters:,} characters long; this model reads at most {max_model_len:,} tokens, and "
            f"no text of more than {limit:,} characters is tried.",
            "context_length_exceeded",
        )


def _fitting(model: ServedModel, prompts: list[Prompt]) -> tuple[Prompt, ...]:
    """A prompt that is too long is refused before a stream of its answer begins."""
    for prompt in prompts:
        if len(prompt.token_ids) >= model.max_model_len:
            raise PromptTooLong(len(prompt.token_ids), model.max_model_len - 1)
    return tuple(prompts)


def _num_characters(message: UnreadMessage) -> int:
    return sum(len(part) for part in message.content if isinstance(part, str)) + len(message.message.reasoning)
