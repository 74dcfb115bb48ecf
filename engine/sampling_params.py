"""How the next token is chosen, checked at the door."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from hashlib import blake2b

from engine.errors import InvalidRequest
from engine.grammar.structure import Structure

MAX_TOKENS_LIMIT = 1_000_000
MAX_SAMPLES = 128
MAX_LOGPROBS = 20
MAX_BIASES = 1024
MAX_STOP_STRINGS = 16
MAX_STOP_LENGTH = 256


@dataclass(frozen=True, slots=True)
class SamplingParams:
    """Sampling of one request.

    temperature 0 is greedy. top_k 0 keeps the whole vocabulary, top_p 1.0 the whole mass; min_p drops what is less
    likely than that part of the likeliest token.
    repetition_penalty divides (or, below 0, multiplies) the logits of all tokens of the prompt and the answer;
    presence_penalty is subtracted once from those of the answer, frequency_penalty for each time they stand there.
    logit_bias: token id -> what is added to its logit. Bias and penalties apply to a greedy choice too.
    stop: the answer ends before the first of these texts. n: how many answers; with a seed, each has its own from it.
    logprobs N asks for the log-probability of every new token and of the N likeliest in its place; prompt_logprobs N
    for the log-probabilities of the last N prompt tokens. Both are the model's own, before bias, penalties and
    temperature.
    structure: the form that the answer, without its thinking, is held to; an answer that max_tokens or a stop text ends
    may lack the rest of it.
    skip_special_tokens: tokens that only shape a prompt, such as <|im_start|>, are left out of the text.
    """

    max_tokens: int = 1024
    temperature: float = 0.0
    top_k: int = 0
    top_p: float = 1.0
    min_p: float = 0.0
    repetition_penalty: float = 1.0
    presence_penalty: float = 0.0
    frequency_penalty: float = 0.0
    logit_bias: Mapping[int, float] = field(default_factory=dict)
    seed: int | None = None
    stop: tuple[str, ...] = ()
    ignore_eos: bool = False
    n: int = 1
    logprobs: int | None = None
    prompt_logprobs: int = 0
    structure: Structure | None = None
    skip_special_tokens: bool = False

    def __post_init__(self) -> None:
        _require(1 <= self.max_tokens <= MAX_TOKENS_LIMIT, "max_tokens", self.max_tokens, f"1 to {MAX_TOKENS_LIMIT:,}")
        _require(0 <= self.temperature <= 10, "temperature", self.temperature, "0 to 10")
        _require(self.top_k >= 0, "top_k", self.top_k, "0 (off) or more")
        _require(0 < self.top_p <= 1, "top_p", self.top_p, "above 0 and at most 1")
        _require(0 <= self.min_p <= 1, "min_p", self.min_p, "0 (off) to 1")
        repetition = self.repetition_penalty
        _require(0.01 <= repetition <= 10, "repetition_penalty", repetition, "0.01 to 10, where 1 is off")
        for name in ("presence_penalty", "frequency_penalty"):
            _require(-2 <= getattr(self, name) <= 2, name, getattr(self, name), "-2 to 2, where 0 is off")
        _require(1 <= self.n <= MAX_SAMPLES, "n", self.n, f"1 to {MAX_SAMPLES}")
        if self.logprobs is not None:
            _require(
                0 <= self.logprobs <= MAX_LOGPROBS, "logprobs", self.logprobs, f"None (off) or 0 to {MAX_LOGPROBS}"
            )
        _require(self.prompt_logprobs >= 0, "prompt_logprobs", self.prompt_logprobs, "0 (off) or more")
        if self.structure is not None and self.ignore_eos:
            raise InvalidRequest("ignore_eos is on, and an answer held to a structure ends with it; choose one.")
        self._check_bias()
        self._check_stop()

    @property
    def counts_tokens(self) -> bool:
        """Whether a choice depends on how often tokens stand in the text so far."""
        return self.repetition_penalty != 1 or self.presence_penalty != 0 or self.frequency_penalty != 0

    def samples(self) -> list["SamplingParams"]:
        """One of each of the n answers. What is asked about the prompt is asked once."""
        if self.n == 1:
            return [self]
        first = replace(self, n=1)
        others = [replace(first, seed=_sample_seed(self.seed, i), prompt_logprobs=0) for i in range(1, self.n)]
        return [first, *others]

    def _check_bias(self) -> None:
        _require(len(self.logit_bias) <= MAX_BIASES, "logit_bias", f"{len(self.logit_bias):,} entries", _AT_MOST_BIASES)
        for token_id, bias in self.logit_bias.items():
            is_id = isinstance(token_id, int) and token_id >= 0
            _require(is_id, "logit_bias", f"for the token {token_id!r}", "for token ids, whole numbers from 0 up")
            _require(-100 <= bias <= 100, f"logit_bias of token {token_id}", bias, "-100 to 100")

    def _check_stop(self) -> None:
        is_tuple = isinstance(self.stop, tuple) and all(isinstance(text, str) for text in self.stop)
        _require(is_tuple, "stop", repr(self.stop), "a tuple of texts")
        _require(len(self.stop) <= MAX_STOP_STRINGS, "stop", f"{len(self.stop)} texts", f"at most {MAX_STOP_STRINGS}")
        for text in self.stop:
            length = f"a text of {len(text):,} characters"
            _require(1 <= len(text) <= MAX_STOP_LENGTH, "stop", length, f"texts of 1 to {MAX_STOP_LENGTH}")


_AT_MOST_BIASES = f"at most {MAX_BIASES:,}"


def _sample_seed(seed: int | None, index: int) -> int | None:
    if seed is None:
        return None
    return int.from_bytes(blake2b(f"{seed}, answer {index}".encode(), digest_size=8).digest(), "big") >> 1


def _require(allowed: bool, name: str, value: object, limits: str) -> None:
    if not allowed:
        raise InvalidRequest(f"{name} is {value}; it must be {limits}.")
