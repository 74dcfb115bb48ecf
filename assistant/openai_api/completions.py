"""/v1/completions: plain text or token ids, continued in no chat format."""

from dataclasses import dataclass, field, replace
from typing import Any

from assistant.openai_api.chat_request import Delivery, read_delivery
from assistant.openai_api.errors import refused
from assistant.openai_api.fields import Fields
from assistant.openai_api.logprobs import TokenBytes, plain_logprobs
from assistant.openai_api.reply import Head, usage_of
from assistant.openai_api.sampling import MAX_CHOICES, end_of_fields, read_sampling
from engine.messages import Delta, FinishReason, TokenLogprob, Usage
from engine.sampling_params import MAX_LOGPROBS, SamplingParams

MAX_TOKENS = 16  # OpenAI's own default here

PromptText = str | list[int]


@dataclass(frozen=True, slots=True)
class CompletionRequest:
    model: str
    prompts: tuple[PromptText, ...]
    params: SamplingParams
    delivery: Delivery
    user: str


def read_completion_request(body: dict[str, Any], defaults: SamplingParams) -> CompletionRequest:
    """Raises ApiError or InvalidRequest."""
    fields = Fields(body)
    model, prompts = fields.required_text("model"), _prompts(fields)
    logprobs = fields.whole("logprobs")
    if logprobs is not None and not 0 <= logprobs <= MAX_LOGPROBS:
        raise fields.refuse("logprobs", logprobs, f"0 to {MAX_LOGPROBS}")
    params = replace(read_sampling(fields, replace(defaults, max_tokens=MAX_TOKENS)), logprobs=logprobs)
    if len(prompts) * params.n > MAX_CHOICES:
        raise refused(
            "prompt", f"{len(prompts)} prompts with {params.n} answers each are more than {MAX_CHOICES} at a time."
        )
    request = CompletionRequest(model, prompts, params, read_delivery(fields), fields.text("user") or "")
    end_of_fields(fields)
    return request


def _prompts(fields: Fields) -> tuple[PromptText, ...]:
    prompt = fields.take("prompt")
    is_one = isinstance(prompt, str) or _is_ids(prompt)
    prompts = [prompt] if is_one else prompt
    if not isinstance(prompts, list) or not all(isinstance(one, str) or _is_ids(one) for one in prompts):
        raise fields.refuse("prompt", prompt, "a text, a list of token ids, or a list of these")
    if not prompts or not all(prompts):
        raise refused("prompt", "prompt is empty; there must be something to continue.", "empty_prompt")
    return tuple(prompts)


def _is_ids(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(type(item) is int for item in value)


@dataclass(slots=True)
class _Choice:
    text: str = ""
    logprobs: list[TokenLogprob] = field(default_factory=list)
    num_logprob_characters: int = 0
    finish_reason: FinishReason | None = None
    usage: Usage | None = None


class CompletionReply:
    """Answers as OpenAI's completion: in one object, or as the events of a stream. Feed it the deltas of all."""

    def __init__(
        self, head: Head, delivery: Delivery, num_prompts: int, num_samples: int, token_bytes: TokenBytes | None
    ) -> None:
        self._head = head
        self._delivery = delivery
        self._token_bytes = token_bytes
        self._num_samples = num_samples
        self._choices = [_Choice() for _ in range(num_prompts * num_samples)]

    def opening(self) -> list[dict[str, Any]]:
        return []

    def feed(self, number: int, delta: Delta) -> list[dict[str, Any]]:
        choice = self._choices[number]
        logprobs = None
        if self._token_bytes:
            logprobs = plain_logprobs(list(delta.logprobs), self._token_bytes, choice.num_logprob_characters)
            choice.num_logprob_characters += sum(map(len, logprobs["tokens"]))
        choice.text += delta.text
        choice.logprobs += delta.logprobs
        choice.finish_reason, choice.usage = delta.finish_reason, delta.usage
        usage = {"usage": None} if self._delivery.has_usage else {}
        return [self._fields() | {"choices": [_choice(number, delta.text, logprobs, delta.finish_reason)]} | usage]

    def closing(self) -> list[dict[str, Any]]:
        return [self._fields() | {"choices": [], "usage": self._usage()}] if self._delivery.has_usage else []

    def whole(self) -> dict[str, Any]:
        choices = []
        for number, choice in enumerate(self._choices):
            logprobs = plain_logprobs(choice.logprobs, self._token_bytes, 0) if self._token_bytes else None
            choices.append(_choice(number, choice.text, logprobs, choice.finish_reason))
        return self._fields() | {"choices": choices, "usage": self._usage()}

    def _fields(self) -> dict[str, Any]:
        return self._head.fields("text_completion")

    def _usage(self) -> dict[str, Any]:
        return usage_of([choice.usage for choice in self._choices if choice.usage], self._num_samples)


def _choice(number: int, text: str, logprobs: dict[str, Any] | None, reason: FinishReason | None) -> dict[str, Any]:
    return {"index": number, "text": text, "logprobs": logprobs, "finish_reason": reason}
