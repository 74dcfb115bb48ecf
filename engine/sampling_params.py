"""How the next token is chosen, checked at the door."""

from dataclasses import dataclass

from engine.errors import InvalidRequest

MAX_TOKENS_LIMIT = 1_000_000


@dataclass(frozen=True, slots=True)
class SamplingParams:
    """Sampling of one request.

    temperature 0 is greedy. top_k 0 keeps the whole vocabulary, top_p 1.0 the whole mass.
    prompt_logprobs N asks for the log-probabilities of the last N prompt tokens.
    """

    max_tokens: int = 1024
    temperature: float = 0.0
    top_k: int = 0
    top_p: float = 1.0
    seed: int | None = None
    ignore_eos: bool = False
    prompt_logprobs: int = 0

    def __post_init__(self) -> None:
        _require(1 <= self.max_tokens <= MAX_TOKENS_LIMIT, "max_tokens", self.max_tokens, f"1 to {MAX_TOKENS_LIMIT:,}")
        _require(0 <= self.temperature <= 10, "temperature", self.temperature, "0 to 10")
        _require(self.top_k >= 0, "top_k", self.top_k, "0 (off) or more")
        _require(0 < self.top_p <= 1, "top_p", self.top_p, "above 0 and at most 1")
        _require(self.prompt_logprobs >= 0, "prompt_logprobs", self.prompt_logprobs, "0 (off) or more")


def _require(allowed: bool, name: str, value: object, limits: str) -> None:
    if not allowed:
        raise InvalidRequest(f"{name} is {value}; it must be {limits}.")
