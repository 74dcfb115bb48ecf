"""One step at a time: schedule, execute, commit. Lives in one thread, which service.py provides."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from time import perf_counter
from typing import Protocol

from engine.answer_text import AnswerText, Decoder
from engine.block_manager import BlockManager
from engine.config import EngineConfig
from engine.drafts import Drafter
from engine.encoder_cache import EncoderCache
from engine.errors import EngineError, InvalidRequest
from engine.expert_view import ExpertView
from engine.failing_step import STEP_FAILED, execute_apart
from engine.front_door import QueueSize
from engine.interruption import Check, Interrupted
from engine.media import MediaInput, Prompt
from engine.messages import EncoderRun, EngineStats, FinishReason, TokenLogprob, Usage
from engine.ranks.errors import RanksRestarted
from engine.request_meter import RequestMeter
from engine.request_stats import all_request_stats, media_progress, usage
from engine.restricted_choice import follow, restrict_choices
from engine.sampling_params import SamplingParams
from engine.scheduler import Scheduler
from engine.sequence import Sequence
from engine.step_meter import StepMeter
from engine.step_plan import SequencePlan, StepPlan, StepResult
from engine.timeline import NO_TIMELINE, Timeline

logger = logging.getLogger(__name__)

MEDIA_FAILED = "The model failed while it looked at what is attached (see the server log). Try again without it."


class Runner(Protocol):
    """The model and its KV cache: num_blocks blocks of block_size tokens.

    execute raises RanksRestarted when the cache was lost and all can go on, EngineStopped when nothing can.
    """

    @property
    def num_blocks(self) -> int: ...
    @property
    def block_size(self) -> int: ...
    @property
    def max_model_len(self) -> int: ...
    def encode(self, media_id: int, media: MediaInput, check: Check) -> None:
        """Compute its features and keep them for plans that name media_id. check is called now and then, and may raise
        Interrupted: then there are none."""

    def forget(self, media_id: int) -> None:
        """Let go of the features. Does nothing when there are none."""

    def execute(self, plan: StepPlan, check: Check) -> StepResult:
        """check may be called now and then, and may raise Interrupted: the plan can be executed again."""


@dataclass(frozen=True, slots=True)
class Finish:
    """How a request ended; comes with its last token."""

    reason: FinishReason
    usage: Usage
    prompt_logprobs: list[TokenLogprob]


@dataclass(frozen=True, slots=True)
class Output:
    """One new token of one request. A stop token is the last one, and counted; so is the end of a stop text."""

    request_id: int
    token_id: int
    finish: Finish | None = None
    logprob: TokenLogprob | None = None


@dataclass(frozen=True, slots=True)
class Failure:
    """A request ended without its answer; message is one sentence for a person."""

    request_id: int
    message: str


class Engine:
    """make_decoder: for the stop texts of a request. Answers without any stay token ids here. expert_view: is told who
    the runner's records speak of."""

    def __init__(
        self,
        config: EngineConfig,
        runner: Runner,
        eos_token_ids: frozenset[int],
        make_decoder: Callable[[], Decoder] | None = None,
        timeline: Timeline = NO_TIMELINE,
        expert_view: ExpertView | None = None,
    ) -> None:
        self._runner = runner
        self._expert_view = expert_view
        self._timeline = timeline
        self._eos_token_ids = eos_token_ids
        self._make_decoder = make_decoder
        self._blocks = BlockManager(runner.num_blocks, runner.block_size, config.prefix_cache)
        self._scheduler = Scheduler(config, self._blocks, runner.max_model_len)
        self._encoders = EncoderCache(runner, config.encoder_cache_tokens)
        self._sequences: dict[int, Sequence] = {}
        self._is_encoders_turn = True
        self._meter = StepMeter()
        self._requests = RequestMeter()
        self._max_draft_tokens = config.speculation
        self._num_drafted_tokens = 0
        self._num_accepted_tokens = 0
        self._num_encoder_runs = 0
        self._num_rank_restarts = 0
        self.queue_limits = QueueSize(config.max_num_waiting, config.max_waiting_tokens)
        self.encoder_run: EncoderRun | None = None  # may be read from any thread
        self.is_abandoned: Callable[[int], bool] = lambda request_id: False  # whether its abort() is on its way

    @property
    def queue_size(self) -> QueueSize:
        """What waits now. May be asked from any thread."""
        return QueueSize(self._scheduler.num_waiting, self._scheduler.num_waiting_tokens)

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
            num_waiting_tokens=self._scheduler.num_waiting_tokens,
            num_cached_blocks=self._blocks.num_cached,
            num_prompt_tokens=self._scheduler.num_prompt_tokens,
            num_cached_tokens=self._scheduler.num_cached_tokens,
            num_preemptions=self._scheduler.num_preemptions,
            num_steps=self._meter.num_steps,
            last_step_s=self._meter.last_step_s,
            tokens_per_s=self._meter.tokens_per_s if self.has_work else 0.0,
            num_answered=self._requests.num_answered,
            num_failed=self._requests.num_failed,
            num_aborted=self._requests.num_aborted,
            num_generated_tokens=self._requests.num_generated_tokens,
            num_drafted_tokens=self._num_drafted_tokens,
            num_accepted_tokens=self._num_accepted_tokens,
            num_encoder_runs=self._num_encoder_runs,
            num_rank_restarts=self._num_rank_restarts,
            queue_wait=self._requests.queue_wait.snapshot(),
            time_to_first_token=self._requests.time_to_first_token.snapshot(),
            inter_token=self._requests.inter_token.snapshot(),
            requests=all_request_stats(list(self._sequences.values()), self._scheduler, self._encoders),
        )

    def add(
        self, request_id: int, prompt: Prompt, params: SamplingParams, submitted_at: float, session: str = ""
    ) -> None:
        """Queue a request; submitted_at is perf_counter() when its caller began to wait. Refusals are EngineErrors.

        Requests of one session wait in one line and may find each other's tokens in the prefix cache.
        """
        assert request_id not in self._sequences and params.n == 1, (request_id, params.n)
        sequence = Sequence(request_id, prompt, params, submitted_at, session)
        if self._max_draft_tokens:
            sequence.drafter = Drafter(prompt.token_ids, self._max_draft_tokens)
        if params.stop:
            sequence.text = self._text(params.stop)
        self._scheduler.add(sequence)
        sequence.media_ids = [self._encoders.hold(digest) for digest in sequence.media_digests]
        self._sequences[request_id] = sequence
        if self._expert_view:
            self._expert_view.follow(sequence)

    def abort(self, request_id: int) -> None:
        """Drop a request and free its blocks. Does nothing to one that has finished."""
        if request_id in self._sequences:
            self._requests.num_aborted += 1
            self._drop(self._sequences[request_id], "abort", perf_counter())

    def step(self) -> list[Output | Failure]:
        """Compute one step of the requests at hand; one new token each, or more where a draft was right."""
        began_at = perf_counter()
        with self._timeline.span("schedule"):
            plan = self._scheduler.schedule()
        assert plan.sequences, "a step with nothing to compute"
        for part in plan.sequences:
            self._requests.start(self._sequences[part.sequence_id], began_at)
        plan, lacking = self._split(plan)
        if lacking is not None and (self._is_encoders_turn or not plan.sequences):
            return self._encode(*lacking)
        self._is_encoders_turn = True
        plan, failed = restrict_choices(plan, self._sequences, self._eos_token_ids)
        if failed:  # the plan is made anew without them
            return [self._fail(self._sequences[sequence_id], reason) for sequence_id, reason in failed.items()]
        try:
            with self._timeline.span("execute", tokens=plan.num_tokens, sequences=len(plan.sequences)):
                check = partial(self._check_wanted, [part.sequence_id for part in plan.sequences])
                results = execute_apart(partial(self._runner.execute, check=check), plan)
        except Interrupted:
            return []
        except RanksRestarted as lost:
            return self._start_anew(plan, lost.has_failed_step)
        now = perf_counter()
        outputs = [output for part, result in results for output in self._commit(part, result, now)]
        self._count()
        self._scheduler.pace.record(plan.num_tokens, now - began_at)
        self._encoders.trim(self._needed_media)
        self._meter.record(began_at, now, sum(isinstance(output, Output) for output in outputs))
        return outputs

    def _commit(self, plan: SequencePlan, result: StepResult, now: float) -> list[Output | Failure]:
        """What the step has computed becomes part of the sequence; no token while its prompt is not read to the end."""
        sequence = self._sequences[plan.sequence_id]
        if sequence.id in result.failed:
            self._blocks.distrust(sequence)
            return [self._fail(sequence, result.failed[sequence.id])]
        if plan.logprob_targets:
            sequence.prompt_logprobs += result.logprobs[sequence.id]
        num_read = len(plan.token_ids) - len(plan.draft_choices)
        if not plan.is_sampled:
            sequence.num_computed += num_read
            self._blocks.publish(sequence)
            return []
        sequence.is_suspect = False
        token_ids = self._accepted(sequence, plan.draft, result) + [result.sampled[sequence.id]]
        reason = None
        for num_new, token_id in enumerate(token_ids, start=1):  # noqa: B007
            sequence.append(token_id)
            self._requests.token(sequence, now)
            if token_id not in self._eos_token_ids and (lost_form := follow(sequence, token_id)):
                return [self._fail(sequence, lost_form)]
            if (reason := self._finish_reason(sequence, token_id)) is not None:
                break  # what the draft has beyond was never said
        sequence.num_computed += num_read + num_new - 1
        self._blocks.publish(sequence)
        logprobs = result.sampled_logprobs.get(sequence.id)
        outputs = [Output(sequence.id, token_id) for token_id in token_ids[:num_new]]
        if logprobs:
            outputs = [replace(output, logprob=value) for output, value in zip(outputs, logprobs, strict=False)]
        if reason is not None:
            finish = Finish(reason, usage(sequence, now), sequence.prompt_logprobs)
            outputs[-1] = replace(outputs[-1], finish=finish)
            self._requests.num_answered += 1
            self._drop(sequence, reason, now)
        return [*outputs]

    def _accepted(self, sequence: Sequence, draft: list[int], result: StepResult) -> list[int]:
        """The tokens of the draft that the model has chosen too."""
        if not draft:
            return []
        num_accepted = result.num_accepted.get(sequence.id, 0)
        assert sequence.drafter is not None
        sequence.drafter.learn(len(draft), num_accepted)
        self._num_drafted_tokens += len(draft)
        self._num_accepted_tokens += num_accepted
        return draft[:num_accepted]

    def _split(self, plan: StepPlan) -> tuple[StepPlan, tuple[Sequence, int] | None]:
        """What can be computed now, and whose medium must be encoded first for the rest."""
        lacking = [
            (self._sequences[part.sequence_id], feature.media_id)
            for part in plan.sequences
            for feature in part.features
            if not self._encoders.use(feature.media_id)
        ]
        ids = {sequence.id for sequence, _ in lacking}
        ready = [part for part in plan.sequences if part.sequence_id not in ids]
        return StepPlan(ready), lacking[0] if lacking else None

    def _needed_media(self) -> set[int]:
        """Whose features are read in the next steps: of a waiting request they can be made again."""
        return {media_id for sequence in self._scheduler.running for media_id in sequence.unread_media()}

    def _encode(self, sequence: Sequence, media_id: int) -> list[Output | Failure]:
        """A step that runs an encoder; the plan is made anew after it, when others may have come or gone.

        The next step is for those who wait for no encoder: however many pictures come, answers go on between them.
        """
        self._is_encoders_turn = False
        media = sequence.media[sequence.media_ids.index(media_id)]
        holders = [holder.id for holder in self._sequences.values() if media_id in holder.media_ids]
        num_media, num_encoded = media_progress(sequence, self._encoders)
        self._num_encoder_runs += 1
        self.encoder_run = EncoderRun(sequence.id, num_encoded + 1, num_media)
        began_at = perf_counter()
        try:
            with self._timeline.span("encode", tokens=media.num_tokens):
                self._encoders.encode(media_id, media, self._needed_media, partial(self._check_wanted, holders))
        except Interrupted:
            return []
        except EngineError as error:
            return [self._fail(sequence, str(error))]
        except Exception:
            logger.exception("an encoder failed")
            return [self._fail(sequence, MEDIA_FAILED)]
        finally:
            self.encoder_run = None
            sequence.encode_s += perf_counter() - began_at
        return []

    def _check_wanted(self, request_ids: list[int]) -> None:
        """Raises Interrupted when all of these are about to be aborted."""
        if all(map(self.is_abandoned, request_ids)):
            raise Interrupted

    def _start_anew(self, plan: StepPlan, is_one_guilty: bool) -> list[Output | Failure]:
        """Every sequence is replayed: its prompt and what it has generated. Its caller sees a pause.

        Where one of the plan was the cause, each of them is read alone until it has shown that it was not the one.
        """
        self._num_rank_restarts += 1
        self._timeline.mark("ranks restarted")
        self._scheduler.put_all_back()
        parts = [self._sequences[part.sequence_id] for part in plan.sequences] if is_one_guilty else []
        if len(parts) == 1:
            return [self._fail(parts[0], STEP_FAILED)]
        for sequence in parts:
            sequence.is_suspect = True
        return []

    def _fail(self, sequence: Sequence, message: str) -> Failure:
        self._requests.num_failed += 1
        self._drop(sequence, "failed", perf_counter())
        return Failure(sequence.id, message)

    def _drop(self, sequence: Sequence, end: str, now: float) -> None:
        self._timeline.request(sequence, end, now)
        del self._sequences[sequence.id]
        if self._expert_view:
            self._expert_view.leave(sequence)
        self._encoders.release(sequence.media_ids)
        self._scheduler.remove(sequence)

    def _count(self) -> None:
        self._timeline.count("requests", running=self._scheduler.num_running, waiting=self._scheduler.num_waiting)
        self._timeline.count("blocks", used=self._blocks.num_blocks - self._blocks.num_free)

    def _finish_reason(self, sequence: Sequence, token_id: int) -> FinishReason | None:
        if token_id in self._eos_token_ids and not sequence.params.ignore_eos:
            return "stop"
        if sequence.text is not None:
            sequence.text.push([token_id])
            if sequence.text.has_stopped:
                return "stop"
        if sequence.matcher is not None and sequence.matcher.is_finished:
            return "stop"
        if sequence.num_generated >= sequence.params.max_tokens or sequence.num_tokens >= self.max_model_len:
            return "length"
        return None

    def _text(self, stop: tuple[str, ...]) -> AnswerText:
        if self._make_decoder is None:
            raise InvalidRequest("This model has no tokenizer, so stop texts cannot be found in its answers.")
        return AnswerText(self._make_decoder(), self._eos_token_ids, stop)
