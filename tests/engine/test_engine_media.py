"""Pictures in prompts: whatever the circumstances, every placeholder reads its own feature."""

import pytest

from engine.engine import MEDIA_FAILED, Failure
from engine.errors import InvalidRequest
from engine.media_prompt import prompt_of_ids
from engine.sampling_params import SamplingParams
from tests.engine.fakes import PagedRunner, feature, greedy, picture
from tests.engine.test_engine import CIRCUMSTANCES, assert_idle, make_engine, run_all

IMAGE = 900
PICTURES = (picture(3, shade=1), picture(6, shade=2))
REQUESTS = [
    ([1, IMAGE, IMAGE, IMAGE, 2, 3], PICTURES[:1]),
    ([4, 5], ()),
    ([IMAGE] * 3 + [7] + [IMAGE] * 6, PICTURES),
    ([8] + [IMAGE] * 6 + list(range(20)), PICTURES[1:]),
]


def read_as(token_ids, inputs):
    """What the fake model has in its cache after the prompt."""
    rows = iter([feature(item, i) for item in inputs for i in range(item.num_tokens)])
    return [next(rows) if token_id == IMAGE else token_id for token_id in token_ids]


def add_all(engine, runner, **params):
    for request_id, (token_ids, inputs) in enumerate(REQUESTS):
        prompt = prompt_of_ids(token_ids, inputs, runner.placeholder_ids)
        engine.add(request_id, prompt, SamplingParams(**params), submitted_at=0.0)


@pytest.mark.parametrize(("runner", "config"), CIRCUMSTANCES)
def test_circumstances_change_no_greedy_token(runner, config):
    runner = PagedRunner(**runner)
    engine = make_engine(runner, **config)
    add_all(engine, runner, max_tokens=20)

    tokens, _ = run_all(engine)

    assert tokens == {i: greedy(read_as(*request), 20) for i, request in enumerate(REQUESTS)}
    assert_idle(engine)


def test_features_of_the_same_picture_are_computed_once():
    runner = PagedRunner()
    engine = make_engine(runner)
    add_all(engine, runner, max_tokens=3)
    run_all(engine)
    add_all(engine, runner, max_tokens=3)

    tokens, _ = run_all(engine)

    assert tokens == {i: greedy(read_as(*request), 3) for i, request in enumerate(REQUESTS)}
    assert list(runner.encoded.values()) == list(PICTURES)  # the fake refuses to encode a second time


def test_without_room_features_are_let_go_when_the_prompt_is_read():
    runner = PagedRunner()
    engine = make_engine(runner, encoder_cache_tokens=0)
    add_all(engine, runner, max_tokens=1000)

    while not runner.plans or runner.plans[-1].num_tokens > len(REQUESTS):
        engine.step()

    assert not runner.encoded


def test_an_aborted_request_leaves_no_features_behind_that_nobody_has_room_for():
    runner = PagedRunner()
    engine = make_engine(runner, max_num_batched_tokens=2, encoder_cache_tokens=0)
    engine.add(0, prompt_of_ids(*REQUESTS[0], runner.placeholder_ids), SamplingParams(max_tokens=9), submitted_at=0.0)
    while not runner.encoded:
        engine.step()

    engine.abort(0)
    engine.add(1, prompt_of_ids(*REQUESTS[1], runner.placeholder_ids), SamplingParams(max_tokens=1), submitted_at=0.0)
    engine.step()

    assert not runner.encoded


def test_an_answer_goes_on_between_the_encodings_of_another_requests_pictures():
    runner = PagedRunner()
    engine = make_engine(runner)
    engine.add(0, prompt_of_ids([1, 2], (), {}), SamplingParams(max_tokens=20), submitted_at=0.0)
    engine.step()
    pictures = tuple(picture(2, shade) for shade in range(1, 6))
    prompt = prompt_of_ids([IMAGE] * 2 * len(pictures), pictures, runner.placeholder_ids)
    engine.add(1, prompt, SamplingParams(max_tokens=1), submitted_at=0.0)

    answered = [[output.request_id for output in engine.step()] for _ in range(10)]

    assert answered == [[], [0], [], [0], [], [0], [], [0], [], [0, 1]]


@pytest.mark.parametrize(
    ("error", "message"), [(InvalidRequest("No eyes."), "No eyes."), (RuntimeError("a bug"), MEDIA_FAILED)]
)
def test_an_encoder_that_fails_ends_its_own_request_only(error, message):
    runner = PagedRunner()
    engine = make_engine(runner)
    add_all(engine, runner, max_tokens=3)

    def fail(media):
        if media is PICTURES[0]:
            raise error

    runner.before_encode = fail
    failures, tokens = [], {}
    while engine.has_work:
        for output in engine.step():
            if isinstance(output, Failure):
                failures.append(output)
            else:
                tokens.setdefault(output.request_id, []).append(output.token_id)

    assert failures == [Failure(0, message), Failure(2, message)]
    assert tokens == {i: greedy(read_as(*REQUESTS[i]), 3) for i in (1, 3)}
    assert_idle(engine)
