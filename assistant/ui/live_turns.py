"""How many turns are being answered, so that the app can wait for them before it ends."""

import threading


class LiveTurns:
    """Callable from any thread."""

    def __init__(self) -> None:
        self._number = 0
        self._change = threading.Condition()

    def __len__(self) -> int:
        return self._number

    def add(self) -> None:
        with self._change:
            self._number += 1

    def remove(self) -> None:
        with self._change:
            self._number -= 1
            self._change.notify_all()

    def wait_for_none(self, timeout_s: float) -> bool:
        """Whether there is none in time."""
        with self._change:
            return self._change.wait_for(lambda: self._number == 0, timeout_s)
