import pytest

from engine.histogram import BOUNDS_S, Histogram


def test_a_time_is_counted_up_to_the_next_bound():
    histogram = Histogram()

    for seconds in (0.0, 0.001, 0.0011, 100.0, 100.1):
        histogram.record(seconds)

    counts = histogram.snapshot().counts
    assert (counts[0], counts[1], counts[-2], counts[-1]) == (2, 1, 1, 1)
    assert histogram.snapshot().num_times == 5
    assert histogram.snapshot().total_s == pytest.approx(200.1021)


def test_a_snapshot_does_not_change_and_does_not_grow():
    histogram = Histogram()
    before = histogram.snapshot()

    for _ in range(10_000):
        histogram.record(0.02)

    assert before.num_times == 0
    assert len(histogram.snapshot().counts) == len(BOUNDS_S) + 1
