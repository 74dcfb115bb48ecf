"""How times are spread, in counts of fixed ranges: the size does not grow with what is recorded."""

from bisect import bisect_left

from engine.messages import Distribution

# Seconds, 1 - 2.5 - 5: from a step of a tiny model to the wait behind a full queue
BOUNDS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 25.0, 50.0, 100.0)


class Histogram:
    def __init__(self) -> None:
        self._counts = [0] * (len(BOUNDS_S) + 1)
        self._total_s = 0.0

    def record(self, seconds: float) -> None:
        self._counts[bisect_left(BOUNDS_S, seconds)] += 1
        self._total_s += seconds

    def snapshot(self) -> Distribution:
        return Distribution(BOUNDS_S, tuple(self._counts), self._total_s)
