"""An answer does not depend on who else is being answered, nor on how prompts are cut into steps."""

import pytest

from engine.model_runner import ModelRunner
from kernels.cpu_library import load_cpu_library
from tests.engine.exactness.play import make_engine, play, poison
from tests.engine.exactness.requests import NUM_REQUESTS, golden_requests


def test_everybody_alone_gets_the_answer_of_the_reference(model):
    requests = golden_requests(model.case)

    answers = [model.ask_alone(request) for request in requests]

    assert any(request.prompt.inputs for request in requests)
    assert answers == [request.expected for request in requests]


@pytest.mark.parametrize("budget", [64, 512])
def test_a_crowd_changes_no_answer_whatever_the_size_of_a_step(model, budget):
    poison(model.runner)
    answers = play(make_engine(model.runner, max_num_batched_tokens=budget, prefix_cache=False), model.crowd)

    assert len(answers) == NUM_REQUESTS
    assert answers == model.alone


@pytest.mark.parametrize("budget", [1, 7])
def test_prompts_that_are_read_a_few_tokens_at_a_time_get_the_same_answers(model, budget):
    """So many tokens a step for all of them together; the largest media would take most of the time."""
    requests = [request for request in golden_requests(model.case) if len(request.prompt.token_ids) < 300]
    poison(model.runner)
    answers = play(make_engine(model.runner, max_num_batched_tokens=budget), requests)

    assert any(request.prompt.inputs for request in requests)
    assert answers == [request.expected for request in requests]


def test_without_a_compiler_the_answers_are_the_same(model, monkeypatch, tmp_path):
    requests = golden_requests(model.case)
    monkeypatch.setenv("PATH", str(tmp_path))
    load_cpu_library.cache_clear()
    try:
        assert load_cpu_library() is None
        runner = ModelRunner(model.config())
        poison(runner)
        answers = play(make_engine(runner, max_num_batched_tokens=64), requests)
        runner.close()
    finally:
        load_cpu_library.cache_clear()

    assert answers == [request.expected for request in requests]
