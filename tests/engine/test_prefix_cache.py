"""What a request finds of earlier ones: as much as is the same, and nothing that belongs to somebody else."""

from dataclasses import replace

import pytest

from engine.media import Prompt
from engine.media_prompt import prompt_of_ids
from engine.sampling_params import SamplingParams
from tests.engine.fakes import PagedRunner, greedy, picture
from tests.engine.test_engine import make_engine, run_all

IDS = list(range(1, 23))  # five full blocks of four tokens, and two tokens


def ask(engine, request_id, prompt, session="ann", **params):
    """The answer, and how many tokens of the prompt did not have to be read."""
    engine.add(request_id, prompt, SamplingParams(max_tokens=5, **params), submitted_at=0.0, session=session)
    tokens, finishes = run_all(engine)
    return tokens[request_id], finishes[request_id].usage.cached_tokens


def test_the_same_prompt_is_read_once_and_answered_the_same():
    engine = make_engine(PagedRunner())

    answers = [ask(engine, i, Prompt(IDS)) for i in range(2)]

    assert answers == [(greedy(IDS, 5), 0), (greedy(IDS, 5), 20)]


def test_the_last_token_is_always_read_so_that_another_can_follow():
    engine = make_engine(PagedRunner())

    answers = [ask(engine, i, Prompt(IDS[:20])) for i in range(2)]

    assert [cached for _, cached in answers] == [0, 16]


def test_the_next_turn_finds_the_answer_too():
    engine = make_engine(PagedRunner())
    answer, _ = ask(engine, 0, Prompt(IDS))

    _, cached = ask(engine, 1, Prompt([*IDS, *answer, 7, 8, 9]))

    assert cached == 24  # 22 tokens of the prompt and 4 of the answer were read: six full blocks


def test_another_session_finds_only_what_is_shared():
    engine = make_engine(PagedRunner())
    ask(engine, 0, replace(Prompt(IDS), num_shared_tokens=9), "ann")

    _, cached = ask(engine, 1, replace(Prompt(IDS), num_shared_tokens=9), "bob")

    assert cached == 8


def test_without_the_cache_nothing_is_found():
    engine = make_engine(PagedRunner(), prefix_cache=False)

    assert [ask(engine, i, Prompt(IDS))[1] for i in range(2)] == [0, 0]


def test_another_picture_is_another_prefix():
    runner = PagedRunner()
    engine = make_engine(runner)
    ids = [1, 2, 900, 900, 900, 3, 4, 5, 6]
    prompts = [prompt_of_ids(ids, (picture(3, shade),), runner.placeholder_ids) for shade in (1, 2, 1)]

    assert [ask(engine, i, prompt)[1] for i, prompt in enumerate(prompts)] == [0, 0, 8]


def test_log_probabilities_of_a_prompt_are_computed_however_much_of_it_is_known():
    engine = make_engine(PagedRunner())
    ask(engine, 0, Prompt(IDS))

    engine.add(1, Prompt(IDS), SamplingParams(max_tokens=1, prompt_logprobs=6), submitted_at=0.0, session="ann")
    _, finishes = run_all(engine)

    assert len(finishes[1].prompt_logprobs) == 6
    assert finishes[1].usage.cached_tokens == 12  # the token before the six must be read


@pytest.mark.parametrize("num_blocks", [8, 9, 12])
def test_a_small_cache_forgets_and_answers_the_same(num_blocks):
    engine = make_engine(PagedRunner(num_blocks=num_blocks))
    prompts = [[start, *IDS] for start in (50, 60, 70, 50, 60, 70)]

    answers = [ask(engine, i, Prompt(prompt))[0] for i, prompt in enumerate(prompts)]

    assert answers == [greedy(prompt, 5) for prompt in prompts]
    assert engine.stats().num_free_blocks == num_blocks


def test_nobody_begins_with_what_a_failed_request_has_read():
    """It may be what made it fail. Other requests keep what they have of it."""
    runner = PagedRunner()
    engine = make_engine(runner, max_num_batched_tokens=8)
    engine.add(0, Prompt(IDS), SamplingParams(max_tokens=30), submitted_at=0.0)
    for _ in range(3):
        engine.step()
    runner.failing_id = 1
    engine.add(1, Prompt(IDS), SamplingParams(), submitted_at=0.0)

    tokens = [output.token_id for _ in range(3) for output in engine.step() if output.request_id == 0]

    assert engine.stats().num_cached_tokens == 20
    assert engine.stats().num_running == 1
    assert ask(engine, 2, Prompt(IDS), session="") == (greedy(IDS, 5), 0)
    assert greedy(IDS, 30)[1 : 1 + len(tokens)] == tokens
