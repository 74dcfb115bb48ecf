import pytest

from engine.errors import EngineStopped, QueueFull
from engine.front_door import FrontDoor, QueueSize


def door(inside=QueueSize(0, 0), limits=QueueSize(2, 100)):  # noqa: B008 - frozen
    return FrontDoor(limits, lambda: inside)


def nothing():
    pass


def test_requests_on_their_way_count_as_waiting():
    entrance = door()
    entrance.enter(10, nothing)
    entrance.enter(10, nothing)

    with pytest.raises(QueueFull, match="2 requests are waiting and at most 2 may"):
        entrance.enter(10, nothing)
    entrance.arrive(10)
    entrance.enter(10, nothing)


def test_who_looks_in_is_told_what_would_keep_him_out():
    entrance = door(limits=QueueSize(1, 100))

    entrance.look_in()
    entrance.enter(10, nothing)

    with pytest.raises(QueueFull, match="1 requests are waiting and at most 1 may"):
        entrance.look_in()
    assert entrance.num_refused == 0


def test_long_prompts_are_refused_by_their_tokens():
    with pytest.raises(
        QueueFull, match="Prompts of 90 tokens are waiting; with the 20 of this one it would be more than"
    ):
        door(QueueSize(1, 90)).enter(20, nothing)


def test_a_single_prompt_may_wait_however_long_it_is():
    door().enter(10_000, nothing)


def test_a_closed_door_says_why_and_lets_nobody_in():
    entrance = door()
    entered = []
    entrance.close("Closed for repairs.")

    with pytest.raises(EngineStopped, match=r"Closed for repairs\."):
        entrance.enter(1, lambda: entered.append(1))

    assert entered == []
