"""The fields of a request that say how tokens are chosen, for chat and plain completions."""

from dataclasses import replace
from typing import Any

from assistant.openai_api.errors import refused
from assistant.openai_api.fields import Fields
from engine.sampling_params import MAX_TOKENS_LIMIT, SamplingParams

MIN_TEMPERATURE = 1e-5  # below it, dividing by it would leave nothing but the likeliest token anyway
MAX_CHOICES = 16  # answers of one request; as many threads
# Fields that ask for what is done anyway, as some clients send them.
AS_IT_IS: dict[str, Any] = {
    "store": False,
    "service_tier": "auto",
    "best_of": 1,
    "echo": False,
    "use_beam_search": False,
    "spaces_between_special_tokens": False,
}
HINTS = {
    "best_of": "Ask for n answers and choose among them.",
    "echo": "The prompt is known to whoever sent it; leave echo out.",
    "suffix": "Text can only be continued; leave suffix out.",
    "functions": "Use tools.",
    "function_call": "Use tool_choice.",
    "guided_json": "Use response_format.",
    "guided_regex": "Use response_format with a JSON schema that has a pattern.",
    "chat_template": "The model's own is used.",
    "prompt_embeds": "Send text or token ids.",
    "spaces_between_special_tokens": "No spaces are ever put there; leave it out or send false.",
}


def read_sampling(fields: Fields, defaults: SamplingParams) -> SamplingParams:
    """defaults: of the model's family, for what is not given. InvalidRequest where a value is out of range."""
    given: dict[str, Any] = {
        "max_tokens": _max_tokens(fields),
        "seed": _seed(fields),
        "stop": _stop(fields),
        "logit_bias": _logit_bias(fields),
        "top_k": _top_k(fields),
        "n": _num_choices(fields),
        "ignore_eos": fields.flag("ignore_eos"),
    }
    for name in ("temperature", "top_p", "min_p", "repetition_penalty", "presence_penalty", "frequency_penalty"):
        given[name] = fields.number(name)
    skips = fields.flag("skip_special_tokens")
    given["skip_special_tokens"] = True if skips is None else skips
    if given["temperature"] is not None and 0 <= given["temperature"] < MIN_TEMPERATURE:
        given["temperature"] = 0.0
    return replace(defaults, **{name: value for name, value in given.items() if value is not None})


def end_of_fields(fields: Fields) -> None:
    for name, value in AS_IT_IS.items():
        fields.drop(name, value)
    fields.end(HINTS)


def _max_tokens(fields: Fields) -> int | None:
    old, new = fields.whole("max_tokens"), fields.whole("max_completion_tokens")
    if old is not None and new is not None and old != new:
        raise refused(
            "max_completion_tokens", f"max_tokens is {old:,} and max_completion_tokens is {new:,}; send one of them."
        )
    for name, value in (("max_tokens", old), ("max_completion_tokens", new)):
        if value is not None and not 1 <= value <= MAX_TOKENS_LIMIT:
            raise fields.refuse(name, value, f"1 to {MAX_TOKENS_LIMIT:,}")
    return old if old is not None else new


def _seed(fields: Fields) -> int | None:
    seed = fields.whole("seed")
    return None if seed is None else seed & (2**63 - 1)


def _stop(fields: Fields) -> tuple[str, ...] | None:
    stop = fields.take("stop")
    if stop is None:
        return None
    texts = [stop] if isinstance(stop, str) else stop
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise fields.refuse("stop", stop, "a text or a list of texts")
    return tuple(texts)


def _logit_bias(fields: Fields) -> dict[int, float] | None:
    given = fields.mapping("logit_bias")
    if given is None:
        return None
    biases = Fields(given, "logit_bias.")
    for token in given:
        if not (token.isascii() and token.isdecimal() and len(token) < 10):
            raise refused("logit_bias", f"logit_bias is for the token {token[:40]!r}; it must be for token ids.")
    return {int(token): bias for token in given if (bias := biases.number(token)) is not None}


def _top_k(fields: Fields) -> int | None:
    top_k = fields.whole("top_k")
    return 0 if top_k == -1 else top_k


def _num_choices(fields: Fields) -> int | None:
    n = fields.whole("n")
    if n is not None and not 1 <= n <= MAX_CHOICES:
        raise fields.refuse("n", n, f"1 to {MAX_CHOICES}")
    return n
