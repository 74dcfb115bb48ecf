"""An answer does not depend on who else is being answered, nor on how prompts are cut into steps."""

from hashlib import blake2b

import pytest

from engine.model_runner import ModelRunner
from kernels.cpu_library import load_cpu_library
from tests.engine.exactness.play import make_engine, play, poison
from tests.engine.exactness.requests import NUM_REQUESTS, golden_requests

NUM_COMPARED = 6  # answers of the crowd


def test_everybody_alone_gets_the_answer_of_the_reference(model):
    requests = golden_requests(model.case)

    answers = [model.ask_alone(request) for request in requests]

    assert any(request.prompt.inputs for request in requests)
    assert answers == [request.expected for request in requests]


def test_a_crowd_changes_no_answer(model):
    poison(model.runner)
    answers = play(make_engine(model.runner, prefix_cache=False), model.crowd)

    assert len(answers) == NUM_REQUESTS
    assert answers == model.alone


def test_a_crowd_in_short_steps_changes_no_bit_of_what_an_answer_is_chosen_from(model):
    """By our own operations; torch's round one way or another as the size of a step has it."""
    answers, in_the_crowd = watch(model.runner, model.crowd, max_num_batched_tokens=64)

    assert answers == model.alone
    if load_cpu_library() is None:
        pytest.skip("needs g++ for the rest")
    for i, request in enumerate(model.crowd[:NUM_COMPARED]):
        _, alone = watch(model.runner, [request], max_num_batched_tokens=512)
        assert len(alone) == request.params.max_tokens
        assert alone == {(0, position): in_the_crowd[i, position] for _, position in alone}


def watch(runner, requests, **settings):
    """The answers; and (index of a request, position) -> a digest of the logits behind that position."""
    digests = {}
    forward = runner.forward

    def watched(plan, rows, check):
        logits = forward(plan, rows, check)
        read = [(part.sequence_id, part.start + i) for part in plan.sequences for i in range(len(part.token_ids))]
        digests.update({read[row]: blake2b(values.numpy()).digest() for row, values in zip(rows, logits, strict=True)})
        return logits

    poison(runner)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(runner, "forward", watched)
        answers = play(make_engine(runner, **settings), requests)
    return answers, digests


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
