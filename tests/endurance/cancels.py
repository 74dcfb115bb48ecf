"""Cancel answers at random moments, and look at what stays behind."""

import random
import threading
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic

from engine.interruption import Check
from engine.sampling_params import SamplingParams
from engine.service import EngineService
from engine.step_plan import StepPlan, StepResult
from tests.endurance.figures import Figure
from tests.endurance.resources import held, left_beyond, own_temp_folder
from tests.endurance.tiny_model import random_prompt, tiny_service

NUM_OTHERS = 3  # who stream meanwhile
MAX_TOKENS_READ = 12
LONG = SamplingParams(max_tokens=10_000, temperature=1.0, ignore_eos=True)
SHORT = SamplingParams(max_tokens=20, ignore_eos=True)


class Steps:
    """When each step began, and of which requests."""

    def __init__(self, execute: Callable[[StepPlan, Check], StepResult]) -> None:
        self._execute = execute
        self._begun: list[tuple[float, frozenset[int]]] = []

    def execute(self, plan: StepPlan, check: Check) -> StepResult:
        self._begun.append((monotonic(), frozenset(part.sequence_id for part in plan.sequences)))
        return self._execute(plan, check)

    def num_with(self, request_id: int, since: float) -> int:
        return sum(request_id in requests for began_at, requests in self._begun if began_at > since)


@dataclass(frozen=True, slots=True)
class Outcome:
    """most_steps_after: of one request after its cancel. leaks: what there is more of than before, by kind."""

    num_cancels: int
    most_steps_after: int
    num_lost_blocks: int
    leaks: dict[str, int]


def cancel_often(num_cancels: int) -> Outcome:
    chance = random.Random(2)
    with own_temp_folder(), tiny_service(max_num_seqs=8) as (service, runner):
        _cancel_one(service, chance)  # what is made at the first use is no leak
        before = held()
        steps = Steps(runner.execute)
        runner.execute = steps.execute  # type: ignore[method-assign]
        is_over = threading.Event()
        others = [threading.Thread(target=_stream, args=[service, i, is_over]) for i in range(NUM_OTHERS)]
        for other in others:
            other.start()
        cancels = [_cancel_one(service, chance) for _ in range(num_cancels)]
        is_over.set()
        for other in others:
            other.join()
        while (stats := service.stats()).num_running or stats.num_waiting:
            threading.Event().wait(0.001)
        return Outcome(
            num_cancels=stats.num_aborted - 1,
            most_steps_after=max(steps.num_with(request_id, at) for request_id, at in cancels),
            num_lost_blocks=stats.num_blocks - stats.num_free_blocks,
            leaks=left_beyond(before),
        )


def _cancel_one(service: EngineService, chance: random.Random) -> tuple[int, float]:
    """While it waits, while its prompt is read, or after some tokens. Returns which it was, and when."""
    stream = service.submit(random_prompt(chance, max_tokens=400), LONG, "who cancels")
    num_read, num_wanted = 0, chance.randint(0, MAX_TOKENS_READ)
    threading.Event().wait(chance.choice([0, 0.002, 0.01]))
    for outputs in stream if num_wanted else ():
        num_read += len(outputs)
        if num_read >= num_wanted:
            break
    stream.cancel()
    return stream.request_id, monotonic()


def _stream(service: EngineService, number: int, is_over: threading.Event) -> None:
    chance = random.Random(number)
    while not is_over.is_set():
        for _ in service.submit(random_prompt(chance), SHORT, f"other {number}"):
            pass


def figures(outcome: Outcome) -> list[Figure]:
    return [
        Figure("cancels", outcome.num_cancels),
        Figure("cancels: steps of a request that began after its cancel", outcome.most_steps_after, 1),
        Figure("cancels: blocks that are not free at the end", outcome.num_lost_blocks, 0),
        *(Figure(f"cancels: {kind} left behind", number, 0) for kind, number in outcome.leaks.items()),
    ]
