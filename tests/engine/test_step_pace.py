"""Steps are short on any machine. Time is a number here: the tokens of a step move it on."""

import pytest

from engine import engine as engine_module
from engine.media import Prompt
from engine.sampling_params import SamplingParams
from engine.step_pace import FEWEST_TOKENS, FIRST_TOKENS, STEP_S, StepPace
from tests.engine.fakes import PagedRunner
from tests.engine.test_engine import add_all, make_engine, run_all


class Clock:
    def __init__(self):
        self.now_s = 0.0
        self.token_s = 0.001

    def spend(self, plan):
        self.now_s += plan.num_tokens * self.token_s


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(engine_module, "perf_counter", lambda: clock.now_s)
    return clock


def make_runner(clock):
    runner = PagedRunner(num_blocks=2000, max_model_len=5000)
    runner.before_step = clock.spend
    return runner


def test_a_long_prompt_is_read_in_steps_of_a_moment(clock):
    runner = make_runner(clock)
    engine = make_engine(runner)
    add_all(engine, [[1] * 1000], max_tokens=1)

    run_all(engine)

    chunks = [plan.num_tokens for plan in runner.plans]
    assert chunks[0] == FIRST_TOKENS
    assert all(99 <= chunk <= 100 for chunk in chunks[1:-1])  # STEP_S, but for the rounding of floats


def test_a_fast_machine_reads_as_much_in_a_step_as_it_is_allowed(clock):
    clock.token_s = 1e-6
    runner = make_runner(clock)
    engine = make_engine(runner, max_num_batched_tokens=300)
    add_all(engine, [[1] * 900], max_tokens=1)

    run_all(engine)

    assert [plan.num_tokens for plan in runner.plans] == [FIRST_TOKENS, 300, 300, 236]


def test_steps_follow_a_machine_that_becomes_slower_and_faster(clock):
    runner = make_runner(clock)
    engine = make_engine(runner)
    add_all(engine, [[1] * 2000], max_tokens=1)
    sizes = []
    for token_s in (0.001, 0.002, 0.0005):
        clock.token_s = token_s
        for _ in range(3):
            engine.step()
        sizes.append(runner.plans[-1].num_tokens)

    assert sizes == pytest.approx([100, 50, 200], abs=1)


def test_prompts_are_read_on_beside_any_number_of_answers(clock):
    clock.token_s = 1.0
    runner = make_runner(clock)
    engine = make_engine(runner, max_num_seqs=50)
    add_all(engine, [[number] for number in range(40)], max_tokens=100)
    engine.step()
    engine.add(40, Prompt([1] * 100), SamplingParams(max_tokens=1), submitted_at=0.0)

    engine.step()

    parts = {part.sequence_id: len(part.token_ids) for part in runner.plans[-1].sequences}
    assert parts == {**dict.fromkeys(range(40), 1), 40: FEWEST_TOKENS}


def test_a_step_of_few_tokens_says_nothing():
    pace = StepPace()
    pace.record(200, STEP_S)
    pace.record(FEWEST_TOKENS - 1, 10 * STEP_S)

    assert pace.num_tokens == 200


def test_a_step_without_time_is_no_error():
    pace = StepPace()
    pace.record(100, 0.0)

    assert pace.num_tokens >= 100
