"""An answer does not depend on what was guessed of it."""

import pytest

from engine import engine as engine_module
from tests.engine.exactness.play import make_engine, play, poison

NUM_REQUESTS = 12  # drafts are made in short steps only


@pytest.mark.parametrize("settings", [{}, {"prefix_cache": False, "max_num_batched_tokens": 16}], ids=str)
def test_drafts_that_are_right_for_a_while_change_no_answer(model, settings, monkeypatch):
    """What these small models say stands nowhere in their prompts, so the drafts come from who knows the answers."""
    requests, answers = model.crowd[:NUM_REQUESTS], model.alone[:NUM_REQUESTS]
    known = {tuple(request.prompt.token_ids): answer for request, answer in zip(requests, answers, strict=True)}

    class Prophet:
        """Whose every fifth word is wrong."""

        def __init__(self, token_ids, max_tokens):
            self.answer, self.num_said, self.max_tokens = known[tuple(token_ids)], 0, max_tokens

        def append(self, token_id):
            self.num_said += 1

        def draft(self, max_tokens):
            places = range(self.num_said, len(self.answer))[: min(max_tokens, self.max_tokens)]
            return [self.answer[i] if i % 5 < 4 else 0 for i in places]

        def learn(self, num_drafted, num_accepted):
            pass

    monkeypatch.setattr(engine_module, "Drafter", Prophet)
    engine = make_engine(model.runner, speculation=4, **settings)
    poison(model.runner)

    answered = play(engine, requests)

    stats = engine.stats()
    assert 0 < stats.num_accepted_tokens < stats.num_drafted_tokens
    assert answered == answers
