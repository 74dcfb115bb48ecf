"""How long steps take, and how many tokens a second have lately come out of them."""

from collections import deque

WINDOW_S = 5.0


class StepMeter:
    def __init__(self) -> None:
        self.num_steps = 0
        self.last_step_s = 0.0
        self._recent: deque[tuple[float, float, int]] = deque()  # began, ended, tokens; of the last WINDOW_S seconds
        self._num_recent_tokens = 0

    def record(self, began_at: float, ended_at: float, num_tokens: int) -> None:
        """Times are perf_counter()'s."""
        self.num_steps += 1
        self.last_step_s = ended_at - began_at
        self._recent.append((began_at, ended_at, num_tokens))
        self._num_recent_tokens += num_tokens
        while self._recent[0][1] < ended_at - WINDOW_S:
            self._num_recent_tokens -= self._recent.popleft()[2]

    @property
    def tokens_per_s(self) -> float:
        """New tokens of all answers together, while there was work; 0 before the first step."""
        if not self._recent or (duration := self._recent[-1][1] - self._recent[0][0]) <= 0:
            return 0.0
        return self._num_recent_tokens / duration
