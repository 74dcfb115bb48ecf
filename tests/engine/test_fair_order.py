"""Many people on one model: nobody's queue starves another's."""

from collections import Counter

from engine.media import Prompt
from engine.sampling_params import SamplingParams
from tests.engine.fakes import PagedRunner
from tests.engine.test_engine import make_engine


def test_one_session_with_64_requests_does_not_starve_seven_others():
    engine = make_engine(PagedRunner(num_blocks=400), max_num_seqs=8)
    sessions = ["greedy"] * 64 + [f"user {i}" for i in range(7)]
    for request_id, session in enumerate(sessions):
        prompt = Prompt([request_id, 1, 2])
        engine.add(request_id, prompt, SamplingParams(max_tokens=20), submitted_at=0.0, session=session)

    num_tokens = Counter()
    while num_tokens["user 0"] < 20:
        num_tokens.update(sessions[output.request_id] for output in engine.step())

    assert max(num_tokens.values()) <= 2 * min(num_tokens[f"user {i}"] for i in range(7))


def test_64_sessions_on_8_places_get_on_alike():
    engine = make_engine(PagedRunner(num_blocks=400), max_num_seqs=8)
    for request_id in range(64):
        engine.add(
            request_id,
            Prompt([request_id, 1]),
            SamplingParams(max_tokens=10),
            submitted_at=0.0,
            session=str(request_id),
        )

    order = []
    while engine.has_work:
        order += [output.request_id for output in engine.step() if output.finish]

    assert order == sorted(order)  # first come, first served: who waits is never overtaken


def test_nobody_is_put_back_for_a_newcomer_that_would_not_fit_all_the_same():
    """It comes next, though, before the rest of the other session's line."""
    engine = make_engine(PagedRunner(num_blocks=20), max_num_seqs=4)
    for request_id in range(6):
        prompt = Prompt([request_id, 1, 2, 3])
        engine.add(request_id, prompt, SamplingParams(max_tokens=10), submitted_at=0.0, session="ann")
    engine.step()
    engine.add(6, Prompt(list(range(70))), SamplingParams(max_tokens=5), submitted_at=0.0, session="bob")

    order = [output.request_id for _ in range(10) for output in engine.step() if output.finish]

    assert engine.stats().num_preemptions == 0
    assert order == [0, 1, 2, 3]
    assert engine.stats().requests[-1].stage != "waiting"


def test_as_many_are_put_back_as_a_newcomer_needs():
    engine = make_engine(PagedRunner(num_blocks=20), max_num_seqs=4)
    for request_id in range(4):
        prompt = Prompt([request_id, 1, 2, 3])
        engine.add(request_id, prompt, SamplingParams(max_tokens=10), submitted_at=0.0, session="ann")
    engine.step()
    engine.add(4, Prompt(list(range(55))), SamplingParams(max_tokens=5), submitted_at=0.0, session="bob")

    engine.step()

    stats = engine.stats()
    assert [request.request_id for request in stats.requests if request.stage != "waiting"] == [0, 1, 4]
    assert stats.num_preemptions == 2


def test_places_in_the_queue_are_the_order_in_which_all_will_be_served():
    engine = make_engine(PagedRunner(num_blocks=400), max_num_seqs=2)
    sessions = ["ann"] * 4 + ["bob"] * 2 + ["eve"]
    for request_id, session in enumerate(sessions):
        engine.add(request_id, Prompt([request_id, 1]), SamplingParams(max_tokens=8), submitted_at=0.0, session=session)
    engine.step()
    places = {request.request_id: request.place for request in engine.stats().requests}

    order = []
    while engine.has_work:
        order += [output.request_id for output in engine.step() if output.finish]

    waiting = sorted((place, request_id) for request_id, place in places.items() if place)
    assert [place for place, _ in waiting] == [1, 2, 3, 4, 5]
    assert [request_id for _, request_id in waiting] == [i for i in order if places[i]]
