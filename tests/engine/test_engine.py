import random

import pytest

from engine import engine as engine_module
from engine.config import EngineConfig
from engine.engine import Engine, Failure
from engine.errors import EngineError, PromptTooLong
from engine.failing_step import STEP_FAILED
from engine.media import Prompt
from engine.sampling_params import SamplingParams
from tests.engine.fakes import PagedRunner, greedy, logprob

PROMPTS = [[1, 2, 3], [4], list(range(30)), [5, 6, 7, 8], list(range(11, 20)), [9] * 17]


def make_engine(runner, eos_token_ids=frozenset(), **config):
    return Engine(EngineConfig("unused", **config), runner, eos_token_ids)


def add_all(engine, prompts, **params):
    for request_id, prompt in enumerate(prompts):
        engine.add(request_id, Prompt(prompt), SamplingParams(**params), submitted_at=0.0)


def run_all(engine):
    """Step until nothing is left; per request its tokens and its finish."""
    tokens, finishes = {}, {}
    while engine.has_work:
        for output in engine.step():
            tokens.setdefault(output.request_id, []).append(output.token_id)
            if output.finish:
                finishes[output.request_id] = output.finish
    return tokens, finishes


def assert_idle(engine):
    stats = engine.stats()
    assert (stats.num_running, stats.num_waiting) == (0, 0)
    assert stats.num_free_blocks == stats.num_blocks


CIRCUMSTANCES = [
    pytest.param({}, {}, id="all-in-one-batch"),
    pytest.param({}, {"max_num_batched_tokens": 5}, id="chunked-prefill"),
    pytest.param({}, {"max_num_batched_tokens": 1}, id="one-token-a-step"),
    pytest.param({}, {"max_num_seqs": 1}, id="one-at-a-time"),
    pytest.param({"num_blocks": 13}, {}, id="preemption"),
    pytest.param({"num_blocks": 13}, {"max_num_batched_tokens": 7}, id="preemption-and-chunked-prefill"),
    pytest.param({"block_size": 1, "num_blocks": 200}, {}, id="blocks-of-one-token"),
]


@pytest.mark.parametrize(("runner", "config"), CIRCUMSTANCES)
def test_circumstances_change_no_greedy_token(runner, config):
    engine = make_engine(PagedRunner(**runner), **config)
    add_all(engine, PROMPTS, max_tokens=20)

    tokens, _ = run_all(engine)

    assert tokens == {i: greedy(prompt, 20) for i, prompt in enumerate(PROMPTS)}
    assert_idle(engine)


@pytest.mark.parametrize(("runner", "config"), CIRCUMSTANCES)
def test_circumstances_change_no_sampled_token(runner, config):
    alone = []
    for prompt in PROMPTS:
        single = make_engine(PagedRunner())
        add_all(single, [prompt], max_tokens=20, temperature=1.0, seed=5)
        alone.append(run_all(single)[0][0])
    engine = make_engine(PagedRunner(**runner), **config)
    add_all(engine, PROMPTS, max_tokens=20, temperature=1.0, seed=5)

    tokens, _ = run_all(engine)

    assert tokens == dict(enumerate(alone))


@pytest.mark.parametrize(("runner", "config"), CIRCUMSTANCES)
def test_circumstances_change_no_prompt_logprob(runner, config):
    engine = make_engine(PagedRunner(**runner), **config)
    add_all(engine, PROMPTS, max_tokens=20, prompt_logprobs=8)

    _, finishes = run_all(engine)

    for i, prompt in enumerate(PROMPTS):
        positions = range(max(1, len(prompt) - 8), len(prompt))
        assert finishes[i].prompt_logprobs == [logprob(prompt[:p], prompt[p]) for p in positions]


def test_the_preemption_circumstance_preempts():
    runner = PagedRunner(num_blocks=13)
    engine = make_engine(runner)
    add_all(engine, PROMPTS, max_tokens=20)

    run_all(engine)

    first_reads = [part.sequence_id for plan in runner.plans for part in plan.sequences if part.start == 0]
    assert len(first_reads) > len(PROMPTS)


def test_requests_without_a_seed_sample_differently():
    engine = make_engine(PagedRunner())
    add_all(engine, [[1, 2], [1, 2]], max_tokens=10, temperature=1.0)

    tokens, _ = run_all(engine)

    assert tokens[0] != tokens[1]


def test_an_eos_token_ends_the_answer_and_is_its_last_token():
    answer = greedy([1, 2, 3], 5)
    engine = make_engine(PagedRunner(), eos_token_ids=frozenset([answer[2]]))
    add_all(engine, [[1, 2, 3]], max_tokens=5)

    tokens, finishes = run_all(engine)

    assert tokens[0] == answer[:3]
    assert finishes[0].reason == "stop"
    assert_idle(engine)


def test_ignore_eos_goes_on_to_max_tokens():
    answer = greedy([1, 2, 3], 5)
    engine = make_engine(PagedRunner(), eos_token_ids=frozenset([answer[2]]))
    add_all(engine, [[1, 2, 3]], max_tokens=5, ignore_eos=True)

    tokens, finishes = run_all(engine)

    assert tokens[0] == answer
    assert finishes[0].reason == "length"


def test_an_eos_token_at_max_tokens_counts_as_stop():
    answer = greedy([1, 2, 3], 1)
    engine = make_engine(PagedRunner(), eos_token_ids=frozenset(answer))
    add_all(engine, [[1, 2, 3]], max_tokens=1)

    _, finishes = run_all(engine)

    assert finishes[0].reason == "stop"


def test_an_answer_ends_where_the_model_can_read_no_further():
    engine = make_engine(PagedRunner(max_model_len=10))
    add_all(engine, [[1, 2, 3]], max_tokens=100)

    tokens, finishes = run_all(engine)

    assert tokens[0] == greedy([1, 2, 3], 7)
    assert finishes[0].reason == "length"


def test_the_cache_limits_the_model_length_too():
    engine = make_engine(PagedRunner(num_blocks=3, block_size=4, max_model_len=1000))

    add_all(engine, [list(range(11))], max_tokens=100)

    assert engine.max_model_len == 12
    assert len(run_all(engine)[0][0]) == 1


def test_usage_counts_from_submission_on_the_engine_clock(monkeypatch):
    times = iter([12.0, 13.0, 13.5, 14.0, 16.0, 16.5])  # before and after each step
    monkeypatch.setattr(engine_module, "perf_counter", lambda: next(times))
    engine = make_engine(PagedRunner())
    engine.add(0, Prompt([1, 2]), SamplingParams(max_tokens=3), submitted_at=10.0)

    _, finishes = run_all(engine)

    usage = finishes[0].usage
    assert (usage.prompt_tokens, usage.completion_tokens) == (2, 3)
    assert (usage.time_to_first_token_s, usage.decode_s) == (3.0, 3.5)
    assert usage.tokens_per_s == pytest.approx(2 / 3.5)


def test_an_aborted_request_frees_its_blocks_at_once_and_the_others_go_on():
    engine = make_engine(PagedRunner())
    add_all(engine, [[1, 2, 3], [4, 5]], max_tokens=6)
    engine.step()

    engine.abort(0)

    assert engine.stats().num_running == 1
    assert engine.stats().num_free_blocks == 64 - 1
    tokens, _ = run_all(engine)
    assert tokens == {1: greedy([4, 5], 6)[1:]}


def test_a_step_that_nobody_waits_for_any_more_is_given_up_and_leaves_nothing():
    runner = PagedRunner()
    engine = make_engine(runner)
    prompt = list(range(30))
    add_all(engine, [prompt, prompt], max_tokens=6)
    engine.is_abandoned = lambda request_id: True

    assert engine.step() == [] and runner.plans == []

    for request_id in (0, 1):
        engine.abort(request_id)
    assert_idle(engine)
    assert engine.stats().num_cached_blocks == 0
    engine.is_abandoned = lambda request_id: False
    engine.add(2, Prompt(prompt), SamplingParams(max_tokens=6), submitted_at=0.0)
    assert run_all(engine)[0] == {2: greedy(prompt, 6)}


def test_a_step_goes_on_while_one_of_its_requests_is_waited_for():
    engine = make_engine(PagedRunner())
    add_all(engine, [[1, 2, 3], [4, 5]], max_tokens=6)
    engine.is_abandoned = lambda request_id: request_id == 0

    tokens, _ = run_all(engine)

    assert tokens[1] == greedy([4, 5], 6)


def test_aborting_a_waiting_or_unknown_request_is_safe():
    engine = make_engine(PagedRunner(), max_num_seqs=1)
    add_all(engine, [[1], [2]], max_tokens=3)
    engine.step()

    engine.abort(1)
    engine.abort(1)
    engine.abort(77)

    assert run_all(engine)[0].keys() == {0}


def test_a_refused_request_leaves_nothing_behind():
    engine = make_engine(PagedRunner(max_model_len=4))

    with pytest.raises(PromptTooLong):
        add_all(engine, [[1, 2, 3, 4]])

    assert not engine.has_work


def test_a_failed_step_ends_its_requests_and_the_others_get_their_answers(caplog):
    runner = PagedRunner()
    engine = make_engine(runner, max_num_seqs=2)
    add_all(engine, PROMPTS[:4], max_tokens=6)
    engine.step()
    runner.before_step = fail

    outputs = engine.step()

    assert outputs == [Failure(0, STEP_FAILED), Failure(1, STEP_FAILED)]
    assert "the model is broken" in caplog.text
    runner.before_step = lambda plan: None
    assert run_all(engine)[0] == {i: greedy(PROMPTS[i], 6) for i in (2, 3)}
    assert_idle(engine)


def test_a_sequence_without_a_next_token_ends_alone():
    runner = PagedRunner()
    engine = make_engine(runner)
    add_all(engine, PROMPTS[:3], max_tokens=6)
    runner.failing_id = 1

    outputs = engine.step()

    assert outputs[1] == Failure(1, "No token.")
    tokens, _ = run_all(engine)
    assert tokens == {i: greedy(PROMPTS[i], 6)[1:] for i in (0, 2)}
    assert_idle(engine)


def fail(plan):
    raise ZeroDivisionError("the model is broken")


@pytest.mark.parametrize("seed", range(8))
def test_blocks_never_leak_in_a_random_life(seed):
    chance = random.Random(seed)
    runner = PagedRunner(num_blocks=chance.randint(6, 20), max_model_len=chance.randint(10, 60))
    engine = make_engine(runner, max_num_batched_tokens=chance.randint(1, 20), max_num_seqs=chance.randint(1, 6))
    num_steps = chance.randint(200, 400)

    alive, prompts, tokens = set(), {}, {}
    for request_id in range(num_steps):
        runner.before_step = fail if chance.random() < 0.02 else lambda plan: None
        try:
            if chance.random() < 0.5:
                prompt = [chance.randrange(1000) for _ in range(chance.randint(1, 30))]
                engine.add(
                    request_id, Prompt(prompt), SamplingParams(max_tokens=chance.randint(1, 30)), submitted_at=0.0
                )
                alive.add(request_id)
                prompts[request_id], tokens[request_id] = prompt, []
            if alive and chance.random() < 0.1:
                victim = chance.choice(sorted(alive))
                engine.abort(victim)
                alive.remove(victim)
            for output in engine.step() if engine.has_work else []:
                assert output.request_id in alive
                if isinstance(output, Failure):
                    alive.remove(output.request_id)
                    continue
                tokens[output.request_id].append(output.token_id)
                if output.finish:
                    alive.remove(output.request_id)
        except EngineError as refusal:
            assert "at most" in str(refusal)
        stats = engine.stats()
        assert stats.num_running + stats.num_waiting == len(alive)

    assert tokens == {i: greedy(prompts[i], len(answer)) for i, answer in tokens.items()}
    for request_id in alive:
        engine.abort(request_id)
    assert_idle(engine)
