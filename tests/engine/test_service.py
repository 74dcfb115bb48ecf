import sys
import threading
import weakref
from concurrent.futures import ThreadPoolExecutor

import pytest

from engine.config import EngineConfig
from engine.engine import Engine
from engine.errors import EngineError, EngineStopped, PromptTooLong, QueueFull
from engine.media import Prompt
from engine.sampling_params import SamplingParams
from engine.service import EngineService
from tests.engine.fakes import CountingEngine, PagedRunner, greedy

STALL, FAIL = CountingEngine.STALL, CountingEngine.FAIL
FOREVER = SamplingParams(max_tokens=1_000_000)


def answer_of(max_tokens):
    return SamplingParams(max_tokens=max_tokens)


def tokens_of(stream):
    return [output.token_id for outputs in stream for output in outputs]


def finish_earlier_commands(service):
    """Commands are handled in order, so with this answer the earlier ones have been handled."""
    assert tokens_of(service.submit(Prompt([1]), answer_of(1))) == [0]


@pytest.fixture
def engine():
    return CountingEngine()


@pytest.fixture
def service(engine):
    service = EngineService(engine)
    yield service
    service.close()


@pytest.fixture
def serve():
    """A service around the real Engine and a given runner."""
    services = []

    def start(runner, **config):
        services.append(EngineService(Engine(EngineConfig("unused", **config), runner, frozenset())))
        return services[-1]

    yield start
    for service in services:
        service.close()


class FirstStep:
    """Holds a runner in its first step until finish()."""

    def __init__(self, runner):
        self._has_begun, self._may_finish = threading.Event(), threading.Event()
        runner.before_step = self._before_step

    def _before_step(self, plan):
        self._has_begun.set()
        assert self._may_finish.wait(timeout=30)

    def wait_until_begun(self):
        assert self._has_begun.wait(timeout=5)

    def finish(self):
        self._may_finish.set()


def test_streams_until_finished(service):
    outputs = [output for batch in service.submit(Prompt([1, 2]), answer_of(3)) for output in batch]

    assert [output.token_id for output in outputs] == [0, 1, 2]
    assert [output.finish and output.finish.reason for output in outputs] == [None, None, "length"]


def test_many_threads_get_each_their_own_answer(service):
    with ThreadPoolExecutor(max_workers=8) as pool:
        answers = list(pool.map(lambda n: tokens_of(service.submit(Prompt([1]), answer_of(n))), range(1, 50)))

    assert answers == [list(range(n)) for n in range(1, 50)]


def test_tokens_that_are_already_waiting_come_together(service):
    stream = service.submit(Prompt([1]), answer_of(5))
    for _ in range(5):
        finish_earlier_commands(service)

    batches = [[output.token_id for output in outputs] for outputs in stream]

    assert batches == [[0, 1, 2, 3, 4]]


def test_a_finished_stream_stays_finished(service):
    stream = service.submit(Prompt([1]), answer_of(2))
    tokens_of(stream)

    assert tokens_of(stream) == []
    stream.cancel()
    assert not stream.is_cancelled


def test_leaving_the_loop_early_aborts_the_request(service, engine):
    stream = service.submit(Prompt([1]), FOREVER)

    for _ in stream:
        break

    finish_earlier_commands(service)
    assert not engine.requests
    assert tokens_of(stream) == []


def test_a_stream_that_nobody_holds_is_aborted(service, engine):
    service.submit(Prompt([STALL]), FOREVER)

    finish_earlier_commands(service)
    assert not engine.requests


def test_cancel_ends_a_stream_that_waits_for_its_first_token(service, engine):
    stream = service.submit(Prompt([STALL]), FOREVER)
    with ThreadPoolExecutor() as pool:
        tokens = pool.submit(tokens_of, stream)

        stream.cancel()

        assert tokens.result(timeout=5) == []
    finish_earlier_commands(service)
    assert not engine.requests


def test_cancel_ends_the_wait_while_a_step_takes_long(service, engine):
    is_in_step, may_go_on = threading.Event(), threading.Event()
    stream = service.submit(Prompt([STALL]), FOREVER)
    finish_earlier_commands(service)
    engine.on_step = lambda: (is_in_step.set(), may_go_on.wait(timeout=30))
    other = service.submit(Prompt([1]), answer_of(1))
    assert is_in_step.wait(timeout=5)
    with ThreadPoolExecutor() as pool:
        tokens = pool.submit(tokens_of, stream)

        stream.cancel()

        assert tokens.result(timeout=5) == []
        may_go_on.set()
    assert tokens_of(other) == [0]


def test_a_cancelled_stream_does_not_show_the_tokens_that_were_waiting(service):
    stream = service.submit(Prompt([1]), answer_of(5))
    for _ in range(5):
        finish_earlier_commands(service)

    stream.cancel()

    assert tokens_of(stream) == []


def test_cancel_frees_the_blocks_before_the_next_step(serve):
    runner = PagedRunner()
    first_step = FirstStep(runner)
    service = serve(runner)
    stream, other = service.submit(Prompt([1] * 40), FOREVER), service.submit(Prompt([2]), answer_of(3))
    first_step.wait_until_begun()

    stream.cancel()

    first_step.finish()
    assert tokens_of(other) == greedy([2], 3)
    assert all(part.sequence_id == 1 for plan in runner.plans[1:] for part in plan.sequences)
    assert service.stats().num_free_blocks == 64


def test_a_refused_prompt_raises_in_its_caller_and_the_engine_goes_on(service):
    stream = service.submit(Prompt([0] * 9), answer_of(1))

    with pytest.raises(PromptTooLong, match="9 tokens long .* at most 8"):
        tokens_of(stream)
    assert tokens_of(stream) == []
    assert tokens_of(service.submit(Prompt([1]), answer_of(1))) == [0]


def test_a_full_queue_refuses_the_newest_and_serves_the_others(serve):
    runner = PagedRunner()
    first_step = FirstStep(runner)
    service = serve(runner, max_num_seqs=1, max_num_waiting=2)
    streams = [service.submit(Prompt([1]), answer_of(2))]
    first_step.wait_until_begun()
    streams += [service.submit(Prompt([i]), answer_of(2)) for i in (2, 3, 4)]

    first_step.finish()

    with pytest.raises(QueueFull, match="2 requests are waiting and at most 2 may"):
        tokens_of(streams[3])
    assert [tokens_of(stream) for stream in streams[:3]] == [greedy([i], 2) for i in (1, 2, 3)]


def test_a_failure_is_an_error_for_its_request_only(service):
    waiting = service.submit(Prompt([STALL]), FOREVER)

    with pytest.raises(EngineError, match="This prompt fails"):
        tokens_of(service.submit(Prompt([FAIL]), FOREVER))

    assert tokens_of(service.submit(Prompt([1]), answer_of(2))) == [0, 1]
    assert service.stats().num_waiting == 1  # the stalled one is still there
    waiting.cancel()


def test_a_runner_that_recovers_serves_the_next_request_with_all_its_blocks(serve):
    runner = PagedRunner()
    runner.before_step = lambda plan: 1 // 0
    service = serve(runner)

    with pytest.raises(EngineError, match="The model failed"):
        tokens_of(service.submit(Prompt([1] * 30), answer_of(3)))

    runner.before_step = lambda plan: None
    stats = service.stats()
    assert (stats.num_running, stats.num_waiting, stats.num_free_blocks) == (0, 0, 64)
    assert tokens_of(service.submit(Prompt([1, 2]), answer_of(3))) == greedy([1, 2], 3)


@pytest.mark.parametrize("crash", [CountingEngine.CRASH_ON_ADD, CountingEngine.CRASH_ON_STEP], ids=["add", "step"])
def test_a_crash_outside_the_runner_is_told_to_every_caller(service, crash):
    waiting = service.submit(Prompt([STALL]), FOREVER)
    crashing = service.submit(Prompt([crash]), FOREVER)

    for stream in (crashing, waiting, service.submit(Prompt([1]), answer_of(1))):
        with pytest.raises(EngineStopped, match="internal error .* Restart the app"):
            tokens_of(stream)
    with pytest.raises(EngineStopped, match="internal error"):
        service.stats()


def test_closing_releases_waiting_callers_and_refuses_new_ones(service):
    waiting = service.submit(Prompt([STALL]), FOREVER)
    with ThreadPoolExecutor() as pool:
        tokens = pool.submit(tokens_of, waiting)

        service.close()

        with pytest.raises(EngineStopped, match="shut down"):
            tokens.result(timeout=5)
    with pytest.raises(EngineStopped, match="shut down"):
        tokens_of(service.submit(Prompt([1]), answer_of(1)))
    with pytest.raises(EngineStopped, match="shut down"):
        service.stats()


def test_a_request_that_meets_the_closing_door_ends_too(engine, switching_often):
    for _ in range(40):
        service = EngineService(engine)
        with ThreadPoolExecutor() as pool:
            closing = pool.submit(service.close)
            streams = [service.submit(Prompt([STALL]), FOREVER) for _ in range(10)]
            closing.result()
            for stream in streams:
                with pytest.raises(EngineStopped):
                    tokens_of(stream)


@pytest.fixture
def switching_often():
    """Threads take turns every microsecond instead of every 5 milliseconds, so that races have their chance."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(usual)


def test_closing_in_the_middle_of_answers_ends_them(service):
    streams = [service.submit(Prompt([1]), FOREVER) for _ in range(5)]

    service.close()

    for stream in streams:
        with pytest.raises(EngineStopped, match="shut down"):
            tokens_of(stream)


def test_draining_answers_those_inside_and_refuses_those_who_come(serve):
    runner = PagedRunner()
    first_step = FirstStep(runner)
    service = serve(runner, max_num_seqs=1)
    streams = [service.submit(Prompt([i]), answer_of(3)) for i in (1, 2, 3)]
    first_step.wait_until_begun()
    with ThreadPoolExecutor() as pool:
        draining = pool.submit(service.drain, 60.0)
        wait_for_draining(service)
        late = service.submit(Prompt([4]), answer_of(3))

        first_step.finish()

        assert [tokens_of(stream) for stream in streams] == [greedy([i], 3) for i in (1, 2, 3)]
        draining.result(timeout=5)
    with pytest.raises(EngineStopped, match="is being shut down and takes no new questions"):
        tokens_of(late)
    with pytest.raises(EngineStopped, match="shut down"):
        service.stats()


def wait_for_draining(service):
    """It begins in another thread."""
    while not service.stats().is_draining:
        pass


def test_draining_ends_after_its_time_and_says_so_to_the_rest(service):
    stream = service.submit(Prompt([1]), FOREVER)

    service.drain(0.05)

    with pytest.raises(EngineStopped, match=r"shut down before this answer was complete\. Ask again"):
        tokens_of(stream)


def test_closing_ends_draining_at_once(service):
    stream = service.submit(Prompt([1]), FOREVER)
    with ThreadPoolExecutor() as pool:
        draining = pool.submit(service.drain, 600.0)
        wait_for_draining(service)

        service.close()

        draining.result(timeout=5)
    with pytest.raises(EngineStopped, match="shut down"):
        tokens_of(stream)


def test_draining_what_has_stopped_returns_and_keeps_the_reason(service):
    with pytest.raises(EngineStopped):
        tokens_of(service.submit(Prompt([CountingEngine.CRASH_ON_STEP]), FOREVER))

    service.drain(60.0)

    with pytest.raises(EngineStopped, match="internal error"):
        service.stats()


def test_refusals_are_counted(serve):
    runner = PagedRunner()
    first_step = FirstStep(runner)
    service = serve(runner, max_num_seqs=1, max_num_waiting=1)
    streams = [service.submit(Prompt([1]), answer_of(2))]
    first_step.wait_until_begun()

    streams += [service.submit(Prompt([i]), answer_of(2)) for i in (2, 3, 4)]

    assert service.stats().num_refused == 2
    first_step.finish()
    assert tokens_of(streams[1]) == greedy([2], 2)


def test_closing_ends_the_thread_and_may_be_repeated(engine):
    threads_before = set(threading.enumerate())
    service = EngineService(engine)

    service.close()
    service.close()

    assert set(threading.enumerate()) == threads_before


def test_requests_that_keep_arriving_do_not_hold_up_the_next_step(service, engine):
    """Every command brings another one until a step is made, which must not take for ever to come."""
    streams = []
    has_stepped = threading.Event()
    engine.on_add = lambda: has_stepped.is_set() or streams.append(service.submit(Prompt([STALL]), FOREVER))
    engine.on_step = has_stepped.set

    assert tokens_of(service.submit(Prompt([1]), answer_of(3))) == [0, 1, 2]
    for stream in streams:
        stream.cancel()


def test_an_idle_engine_is_not_stepped(service, engine):
    num_steps = []
    engine.on_step = lambda: num_steps.append(1)

    tokens_of(service.submit(Prompt([1]), answer_of(2)))
    stalled = service.submit(Prompt([STALL]), FOREVER)
    finish_earlier_commands(service)

    assert len(num_steps) == 3
    stalled.cancel()


def test_an_idle_engine_is_not_polled(service, engine):
    num_looks_before = engine.num_looks

    for _ in range(50):
        finish_earlier_commands(service)

    assert engine.num_looks - num_looks_before <= 50 * 2  # after the command and after the step


def test_stats_follow_a_command_that_leaves_the_engine_idle(service):
    stream = service.submit(Prompt([STALL]), FOREVER)
    finish_earlier_commands(service)
    assert service.stats().num_waiting == 1

    stream.cancel()

    for _ in range(2):  # the second is a later command than the first, so stats are newer than the cancel
        with pytest.raises(PromptTooLong):
            tokens_of(service.submit(Prompt([0] * 9), answer_of(1)))
    assert service.stats().num_waiting == 0


def test_requests_that_are_over_leave_no_outbox_behind(service):
    outboxes = weakref.WeakSet()

    for _ in range(10):
        cancelled, finished = service.submit(Prompt([STALL]), FOREVER), service.submit(Prompt([1]), answer_of(1))
        outboxes |= {cancelled._outbox, finished._outbox}
        cancelled.cancel()
        tokens_of(finished)
    del cancelled, finished

    finish_earlier_commands(service)
    assert not outboxes


def test_submission_time_is_on_the_stream_and_reaches_the_engine(service, engine):
    stream = service.submit(Prompt([STALL]), FOREVER)
    finish_earlier_commands(service)

    ((_, _, submitted_at),) = engine.requests.values()

    assert submitted_at == stream.submitted_at
