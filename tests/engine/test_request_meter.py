"""What the engine counts about requests."""

from engine.media import Prompt
from engine.media_prompt import prompt_of_ids
from engine.ranks.errors import RanksRestarted
from engine.sampling_params import SamplingParams
from tests.engine.fakes import PagedRunner, picture
from tests.engine.test_engine import add_all, make_engine, run_all


def test_every_end_of_a_request_is_counted_as_what_it_was():
    runner = PagedRunner()
    runner.failing_id = 2
    engine = make_engine(runner)
    add_all(engine, [[1], [2], [3], [4]], max_tokens=5)

    engine.step()
    engine.abort(3)
    while engine.has_work:
        engine.step()

    stats = engine.stats()
    assert (stats.num_answered, stats.num_failed, stats.num_aborted) == (2, 1, 1)
    assert stats.num_generated_tokens == 2 * 5 + 1


def test_waits_are_counted_once_a_request_and_once_a_token():
    engine = make_engine(PagedRunner(num_blocks=13))  # some are put back and start again
    add_all(engine, [[1] * 10, [2] * 10, [3] * 10], max_tokens=20)

    run_all(engine)

    stats = engine.stats()
    assert stats.num_preemptions > 0
    assert stats.queue_wait.num_times == stats.time_to_first_token.num_times == 3
    assert stats.inter_token.num_times == 3 * 19


def test_waiting_is_measured_from_when_the_caller_asked(monkeypatch):
    clock = iter(range(100, 200))
    monkeypatch.setattr("engine.engine.perf_counter", lambda: float(next(clock)))
    engine = make_engine(PagedRunner())
    engine.add(0, Prompt([1]), SamplingParams(max_tokens=3), submitted_at=98.0)

    run_all(engine)

    stats = engine.stats()
    assert stats.queue_wait.total_s == 2.0
    assert stats.time_to_first_token.total_s == 3.0
    assert stats.inter_token.total_s == 4.0


def test_encoder_runs_and_restarts_of_the_ranks_are_counted():
    runner = PagedRunner()
    engine = make_engine(runner)
    prompt = prompt_of_ids([1, 900, 900, 900], (picture(3),), runner.placeholder_ids)
    for request_id in range(2):
        engine.add(request_id, prompt, SamplingParams(max_tokens=4), submitted_at=0.0)
    for _ in range(3):
        engine.step()

    def lose_once(plan):
        runner.before_step = lambda plan: None
        runner.wipe()
        raise RanksRestarted("rank 1 ended")

    runner.before_step = lose_once
    run_all(engine)

    stats = engine.stats()
    assert (stats.num_encoder_runs, stats.num_rank_restarts, stats.num_answered) == (1, 1, 2)
