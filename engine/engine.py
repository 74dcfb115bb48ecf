"""One step at a time: schedule, execute, commit. Lives in one thread, which service.py provides."""

import logging
from dataclasses import dataclass
from time import perf_counter
from typing import Protocol

from engine.block_manager import BlockManager
from engine.config import EngineConfig
from engine.errors import EngineError
from engine.media import MediaInput, Prompt
from engine.messages import EngineStats, FinishReason, Usage
from engine.sampling_params import SamplingParams
from engine.scheduler import Scheduler
from engine.sequence import Sequence
from engine.step_plan import SequencePlan, StepPlan, StepResult

logger = logging.getLogger(__name__)

MEDIA_FAILED = "The model failed while it looked at what is attached (see the server log). Try again without it."
STEP_FAILED = "The model failed while it worked on this answer (see the server log). Try again."


class Runner(Protocol):
    """The model and its KV cache: num_blocks blocks of block_size tokens."""

    @property
    def num_blocks(self) -> int: ...
    @property
    def block_size(self) -> int: ...
    @property
    def max_model_len(self) -> int: ...
    def encode(self, media_id: int, media: MediaInput) -> None:
        """Compute its features and keep them for plans that name media_id."""

    def forget(self, media_id: int) -> None:
        """Let go of the features. Does nothing when there are none."""

    def execute(self, plan: StepPlan) -> StepResult: ...


@dataclass(frozen=True, slots=True)
class Finish:
    """How a request ended; comes with its last token."""

    reason: FinishReason
    usage: Usage
    prompt_logprobs: list[float]


@dataclass(frozen=True, slots=True)
class Output:
    """One new token of one request. A stop token is the last one, and counted."""

    request_id: int
    token_id: int
    finish: Finish | None = None


@dataclass(frozen=True, slots=True)
class Failure:
    """A request ended without its answer; message is one sentence for a person."""

    request_id: int
    message: str


class Engine:
    def __init__(self, config: EngineConfig, runner: Runner, eos_token_ids: frozenset[int]) -> None:
        self._runner = runner
        self._eos_token_ids = eos_token_ids
        self._blocks = BlockManager(runner.num_blocks, runner.block_size)
        self._scheduler = Scheduler(config, self._blocks, runner.max_model_len)
        self._sequences: dict[int, Sequence] = {}
        self._num_media = 0  # of all requests so far
        self._encoded: set[int] = set()  # media whose features the runner holds

    @property
    def max_model_len(self) -> int:
        """Prompt and answer together."""
        return self._scheduler.max_model_len

    @property
    def has_work(self) -> bool:
        return bool(self._sequences)

    def stats(self) -> EngineStats:
        return EngineStats(
            num_running=self._scheduler.num_running,
            num_waiting=self._scheduler.num_waiting,
            num_blocks=self._blocks.num_blocks,
            num_free_blocks=self._blocks.num_free,
        )

    def add(self, request_id: int, prompt: Prompt, params: SamplingParams, submitted_at: float) -> None:
        """Queue a request; submitted_at is perf_counter() when its caller began to wait. Refusals are EngineErrors."""
        assert request_id not in self._sequences, request_id
        sequence = Sequence(request_id, prompt, params, submitted_at, first_media_id=self._num_media)
        self._scheduler.add(sequence)
        self._sequences[request_id] = sequence
        self._num_media += len(prompt.inputs)

    def abort(self, request_id: int) -> None:
        """Drop a request and free its blocks. Does nothing to one that has finished."""
        if request_id in self._sequences:
            self._drop(self._sequences[request_id])

    def step(self) -> list[Output | Failure]:
        """Compute one step of the requests at hand; at most one new token each.

        A runner that raises may have left anything in the cache blocks of that step, so its requests end.
        """
        plan = self._scheduler.schedule()
        assert plan.sequences, "a step with nothing to compute"
        if (media := self._first_unencoded(plan)) is not None:
            return self._encode(*media)
        try:
            result = self._runner.execute(plan)
        except Exception:
            logger.exception("a step of %d requests failed", len(plan.sequences))
            return [self._fail(self._sequences[part.sequence_id], STEP_FAILED) for part in plan.sequences]
        now = perf_counter()
        outputs = [self._commit(part, result, now) for part in plan.sequences]
        return [output for output in outputs if output is not None]

    def _commit(self, plan: SequencePlan, result: StepResult, now: float) -> Output | Failure | None:
        """What the step has computed becomes part of the sequence; None when its prompt is not read to the end."""
        sequence = self._sequences[plan.sequence_id]
        if sequence.id in result.failed:
            return self._fail(sequence, result.failed[sequence.id])
        sequence.num_computed += len(plan.token_ids)
        self._forget(sequence.read_media())
        if plan.logprob_targets:
            sequence.prompt_logprobs += result.logprobs[sequence.id]
        if not plan.is_sampled:
            return None
        token_id = result.sampled[sequence.id]
        sequence.token_ids.append(token_id)
        if sequence.first_token_at is None:
            sequence.first_token_at = now
        reason = self._finish_reason(sequence, token_id)
        if reason is None:
            return Output(sequence.id, token_id)
        self._drop(sequence)
        return Output(sequence.id, token_id, Finish(reason, _usage(sequence, now), sequence.prompt_logprobs))

    def _first_unencoded(self, plan: StepPlan) -> tuple[Sequence, int] | None:
        """Whose medium the plan needs and the runner does not have."""
        for part in plan.sequences:
            for feature in part.features:
                if feature.media_id not in self._encoded:
                    return self._sequences[part.sequence_id], feature.media_id
        return None

    def _encode(self, sequence: Sequence, media_id: int) -> list[Output | Failure]:
        """A step that runs an encoder; the plan is made anew after it, when others may have come or gone."""
        try:
            self._runner.encode(media_id, sequence.media[media_id])
        except EngineError as error:
            return [self._fail(sequence, str(error))]
        except Exception:
            logger.exception("an encoder failed")
            return [self._fail(sequence, MEDIA_FAILED)]
        self._encoded.add(media_id)
        return []

    def _forget(self, media_ids: set[int]) -> None:
        for media_id in media_ids & self._encoded:
            self._runner.forget(media_id)
            self._encoded.remove(media_id)

    def _fail(self, sequence: Sequence, message: str) -> Failure:
        self._drop(sequence)
        return Failure(sequence.id, message)

    def _drop(self, sequence: Sequence) -> None:
        del self._sequences[sequence.id]
        self._forget(set(sequence.media))
        self._scheduler.remove(sequence)

    def _finish_reason(self, sequence: Sequence, token_id: int) -> FinishReason | None:
        if token_id in self._eos_token_ids and not sequence.params.ignore_eos:
            return "stop"
        if sequence.num_generated >= sequence.params.max_tokens or sequence.num_tokens >= self.max_model_len:
            return "length"
        return None


def _usage(sequence: Sequence, now: float) -> Usage:
    assert sequence.first_token_at is not None
    return Usage(
        prompt_tokens=sequence.num_prompt_tokens,
        completion_tokens=sequence.num_generated,
        time_to_first_token_s=sequence.first_token_at - sequence.submitted_at,
        decode_s=now - sequence.first_token_at,
    )
