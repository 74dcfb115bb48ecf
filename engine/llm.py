"""The engine's front door: conversations or token ids in, text out."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import TypedDict

from engine.config import EngineConfig
from engine.dialect import render_prompt
from engine.engine import Engine, Output
from engine.errors import InvalidRequest
from engine.messages import Conversation, Delta, EngineStats, FinishReason, Usage
from engine.model_runner import ModelRunner
from engine.sampling_params import SamplingParams
from engine.service import EngineService, TokenStream
from engine.tokenizer import Tokenizer, has_tokenizer


class TokensPrompt(TypedDict):
    prompt_token_ids: list[int]


@dataclass(frozen=True, slots=True)
class RequestOutput:
    """token_ids end in the stop token, if there was one; text never shows it.

    prompt_logprobs: of the last SamplingParams.prompt_logprobs prompt tokens, in order; the first token has none.
    """

    token_ids: list[int]
    text: str
    finish_reason: FinishReason
    prompt_logprobs: list[float]
    usage: Usage


class LLM:
    """A model, ready to answer any number of threads at once. Satisfies engine.messages.ChatModel."""

    def __init__(self, config: EngineConfig) -> None:
        self._path = Path(config.model)
        self._tokenizer = Tokenizer.from_checkpoint(self._path) if has_tokenizer(self._path) else None
        self._eos_token_ids = self._tokenizer.eos_token_ids if self._tokenizer else frozenset[int]()
        self._runner = ModelRunner(config)
        engine = Engine(config, self._runner, self._eos_token_ids)
        self._max_model_len = engine.max_model_len
        self._max_in_flight = config.max_num_waiting
        self._service = EngineService(engine)

    @property
    def name(self) -> str:
        return self._path.stem if self._path.suffix == ".gguf" else self._path.name

    @property
    def max_model_len(self) -> int:
        """Tokens of a prompt and its answer together."""
        return self._max_model_len

    def generate(self, prompts: list[TokensPrompt | str], params: SamplingParams) -> list[RequestOutput]:
        """Answer every prompt, in order; a str is plain text, in no chat format. An error ends the whole call."""
        streams: deque[TokenStream] = deque()
        results: list[RequestOutput] = []
        try:
            for prompt_ids in [self._prompt_ids(prompt) for prompt in prompts]:
                if len(streams) == self._max_in_flight:  # more could fill the waiting queue
                    results.append(self._result(streams.popleft()))
                streams.append(self._service.submit(prompt_ids, params))
            while streams:
                results.append(self._result(streams.popleft()))
        finally:
            for stream in streams:
                stream.cancel()
        return results

    def stream(self, conversation: Conversation, params: SamplingParams) -> "DeltaStream":
        """Continue a conversation. Refusals, such as PromptTooLong, are raised by the iteration."""
        prompt_ids = render_prompt(conversation, self._require_tokenizer())
        tokens = self._service.submit(prompt_ids, params)
        return DeltaStream(tokens, len(prompt_ids), self._require_tokenizer())

    def count_tokens(self, conversation: Conversation) -> int:
        """Length of the prompt that stream() would make of it."""
        return len(render_prompt(conversation, self._require_tokenizer()))

    def stats(self) -> EngineStats:
        """From any thread. Raises EngineStopped once nothing can be answered any more."""
        return self._service.stats()

    def close(self) -> None:
        """End every stream, then let go of the model."""
        self._service.close()
        self._runner.close()

    def _require_tokenizer(self) -> Tokenizer:
        if self._tokenizer is None:
            raise InvalidRequest(f"{self._path} has no tokenizer, so it reads prompt_token_ids only.")
        return self._tokenizer

    def _prompt_ids(self, prompt: TokensPrompt | str) -> list[int]:
        if isinstance(prompt, str):
            return self._require_tokenizer().encode(prompt)
        if prompt.keys() != {"prompt_token_ids"}:
            raise InvalidRequest(f"A prompt is text or {{'prompt_token_ids': [...]}}; got the keys {sorted(prompt)}.")
        vocab_size = self._runner.vocab_size
        for token_id in prompt["prompt_token_ids"]:
            if not (isinstance(token_id, int) and 0 <= token_id < vocab_size):
                raise InvalidRequest(f"Token id {token_id!r} is not one of this model's {vocab_size:,} (0 and up).")
        return prompt["prompt_token_ids"]

    def _result(self, stream: TokenStream) -> RequestOutput:
        outputs = [output for batch in stream for output in batch]
        finish = outputs[-1].finish
        assert finish is not None  # nobody else holds the stream to cancel it
        token_ids = [output.token_id for output in outputs]
        shown_ids = [token_id for token_id in token_ids if token_id not in self._eos_token_ids]
        text = self._tokenizer.decode(shown_ids) if self._tokenizer else ""
        return RequestOutput(token_ids, text, finish.reason, finish.prompt_logprobs, finish.usage)


class DeltaStream:
    """The text of one answer. Iterate once, in one thread; cancel() from any, also while the iteration waits.

    A Delta holds all the text that is ready. The last one has a finish_reason ("abort" after cancel()) and usage.
    """

    def __init__(self, tokens: TokenStream, num_prompt_tokens: int, tokenizer: Tokenizer) -> None:
        self._tokens = tokens
        self._num_prompt_tokens = num_prompt_tokens
        self._decoder = tokenizer.incremental_decoder()
        self._eos_token_ids = tokenizer.eos_token_ids

    def cancel(self) -> None:
        """End the iteration and free the model for others. Does nothing to an answer that is complete."""
        self._tokens.cancel()

    def __iter__(self) -> Iterator[Delta]:
        arrivals: list[float] = []  # of tokens, for an answer that is cut short
        num_shown = 0
        try:
            for outputs in self._tokens:
                arrivals += [perf_counter()] * len(outputs)
                delta = self._delta(outputs, len(arrivals) - num_shown)
                if delta.text or delta.finish_reason:  # else the first bytes of a character, or an unshown token
                    num_shown = len(arrivals)
                    yield delta
            if self._tokens.is_cancelled:
                yield Delta("", len(arrivals) - num_shown, "abort", self._aborted_usage(arrivals))
        finally:
            self.cancel()

    def _delta(self, outputs: list[Output], num_tokens: int) -> Delta:
        text = self._decoder.push([o.token_id for o in outputs if o.token_id not in self._eos_token_ids])
        finish = outputs[-1].finish
        if finish is None:
            return Delta(text, num_tokens)
        return Delta(text + self._decoder.flush(), num_tokens, finish.reason, finish.usage)

    def _aborted_usage(self, arrivals: list[float]) -> Usage:
        """What reached the caller, by the caller's clock. Without a first token, the time spent waiting for it."""
        first, last = (arrivals[0], arrivals[-1]) if arrivals else (perf_counter(),) * 2
        return Usage(
            prompt_tokens=self._num_prompt_tokens,
            completion_tokens=len(arrivals),
            time_to_first_token_s=first - self._tokens.submitted_at,
            decode_s=last - first,
        )
