"""Decide in the caller's thread, before the step in progress ends, who may still wait for an answer."""

import threading
from collections.abc import Callable
from dataclasses import dataclass

from engine.errors import EngineError, EngineStopped, QueueFull


class TooMuchToRead(QueueFull):
    """Few requests wait, but long ones."""

    def __init__(self, num_tokens: int, num_waiting_tokens: int, limit: int) -> None:
        EngineError.__init__(
            self,
            f"Prompts of {num_waiting_tokens:,} tokens are waiting; with the {num_tokens:,} of this one it would be "
            f"more than {limit:,}. Try again in a moment.",
        )


@dataclass(frozen=True, slots=True)
class QueueSize:
    """Requests and the tokens of their prompts."""

    num_requests: int
    num_tokens: int


class FrontDoor:
    """limits: what may wait, on the way to the engine and inside it. Every method may be called from any thread."""

    def __init__(self, limits: QueueSize, waiting_inside: Callable[[], QueueSize]) -> None:
        self._limits = limits
        self._waiting_inside = waiting_inside
        self._num_arriving = 0
        self._num_arriving_tokens = 0
        self._refusal: str | None = None  # why nobody is let in any more
        self._num_refused = 0
        self._lock = threading.Lock()

    @property
    def num_refused(self) -> int:
        return self._num_refused

    def enter(self, num_tokens: int, go_in: Callable[[], None]) -> None:
        """Call go_in, or refuse. No request slips in while close() is under way."""
        with self._lock:
            try:
                self._check(num_tokens)
            except EngineError:
                self._num_refused += 1
                raise
            self._num_arriving += 1
            self._num_arriving_tokens += num_tokens
            go_in()

    def look_in(self) -> None:
        """Raises what would keep everybody out now, so that nothing is prepared in vain."""
        with self._lock:
            self._check(0)

    def arrive(self, num_tokens: int) -> None:
        """One that entered is with the engine."""
        with self._lock:
            self._num_arriving -= 1
            self._num_arriving_tokens -= num_tokens

    def close(self, reason: str) -> None:
        """From now on nobody is let in. May be called again when the reason has changed."""
        with self._lock:
            self._refusal = reason

    def _check(self, num_tokens: int) -> None:
        """A single prompt may wait, however long it is."""
        if self._refusal is not None:
            raise EngineStopped(self._refusal)
        inside = self._waiting_inside()
        num_waiting = inside.num_requests + self._num_arriving
        num_waiting_tokens = inside.num_tokens + self._num_arriving_tokens
        if num_waiting >= self._limits.num_requests:
            raise QueueFull(num_waiting, self._limits.num_requests)
        if num_waiting and num_waiting_tokens + num_tokens > self._limits.num_tokens:
            raise TooMuchToRead(num_tokens, num_waiting_tokens, self._limits.num_tokens)
