"""Guessing how an answer goes on changes none. All tests of this folder guess too; this one sees that it is done."""

import pytest

from tests.engine.exactness.play import make_engine, play, poison


@pytest.mark.parametrize("num_tokens", [1, 3, 15])
def test_drafts_change_no_answer(model, num_tokens):
    poison(model.runner)
    engine = make_engine(model.runner, max_num_batched_tokens=64, speculation=num_tokens)

    answers = play(engine, model.crowd)

    assert answers == model.alone
    assert 0 < engine.stats().num_accepted_tokens < engine.stats().num_drafted_tokens
