"""A stop that anybody may ask for, and that reaches whoever is waiting at that moment."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class CancelToken:
    """One turn's stop button. cancel() may be called from any thread, and more than once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._is_cancelled = False
        self._interrupts: list[Callable[[], None]] = []

    @property
    def is_cancelled(self) -> bool:
        return self._is_cancelled

    def cancel(self) -> None:
        with self._lock:
            self._is_cancelled = True
            interrupts, self._interrupts = self._interrupts, []
        for interrupt in interrupts:
            interrupt()

    @contextmanager
    def interrupting(self, interrupt: Callable[[], None]) -> Iterator[None]:
        """While inside, cancel() calls interrupt, at most once and from its own thread; at once if it came before.

        interrupt must be quick and harmless when the work it interrupts has just ended.
        """
        with self._lock:
            is_late = self._is_cancelled
            if not is_late:
                self._interrupts.append(interrupt)
        if is_late:
            interrupt()
        try:
            yield
        finally:
            with self._lock:
                if interrupt in self._interrupts:
                    self._interrupts.remove(interrupt)
