"""The engine's front door: conversations or token ids in, text out."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter
from typing import Required, TypedDict

from engine.config import EngineConfig
from engine.dialects.base import Dialect
from engine.dialects.choose import dialect_for, dialect_of_gguf
from engine.dialects.prompt import render_prompt
from engine.engine import Engine, Output
from engine.errors import InvalidRequest
from engine.media import MediaInput, Prompt
from engine.media_prompt import prompt_of_ids
from engine.messages import Conversation, Delta, EngineStats, FinishReason, Usage
from engine.processors.settings import ProcessorSettings
from engine.ranks.worker_group import make_runner
from engine.sampling_params import SamplingParams
from engine.service import EngineService, TokenStream
from engine.tokenizer import Tokenizer, has_tokenizer


class TokensPrompt(TypedDict, total=False):
    """media stand in the places of their placeholder ids, in order."""

    prompt_token_ids: Required[list[int]]
    media: list[MediaInput]


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
        self._runner = make_runner(config)
        self.dialect = self._choose_dialect()
        self._eos_token_ids = self._stop_ids(self._tokenizer) if self._tokenizer else frozenset[int]()
        if self._tokenizer:
            self._runner.choose_below(self._tokenizer.known_ids_end)
        engine = Engine(config, self._runner, self._eos_token_ids)
        self._max_model_len = engine.max_model_len
        self._max_in_flight = config.max_num_waiting
        self._service = EngineService(engine)

    @property
    def name(self) -> str:
        return self._path.stem if self._path.suffix == ".gguf" else self._path.name

    @property
    def media(self) -> ProcessorSettings | None:
        """What pictures, videos and signals are brought to; None for a model that reads text only."""
        return self._runner.media

    @property
    def max_model_len(self) -> int:
        """Tokens of a prompt and its answer together."""
        return self._max_model_len

    def generate(self, prompts: list[TokensPrompt | str], params: SamplingParams) -> list[RequestOutput]:
        """Answer every prompt, in order; a str is plain text, in no chat format. An error ends the whole call."""
        streams: deque[TokenStream] = deque()
        results: list[RequestOutput] = []
        try:
            for prompt in [self._prompt(prompt) for prompt in prompts]:
                if len(streams) == self._max_in_flight:  # more could fill the waiting queue
                    results.append(self._result(streams.popleft()))
                streams.append(self._service.submit(prompt, params))
            while streams:
                results.append(self._result(streams.popleft()))
        finally:
            for stream in streams:
                stream.cancel()
        return results

    def stream(self, conversation: Conversation, params: SamplingParams) -> "DeltaStream":
        """Continue a conversation. Refusals, such as PromptTooLong, are raised by the iteration."""
        prompt = self._conversation_prompt(conversation)
        tokens = self._service.submit(prompt, params, conversation.session)
        return DeltaStream(tokens, len(prompt.token_ids), self._require_tokenizer(), self._eos_token_ids)

    def count_tokens(self, conversation: Conversation) -> int:
        """Length of the prompt that stream() would make of it."""
        return len(render_prompt(conversation, self.dialect, self._require_tokenizer()).token_ids)

    def stats(self) -> EngineStats:
        """From any thread. Raises EngineStopped once nothing can be answered any more."""
        return self._service.stats()

    def close(self) -> None:
        """End every stream, then let go of the model."""
        self._service.close()
        self._runner.close()

    def _conversation_prompt(self, conversation: Conversation) -> Prompt:
        prompt = render_prompt(conversation, self.dialect, self._require_tokenizer())
        shared = conversation.messages[: conversation.num_shared_messages]
        if not shared or not conversation.session:
            return prompt
        opening = render_prompt(replace(conversation, messages=shared), self.dialect, self._require_tokenizer())
        return replace(prompt, num_shared_tokens=_common_length(prompt.token_ids, opening.token_ids))

    def _choose_dialect(self) -> Dialect:
        architecture = self._runner.architecture
        if self._path.is_dir():
            return dialect_for(architecture, self._path)
        is_text_model = self._runner.media is None  # a GGUF file with an encoder beside it names the family itself
        if is_text_model and self._tokenizer is not None:
            return dialect_of_gguf(self._tokenizer)
        return dialect_for(architecture, None)

    def _stop_ids(self, tokenizer: Tokenizer) -> frozenset[int]:
        """Tokens that end an answer: the checkpoint's, and the dialect's as far as the vocabulary has them."""
        ids = (tokenizer.control_id(text) for text in self.dialect.stop_tokens)
        return tokenizer.eos_token_ids | {token_id for token_id in ids if token_id is not None}

    def _require_tokenizer(self) -> Tokenizer:
        if self._tokenizer is None:
            raise InvalidRequest(f"{self._path} has no tokenizer, so it reads prompt_token_ids only.")
        return self._tokenizer

    def _prompt(self, prompt: TokensPrompt | str) -> Prompt:
        if isinstance(prompt, str):
            return Prompt(self._require_tokenizer().encode(prompt))
        if not {"prompt_token_ids"} <= prompt.keys() <= {"prompt_token_ids", "media"}:
            raise InvalidRequest(
                f"A prompt is text or {{'prompt_token_ids': [...], 'media': [...]}}; got the keys {sorted(prompt)}."
            )
        vocab_size = self._runner.vocab_size
        for token_id in prompt["prompt_token_ids"]:
            if not (isinstance(token_id, int) and 0 <= token_id < vocab_size):
                raise InvalidRequest(f"Token id {token_id!r} is not one of this model's {vocab_size:,} (0 and up).")
        return prompt_of_ids(prompt["prompt_token_ids"], tuple(prompt.get("media", ())), self._runner.placeholder_ids)

    def _result(self, stream: TokenStream) -> RequestOutput:
        outputs = [output for batch in stream for output in batch]
        finish = outputs[-1].finish
        assert finish is not None  # nobody else holds the stream to cancel it
        token_ids = [output.token_id for output in outputs]
        shown_ids = [token_id for token_id in token_ids if token_id not in self._eos_token_ids]
        text = self._tokenizer.decode(shown_ids) if self._tokenizer else ""
        return RequestOutput(token_ids, text, finish.reason, finish.prompt_logprobs, finish.usage)


def _common_length(first: list[int], second: list[int]) -> int:
    """How many ids at the beginning are the same."""
    differences = (i for i, (a, b) in enumerate(zip(first, second, strict=False)) if a != b)
    return next(differences, min(len(first), len(second)))


class DeltaStream:
    """The text of one answer. Iterate once, in one thread; cancel() from any, also while the iteration waits.

    A Delta holds all the text that is ready. The last one has a finish_reason ("abort" after cancel()) and usage.
    """

    def __init__(
        self, tokens: TokenStream, num_prompt_tokens: int, tokenizer: Tokenizer, eos_token_ids: frozenset[int]
    ) -> None:
        self._tokens = tokens
        self._num_prompt_tokens = num_prompt_tokens
        self._decoder = tokenizer.incremental_decoder()
        self._eos_token_ids = eos_token_ids

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
