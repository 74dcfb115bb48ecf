"""The engine's front door: conversations or token ids in, text out."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Required, TypedDict

from engine.answer_form import AnswerForm
from engine.answer_text import AnswerText
from engine.batch import answer_all
from engine.config import EngineConfig
from engine.delta_stream import DeltaStream
from engine.dialects.base import Dialect
from engine.dialects.choose import dialect_for, dialect_of_gguf
from engine.dialects.prompt import render_prompt
from engine.engine import Engine, Output
from engine.errors import InvalidRequest
from engine.expert_view import ExpertView
from engine.grammar.compiler import GrammarCompiler
from engine.grammar.vocabulary import GrammarVocabulary
from engine.media import MediaInput, Prompt
from engine.media_prompt import prompt_of_ids
from engine.messages import Conversation, EngineStats, ExpertPicture, FinishReason, TokenLogprob, Usage
from engine.processors.settings import ProcessorSettings
from engine.ranks.worker_group import make_runner
from engine.sampling_params import SamplingParams
from engine.service import EngineService
from engine.timeline import NO_TIMELINE, RecordedTimeline
from engine.token_kinds import TokenKinds
from engine.tokenizer import Tokenizer, has_tokenizer


class TokensPrompt(TypedDict, total=False):
    """media stand in the places of their placeholder ids, in order."""

    prompt_token_ids: Required[list[int]]
    media: list[MediaInput]


@dataclass(frozen=True, slots=True)
class Answer:
    """token_ids end in the stop token, or in the end of the stop text, if there was one; text never shows it.

    logprobs: of every token, if they were asked for.
    """

    token_ids: list[int]
    text: str
    finish_reason: FinishReason
    usage: Usage
    logprobs: list[TokenLogprob]


@dataclass(frozen=True, slots=True)
class RequestOutput:
    """The SamplingParams.n answers to one prompt; token_ids and the like are those of the first.

    prompt_tokens: of the last SamplingParams.prompt_logprobs prompt tokens, in order; the first token has none.
    """

    answers: list[Answer]
    prompt_tokens: list[TokenLogprob]

    @property
    def prompt_logprobs(self) -> list[float]:
        return [token.logprob for token in self.prompt_tokens]

    @property
    def token_ids(self) -> list[int]:
        return self.answers[0].token_ids

    @property
    def text(self) -> str:
        return self.answers[0].text

    @property
    def finish_reason(self) -> FinishReason:
        return self.answers[0].finish_reason

    @property
    def usage(self) -> Usage:
        return self.answers[0].usage


class LLM:
    """A model, ready to answer any number of threads at once. Satisfies engine.messages.ChatModel."""

    def __init__(self, config: EngineConfig) -> None:
        self._path = Path(config.model)
        self._timeline = None if config.trace is None else RecordedTimeline(Path(config.trace))
        self._tokenizer = Tokenizer.from_checkpoint(self._path) if has_tokenizer(self._path) else None
        self._runner = make_runner(config)
        self.dialect = self._choose_dialect()
        self._eos_token_ids = self._stop_ids(self._tokenizer) if self._tokenizer else frozenset[int]()
        self._compiler: GrammarCompiler | None = None
        if self._tokenizer:
            self._runner.choose_below(self._tokenizer.known_ids_end)
            vocabulary = GrammarVocabulary(self._tokenizer, self._eos_token_ids)
            self._compiler = GrammarCompiler(vocabulary, self.dialect.tags)
        make_decoder = self._tokenizer.incremental_decoder if self._tokenizer else None
        if self._timeline:
            self._runner.record_in(self._timeline)
        self._expert_view = self._make_expert_view()
        engine = Engine(
            config, self._runner, self._eos_token_ids, make_decoder, self._timeline or NO_TIMELINE, self._expert_view
        )
        self._max_model_len = engine.max_model_len
        self._queue_limits = engine.queue_limits
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
        self._check(params)
        form = self._form(params)
        requests = [replace(self._prompt(prompt), form=form) for prompt in prompts]
        outputs = answer_all(self._service, requests, params, self._queue_limits)
        return [self._result(answers, params.stop) for answers in outputs]

    def stream(self, conversation: Conversation, params: SamplingParams) -> DeltaStream:
        """Continue a conversation. Refusals of its prompt, such as PromptTooLong, are raised by the iteration."""
        self._check(params)
        if params.n != 1:
            raise InvalidRequest(f"n is {params.n}; one stream holds 1 answer. Ask for each of samples() by itself.")
        prompt = replace(self._conversation_prompt(conversation), form=self._form(params, conversation))
        tokens = self._service.submit(prompt, params, conversation.session)
        return DeltaStream(tokens, len(prompt.token_ids), self._text(self._require_tokenizer(), params.stop))

    def count_tokens(self, conversation: Conversation) -> int:
        """Length of the prompt that stream() would make of it."""
        return len(render_prompt(conversation, self.dialect, self._require_tokenizer()).token_ids)

    def stats(self) -> EngineStats:
        """From any thread. Raises EngineStopped once nothing can be answered any more."""
        return self._service.stats()

    def experts(self) -> ExpertPicture | None:
        """Of the latest tokens, from any thread; recorded while somebody asks every other second."""
        return self._expert_view.picture() if self._expert_view else None

    def drain(self, timeout_s: float) -> None:
        """Refuse what is new, and end when all answers are complete, or cut short after timeout_s. close() follows."""
        self._service.drain(timeout_s)

    def close(self) -> None:
        """End every stream, then let go of the model."""
        self._service.close()
        self._runner.close()
        if self._timeline:
            self._timeline.write()

    def _form(self, params: SamplingParams, conversation: Conversation | None = None) -> AnswerForm | None:
        """Compiled here, in the caller's thread. Only a conversation has tools and thinking."""
        if params.structure is None:
            return None
        self._require_tokenizer()
        assert self._compiler is not None  # there is a tokenizer
        if conversation is None:
            return self._compiler.form(params.structure)
        starts_thinking = self.dialect.starts_thinking(conversation)
        return self._compiler.form(params.structure, conversation.tools, starts_thinking)

    def _conversation_prompt(self, conversation: Conversation) -> Prompt:
        prompt = render_prompt(conversation, self.dialect, self._require_tokenizer())
        shared = conversation.messages[: conversation.num_shared_messages]
        if not shared or not conversation.session:
            return prompt
        opening = render_prompt(replace(conversation, messages=shared), self.dialect, self._require_tokenizer())
        return replace(prompt, num_shared_tokens=_common_length(prompt.token_ids, opening.token_ids))

    def _make_expert_view(self) -> ExpertView | None:
        if self._runner.experts_shape is None:
            return None
        kinds = TokenKinds(self._tokenizer.token_bytes if self._tokenizer else {})
        view = ExpertView(*self._runner.experts_shape, kinds)
        self._runner.show_experts_in(view)
        return view

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

    def _check(self, params: SamplingParams) -> None:
        """What only this model can tell."""
        if params.stop:
            self._require_tokenizer()
        num_ids = self._runner.vocab_size
        if self._tokenizer:
            num_ids = min(num_ids, self._tokenizer.known_ids_end)
        for token_id in params.logit_bias:
            if token_id >= num_ids:
                raise InvalidRequest(f"Token id {token_id} in logit_bias is not one of this model's {num_ids:,}.")

    def _text(self, tokenizer: Tokenizer, stop: tuple[str, ...]) -> AnswerText:
        return AnswerText(tokenizer.incremental_decoder(), self._eos_token_ids, stop)

    def _result(self, answers: list[list[Output]], stop: tuple[str, ...]) -> RequestOutput:
        first = answers[0][-1].finish
        assert first is not None  # nobody else holds the streams to cancel them
        return RequestOutput([self._answer(outputs, stop) for outputs in answers], first.prompt_logprobs)

    def _answer(self, outputs: list[Output], stop: tuple[str, ...]) -> Answer:
        finish = outputs[-1].finish
        assert finish is not None
        token_ids = [output.token_id for output in outputs]
        text = ""
        if self._tokenizer:
            whole = self._text(self._tokenizer, stop)
            text = whole.push(token_ids) + whole.finish()
        logprobs = [output.logprob for output in outputs if output.logprob is not None]
        return Answer(token_ids, text, finish.reason, finish.usage, logprobs)


def _common_length(first: list[int], second: list[int]) -> int:
    """How many ids at the beginning are the same."""
    differences = (i for i, (a, b) in enumerate(zip(first, second, strict=False)) if a != b)
    return next(differences, min(len(first), len(second)))
