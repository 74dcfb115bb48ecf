"""make soak, chaos and visitors in seconds; what takes time on a busy machine is measured there, not asserted here."""

import secrets
import signal
import sys
from contextlib import contextmanager
from pathlib import Path
from statistics import median

import pytest

from tests.endurance import cancels, chaos, crowd, mixed_load, visitors
from tests.endurance.figures import Figure, report
from tests.endurance.mixed_load import MB, Outcome
from tests.endurance.resources import held
from tests.golden import GOLDEN, needs_golden

pytestmark = [
    pytest.mark.timeout(240),
    pytest.mark.skipif(sys.platform != "linux", reason="looks for what is left behind in /proc"),
]


def test_64_clients_on_8_places_get_on_alike_and_those_too_many_are_refused_at_once():
    outcome = crowd.gather()

    assert outcome.failures == []
    assert outcome.num_answers == crowd.NUM_CLIENTS
    assert outcome.refusal_s
    assert median(outcome.refusal_s) <= crowd.MAX_REFUSAL_S
    assert 1 <= outcome.ratio_at_first_end <= outcome.worst_ratio <= crowd.MAX_RATIO


def test_cancels_leave_nothing_behind():
    outcome = cancels.cancel_often(40)

    assert outcome.num_cancels == 40
    assert outcome.most_steps_after <= 1
    assert outcome.num_lost_blocks == 0
    assert not any(outcome.leaks.values()), outcome.leaks


@needs_golden
def test_a_mixed_load_ends_every_request_as_it_should():
    outcome = mixed_load.run(GOLDEN / "pro-tiny", duration_s=8.0, tell=False)

    assert outcome.failures == []
    assert outcome.ends["answered"] > 0
    assert outcome.num_lost_blocks == 0
    assert not any(outcome.leaks.values()), outcome.leaks


def test_killed_ranks_lose_no_answer_and_change_no_token():
    outcome = chaos.disturb([signal.SIGKILL] * 2, num_ranks=2, num_clients=4)

    assert outcome.lost == []
    assert outcome.num_wrong == 0
    assert outcome.num_answers > 0
    assert len(outcome.away[signal.SIGKILL]) == 2


def test_the_slope_is_that_of_memory_after_the_warm_up():
    growing = [(second, 100 * MB + second * MB) for second in range(60)]
    steady = [(60.0 + second, 160 * MB + second * MB // 60) for second in range(60)]

    outcome = Outcome(samples=growing + steady)

    assert outcome.slope_mb_per_min(after_s=60) == pytest.approx(1.0, rel=1e-3)
    assert outcome.slope_mb_per_min(after_s=0) > 20


def test_a_broken_limit_is_an_exit_status(capsys):
    assert report([Figure("a", 1.0, 1.0, "s"), Figure("b", 5.0)]) == 0
    assert report([Figure("c", 1.1, 1.0, "s")]) == 1
    assert "BROKEN" in capsys.readouterr().out


def test_a_segment_left_behind_is_held_and_one_that_was_there_is_not():
    with shared_memory() as older:
        before = held()
        with shared_memory() as newer:
            assert {older, newer} <= held().segments
            assert held().beyond(before)["shared memory segments"] == 1
        assert held().beyond(before)["shared memory segments"] == 0


@contextmanager
def shared_memory():
    """The name of a segment that nobody has mapped."""
    path = Path(f"/dev/shm/endurance-{secrets.token_hex(8)}")
    path.touch()
    yield path.name
    path.unlink()


def test_what_is_held_shows_an_open_file(tmp_path):
    before = held()

    with open(tmp_path / "file", "w"):
        assert held().beyond(before)["file descriptors"] == 1
    assert held().beyond(before)["file descriptors"] == 0


def test_visitors_see_nothing_of_each_other_and_leave_nothing_open():
    outcome = visitors.run(4, duration_s=5.0)

    assert outcome.failures == []
    assert outcome.intrusions == []
    assert outcome.did["tried"] > 100
    assert outcome.did["opened"] > 0
    assert outcome.more_files == 0
