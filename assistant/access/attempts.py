"""How often something was tried within the last minute, by whom."""

import time
from collections import OrderedDict, deque
from collections.abc import Callable, Hashable

PERIOD_S = 60.0
MAX_KEYS = 10_000  # of whom something is remembered; the one unheard of for longest goes first


class Attempts:
    """Call it from one thread."""

    def __init__(self, limit: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._limit = limit
        self._clock = clock
        self._tries: OrderedDict[Hashable, deque[float]] = OrderedDict()

    def wait_s(self, key: Hashable) -> float:
        """How long until one more is allowed; 0 when it is."""
        tries = self._tries.get(key, deque())
        while tries and tries[0] <= self._clock() - PERIOD_S:
            tries.popleft()
        return 0.0 if len(tries) < self._limit else tries[0] + PERIOD_S - self._clock()

    def add(self, key: Hashable) -> None:
        self._tries.setdefault(key, deque(maxlen=self._limit)).append(self._clock())
        self._tries.move_to_end(key)
        if len(self._tries) > MAX_KEYS:
            self._tries.popitem(last=False)

    def forget(self, key: Hashable) -> None:
        self._tries.pop(key, None)
