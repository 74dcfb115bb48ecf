"""What crosses the border between the assistant and a model: conversations in, text deltas out. Plain values only."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol

from engine.media import MediaInput
from engine.sampling_params import SamplingParams

if TYPE_CHECKING:  # both speak of messages themselves
    from engine.dialects.base import Dialect
    from engine.dialects.pieces import Piece
    from engine.processors.settings import ProcessorSettings

# A turn is text, or text and media in the order in which they are read.
Part = str | MediaInput
Content = str | tuple[Part, ...]
Role = Literal["system", "user", "assistant", "tool"]
FinishReason = Literal["stop", "length", "abort"]
Stage = Literal["waiting", "encode", "prefill", "decode"]
StreamStage = Literal["queued", "encoding", "reading", "writing", "released"]


@dataclass(frozen=True, slots=True)
class ToolCall:
    name: str
    arguments: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Message:
    """One chat turn. Only an assistant turn has reasoning and tool_calls; a tool turn holds one tool's result."""

    role: Role
    content: Content
    reasoning: str = ""
    tool_calls: tuple[ToolCall, ...] = ()

    @property
    def text(self) -> str:
        """The content without its media."""
        if isinstance(self.content, str):
            return self.content
        return "".join(part for part in self.content if isinstance(part, str))

    @property
    def media(self) -> tuple[MediaInput, ...]:
        return () if isinstance(self.content, str) else tuple(p for p in self.content if not isinstance(p, str))


@dataclass(frozen=True, slots=True)
class Conversation:
    """Turns so far, the tools on offer (JSON schemas in OpenAI's function form) and whether the model may think.

    session: whose it is; others cannot tell by the clock what was said. num_shared_messages: the first messages, and
    the tools, are the same for everybody and nobody's secret.
    """

    messages: tuple[Message, ...]
    tools: tuple[dict[str, Any], ...] = ()
    enable_thinking: bool = True
    session: str = ""
    num_shared_messages: int = 0


@dataclass(frozen=True, slots=True)
class Usage:
    """Counts and times of one finished request. Times are seconds on the engine's clock.

    cached_tokens: of the prompt, those that did not have to be read again. queue_s and encode_s are part of the time to
    the first token: before its first step, and in the encoders. reasoning_tokens: of the answer, those of its thinking
    and the tags around it.
    """

    prompt_tokens: int
    completion_tokens: int
    time_to_first_token_s: float
    decode_s: float
    cached_tokens: int = 0
    queue_s: float = 0.0
    encode_s: float = 0.0
    reasoning_tokens: int = 0

    @property
    def tokens_per_s(self) -> float:
        """Decode speed: tokens after the first over the time they took; 0 for a single token."""
        return (self.completion_tokens - 1) / self.decode_s if self.completion_tokens > 1 and self.decode_s > 0 else 0.0


@dataclass(frozen=True, slots=True)
class TokenLogprob:
    """Log-probability of a token by the model alone, before bias, penalties and temperature.

    top: (token id, log-probability) of the likeliest tokens in its place, in order; as many as were asked for.
    """

    token_id: int
    logprob: float
    top: tuple[tuple[int, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Delta:
    """New text of an answer, control tags such as </think> included. The last one has a finish_reason and usage.

    logprobs: of the tokens of this delta, if they were asked for. A stop text is not shown, but its tokens count.
    pieces: what a server has told apart itself; text is left to the dialect's parser.
    """

    text: str
    num_tokens: int
    finish_reason: FinishReason | None = None
    usage: Usage | None = None
    logprobs: tuple[TokenLogprob, ...] = ()
    pieces: "tuple[Piece, ...]" = ()


@dataclass(frozen=True, slots=True)
class RequestStats:
    """How far one request has got: num_read of num_tokens tokens (its prompt and what it has generated) are read.

    place: in the queue, from 1 for the next to start; 0 for one that runs. num_encoded of num_media pictures, videos
    and signals need no encoder any more. tokens_per_s: of its answer so far.
    """

    request_id: int
    stage: Stage
    num_read: int
    num_tokens: int
    num_generated: int
    place: int = 0
    num_media: int = 0
    num_encoded: int = 0
    tokens_per_s: float = 0.0


@dataclass(frozen=True, slots=True)
class EncoderRun:
    """An encoder is at work for a request, on medium number `number` of its num_media."""

    request_id: int
    number: int
    num_media: int


@dataclass(frozen=True, slots=True)
class Distribution:
    """How times are spread: counts[i] of them are at most bounds[i] seconds and above the bound before; the last count
    is of those above all bounds. total_s: all times together."""

    bounds: tuple[float, ...] = ()
    counts: tuple[int, ...] = (0,)
    total_s: float = 0.0

    @property
    def num_times(self) -> int:
        return sum(self.counts)


@dataclass(frozen=True, slots=True)
class EngineStats:
    """A snapshot for the page, /ready and /metrics. Counts over time are since the start.

    num_free_blocks includes those that keep known tokens until they are needed; num_cached_blocks are all with known
    tokens, free or not. num_cached_tokens of num_prompt_tokens: what the prefix cache has saved.
    tokens_per_s: new tokens of all answers together over the last seconds; 0 when nothing is asked.
    num_drafted_tokens: guessed by speculation; num_accepted_tokens of them were right, and saved a step each.
    num_answered, num_failed, num_aborted: how requests ended; num_refused: those that were not let in.
    queue_wait, time_to_first_token: since a caller asked; inter_token: from one token of an answer to its next.
    is_draining: nobody is let in any more, and those inside have some time to end.
    encoder_run: of this very moment, where all else is as of the latest step.
    """

    num_running: int
    num_waiting: int
    num_blocks: int
    num_free_blocks: int
    num_waiting_tokens: int = 0
    num_cached_blocks: int = 0
    num_prompt_tokens: int = 0
    num_cached_tokens: int = 0
    num_preemptions: int = 0
    num_steps: int = 0
    last_step_s: float = 0.0
    tokens_per_s: float = 0.0
    num_answered: int = 0
    num_failed: int = 0
    num_aborted: int = 0
    num_refused: int = 0
    num_generated_tokens: int = 0
    num_drafted_tokens: int = 0
    num_accepted_tokens: int = 0
    num_encoder_runs: int = 0
    num_rank_restarts: int = 0
    is_draining: bool = False
    queue_wait: Distribution = Distribution()
    time_to_first_token: Distribution = Distribution()
    inter_token: Distribution = Distribution()
    requests: tuple[RequestStats, ...] = ()
    encoder_run: EncoderRun | None = None


@dataclass(frozen=True, slots=True)
class StreamProgress:
    """How far a model has got with one answer, by its own account.

    place: in the queue, from 1. num_done of num_total: media while encoding (the one at work counts as done), tokens of
    the prompt while reading. released_at: perf_counter() when the model had let go of the answer and its memory was
    free again.
    """

    stage: StreamStage
    place: int = 0
    num_done: int = 0
    num_total: int = 0
    num_generated: int = 0
    tokens_per_s: float = 0.0
    released_at: float | None = None


@dataclass(frozen=True, slots=True)
class ExpertPicture:
    """How often each expert of each layer was chosen lately, by the kind of text that a token belongs to.

    num_tokens: kind -> of how many tokens. counts: kind -> [layer][expert]; kinds without a token are left out.
    """

    num_layers: int
    num_experts: int
    num_tokens: Mapping[str, int]
    counts: Mapping[str, list[list[int]]]


class TextStream(Protocol):
    """Iterate in one thread; cancel() from any, also while the iteration waits."""

    def __iter__(self) -> Iterator[Delta]: ...
    def cancel(self) -> None: ...
    def progress(self) -> StreamProgress | None:
        """From any thread; None of a model that does not say."""


class ChatModel(Protocol):
    """A model that continues a conversation: our engine's LLM, a remote server, or a scripted fake in tests."""

    @property
    def name(self) -> str: ...
    @property
    def max_model_len(self) -> int:
        """Tokens of a prompt and its answer together; 0 of a model on a server that does not say."""

    @property
    def dialect(self) -> "Dialect":
        """How its answers are cut into thinking, text and tool calls."""

    @property
    def media(self) -> "ProcessorSettings | None":
        """What pictures, videos and signals are brought to; None for a model that reads text only."""

    def stream(self, conversation: Conversation, params: SamplingParams) -> TextStream: ...
    def stats(self) -> EngineStats: ...
    def experts(self) -> ExpertPicture | None:
        """Recorded while somebody asks every other second; None of a model without experts, or that does not say."""
