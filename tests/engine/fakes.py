"""Stand-ins at the seams of the engine. No model, no tensors, and nothing asserts how it was called."""

import codecs
import zlib
from collections import Counter
from collections.abc import Callable

import numpy as np

from engine.engine import Failure, Finish, Output
from engine.errors import PromptTooLong
from engine.front_door import QueueSize
from engine.interruption import Check, go_on
from engine.media import ImageInput, MediaInput, Prompt, VideoInput
from engine.media_prompt import PlaceholderIds
from engine.messages import EncoderRun, EngineStats, TokenLogprob, Usage
from engine.sampling_params import SamplingParams
from engine.step_plan import SequencePlan, StepPlan, StepResult, TokenChoice


class PagedRunner:
    """Answers from what its paged cache holds, so a wrong block, slot, chunk or seed changes the tokens.

    The next token is a checksum of the whole history, read back through the block table, and of what the choice depends
    on.
    """

    next_token: Callable[[list[int], int], int]  # a history and a number that stands for the choice

    def __init__(self, num_blocks: int = 64, block_size: int = 4, max_model_len: int = 1000) -> None:
        self.num_blocks = num_blocks
        self.block_size = block_size
        self.max_model_len = max_model_len
        self.vocab_size = 1000
        self.architecture = "InternS1ProForConditionalGeneration"
        self.media = None
        self.experts_shape = None
        self.placeholder_ids: PlaceholderIds = {ImageInput: 900, VideoInput: 901}
        self.next_token = next_token
        self.plans: list[StepPlan] = []
        self.encoded: dict[int, MediaInput] = {}
        self.num_known_ids = self.vocab_size
        self.failing_id: int | None = None  # the sequence for which no token can be chosen
        self.before_step: Callable[[StepPlan], None] = lambda plan: None
        self.before_encode: Callable[[MediaInput], None] = lambda media: None
        self.is_closed = False
        self._slots: dict[int, int] = {}

    def encode(self, media_id: int, media: MediaInput, check: Check = go_on) -> None:
        self.before_encode(media)
        check()
        assert media_id not in self.encoded, "encoded twice"
        self.encoded[media_id] = media

    def choose_below(self, num_known_ids: int) -> None:
        self.num_known_ids = num_known_ids

    def forget(self, media_id: int) -> None:
        self.encoded.pop(media_id, None)

    def execute(self, plan: StepPlan, check: Check = go_on) -> StepResult:
        self.before_step(plan)
        check()
        self.plans.append(plan)
        self._check_blocks(plan)
        for sequence in plan.sequences:
            for i, token in enumerate(sequence.token_ids):
                self._slots[self._slot(sequence, sequence.start + i)] = token
            for part in sequence.features:
                for i in range(part.num_tokens):
                    slot = self._slot(sequence, sequence.start + part.first_token + i)
                    self._slots[slot] = feature(self.encoded[part.media_id], part.first_feature + i)
        sampled = [sequence for sequence in plan.sequences if sequence.is_sampled]
        result = StepResult(
            sampled={},
            logprobs={
                s.sequence_id: [self._logprob(s, index, token) for index, token in s.logprob_targets]
                for s in plan.sequences
            },
            failed={s.sequence_id: "No token." for s in sampled if s.sequence_id == self.failing_id},
        )
        for sequence in sampled:
            if sequence.sequence_id != self.failing_id:
                self._choose(sequence, result)
        return result

    def _choose(self, sequence: SequencePlan, result: StepResult) -> None:
        """Writes result: what is drafted as far as it is right, then one token more."""
        tokens: list[int] = []
        first_row = len(sequence.token_ids) - 1 - len(sequence.draft)
        for i, choice in enumerate([*sequence.draft_choices, sequence.choice]):
            history = self._history(sequence, sequence.start + first_row + i + 1)
            tokens.append(self._next_token(sequence, history, choice))
            if tokens[: i + 1] != sequence.draft[: i + 1]:
                break
        result.sampled[sequence.sequence_id] = tokens[-1]
        if sequence.draft:
            result.num_accepted[sequence.sequence_id] = len(tokens) - 1
        if sequence.num_logprobs is not None:
            result.sampled_logprobs[sequence.sequence_id] = [
                self._logprob(sequence, first_row + i, token) for i, token in enumerate(tokens)
            ]

    def close(self) -> None:
        self.is_closed = True

    def wipe(self) -> None:
        """As after a restart: whoever reads what it has not written gets a KeyError."""
        self._slots.clear()

    def _check_blocks(self, plan: StepPlan) -> None:
        """Sequences may share blocks that nobody writes to."""
        num_readers = Counter(block for sequence in plan.sequences for block in set(sequence.block_table))
        assert all(0 <= block < self.num_blocks for block in num_readers)
        for sequence in plan.sequences:
            assert len(sequence.block_table) == len(set(sequence.block_table)), "a block stands in a table twice"
            for position in range(sequence.start, sequence.start + len(sequence.token_ids)):
                block = sequence.block_table[position // self.block_size]
                assert num_readers[block] == 1, "a block is shared while it is written"

    def _slot(self, sequence: SequencePlan, position: int) -> int:
        return sequence.block_table[position // self.block_size] * self.block_size + position % self.block_size

    def _history(self, sequence: SequencePlan, num_tokens: int) -> list[int]:
        return [self._slots[self._slot(sequence, position)] for position in range(num_tokens)]

    def _next_token(self, sequence: SequencePlan, history: list[int], choice: TokenChoice) -> int:
        return self.next_token(history, choice.seed + sum(choice.counts.values()))

    def _logprob(self, sequence: SequencePlan, index: int, token: int) -> TokenLogprob:
        return logprob(self._history(sequence, sequence.start + index + 1), token)


class ScriptedRunner(PagedRunner):
    """Answers every request with the same tokens, and with 0 what is asked behind them."""

    def __init__(self, answer_ids: list[int]) -> None:
        super().__init__()
        self._answer_ids = answer_ids
        self._num_answered: Counter[int] = Counter()

    def _next_token(self, sequence: SequencePlan, history: list[int], choice: TokenChoice) -> int:
        self._num_answered[sequence.sequence_id] += 1
        num_before = self._num_answered[sequence.sequence_id] - 1
        return self._answer_ids[num_before] if num_before < len(self._answer_ids) else 0


def next_token(history: list[int], seed: int = 0) -> int:
    return zlib.crc32(f"{history} {seed}".encode()) % 1000


def echo(history: list[int], seed: int = 0) -> int:
    """For answers that repeat themselves, but not for long."""
    number = zlib.crc32(f"{history} {seed}".encode())
    return history[-5] if len(history) >= 5 and number % 8 else number % 1000


def logprob(history: list[int], token: int) -> TokenLogprob:
    return TokenLogprob(token, -(zlib.crc32(f"{history} -> {token}".encode()) % 1000) / 100)


def picture(num_tokens: int, shade: int = 0) -> ImageInput:
    return ImageInput(np.full((num_tokens, 4), shade, np.uint8), (1, 1, num_tokens), num_tokens, size=(4, 4))


def feature(media: MediaInput, index: int) -> int:
    """What PagedRunner puts in the cache instead of a placeholder id; no token id is as large."""
    assert isinstance(media, ImageInput) and index < media.num_tokens
    return 10_000 + 1_000 * int(media.pixels[0, 0]) + index


def greedy(prompt_ids: list[int], num_tokens: int) -> list[int]:
    """What PagedRunner should answer to a prompt that is alone in the world."""
    history = list(prompt_ids)
    for _ in range(num_tokens):
        history.append(next_token(history))
    return history[len(prompt_ids) :]


class CountingEngine:
    """Answers every prompt with 0, 1, 2, ... A prompt [STALL] is never answered, [FAIL] fails."""

    STALL, FAIL, CRASH_ON_ADD, CRASH_ON_STEP = -1, -2, -3, -4

    def __init__(self, max_prompt: int = 8) -> None:
        self.max_prompt = max_prompt
        self.requests: dict[int, tuple[list[int], SamplingParams, float]] = {}
        self.num_answered: dict[int, int] = {}
        self.num_looks = 0  # how often the service asked for stats
        self.is_abandoned: Callable[[int], bool] = lambda request_id: False
        self.on_add: Callable[[], None] = lambda: None
        self.on_step: Callable[[], None] = lambda: None

    @property
    def encoder_run(self) -> EncoderRun | None:
        return None

    @property
    def queue_limits(self) -> QueueSize:
        return QueueSize(num_requests=100, num_tokens=1000)

    @property
    def queue_size(self) -> QueueSize:
        return QueueSize(len(self.requests) - len(self.num_answered), 0)

    @property
    def has_work(self) -> bool:
        return bool(self.num_answered)

    def stats(self) -> EngineStats:
        self.num_looks += 1
        num_stalled = self.queue_size.num_requests
        return EngineStats(len(self.num_answered), num_stalled, num_blocks=100, num_free_blocks=100)

    def add(
        self, request_id: int, prompt: Prompt, params: SamplingParams, submitted_at: float, session: str = ""
    ) -> None:
        self.on_add()
        prompt_ids = prompt.token_ids
        if len(prompt_ids) > self.max_prompt:
            raise PromptTooLong(len(prompt_ids), self.max_prompt)
        if prompt_ids == [self.CRASH_ON_ADD]:
            raise ZeroDivisionError("a bug outside the runner")
        self.requests[request_id] = (prompt_ids, params, submitted_at)
        if prompt_ids != [self.STALL]:
            self.num_answered[request_id] = 0

    def abort(self, request_id: int) -> None:
        self.requests.pop(request_id, None)
        self.num_answered.pop(request_id, None)

    def step(self) -> list[Output | Failure]:
        self.on_step()
        return [self._answer(request_id) for request_id in list(self.num_answered)]

    def _answer(self, request_id: int) -> Output | Failure:
        prompt_ids, params, _ = self.requests[request_id]
        if prompt_ids == [self.CRASH_ON_STEP]:
            raise ZeroDivisionError("a bug outside the runner")
        if prompt_ids == [self.FAIL]:
            self.abort(request_id)
            return Failure(request_id, "This prompt fails.")
        token_id = self.num_answered[request_id]
        self.num_answered[request_id] += 1
        if self.num_answered[request_id] < params.max_tokens:
            return Output(request_id, token_id)
        self.abort(request_id)
        usage = Usage(len(prompt_ids), params.max_tokens, time_to_first_token_s=0.5, decode_s=1.0)
        return Output(request_id, token_id, Finish("length", usage, prompt_logprobs=[]))


class ByteTokenizer:
    """One id per byte; control tokens get the ids from 256 up, <|im_end|> ends an answer. Other ids have no text."""

    CONTROLS = ("<|im_start|>", "<|im_end|>", "<think>", "</think>", "<tool_call>", "</tool_call>")

    def __init__(self) -> None:
        self.control_ids = {text: 256 + i for i, text in enumerate(self.CONTROLS)}
        self.token_bytes = {i: bytes([i]) for i in range(256)} | {i: t.encode() for t, i in self.control_ids.items()}
        self.eos_token_ids = frozenset([self.control_ids["<|im_end|>"]])
        self.special_ids = frozenset([self.control_ids["<|im_start|>"], self.control_ids["<|im_end|>"]])
        self.known_ids_end = 256 + len(self.CONTROLS)

    def encode(self, text: str) -> list[int]:
        return list(text.encode())

    def control_id(self, text: str) -> int | None:
        return self.control_ids.get(text)

    def decode(self, ids: list[int]) -> str:
        return self.to_bytes(ids).decode(errors="replace")

    def incremental_decoder(self) -> "ByteDecoder":
        return ByteDecoder(self)

    def to_bytes(self, ids: list[int]) -> bytes:
        texts = dict(enumerate((text.encode() for text in self.CONTROLS), start=256))
        return b"".join(bytes([i]) if i < 256 else texts.get(i, b"") for i in ids)


class ByteDecoder:
    def __init__(self, tokenizer: ByteTokenizer) -> None:
        self._tokenizer = tokenizer
        self._utf8 = codecs.getincrementaldecoder("utf-8")(errors="replace")

    def push(self, ids: list[int]) -> str:
        return self._utf8.decode(self._tokenizer.to_bytes(ids))

    def flush(self) -> str:
        return self._utf8.decode(b"", final=True)
