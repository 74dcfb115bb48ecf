"""One running turn: the agent works in a thread of its own, and any number of tabs read along at their own pace.

A reader never paces the agent, and a stop never waits for it: a reader is told the end soon after stop() even while a
tool is being killed. A turn that nobody reads goes on for a while, in case its reader comes back.
"""

import logging
import threading
from collections.abc import Callable, Sequence
from time import perf_counter
from typing import Protocol

from assistant.checked_turn import CheckedTurn
from assistant.events import Event, Failed, Finished
from assistant.stored_turn import TimedEvent
from assistant.ui.turn_reader import TurnReader
from engine.messages import Message

logger = logging.getLogger(__name__)

STOP_GRACE_S = 0.2  # how long a stopped turn may take to hand over its last words
UNREAD_GRACE_S = 60.0  # a reload takes a second, a phone that was put away longer


class Log(Protocol):
    """What is needed of assistant.turn_log.TurnLog."""

    def add(self, at_s: float, event: Event) -> Event: ...
    def end(self, at_s: float, event: Finished | Failed, replies: Sequence[Message]) -> None: ...


class LiveTurn:
    """start() it once; then callable from any thread.

    log is told of every event before a reader is, in the turn's thread; on_over is called when that ends.
    internal_error is what readers are told when the agent itself breaks.
    """

    def __init__(
        self,
        turn: CheckedTurn,
        log: Log,
        internal_error: str,
        on_over: Callable[[], None] = lambda: None,
        unread_grace_s: float = UNREAD_GRACE_S,
    ) -> None:
        self._turn = turn
        self._log = log
        self._internal_error = internal_error
        self._on_over = on_over
        self._unread_grace_s = unread_grace_s
        self._started_at = perf_counter()
        self._lock = threading.Lock()
        self._events: list[TimedEvent] = []
        self._readers: set[TurnReader] = set()
        self._unread: threading.Timer | None = None
        self._stopped_at: float | None = None
        self.is_over = False  # its thread is done with it

    def start(self) -> None:
        self._start_unread_timer()
        threading.Thread(target=self._work, name="turn", daemon=True).start()

    def stop(self) -> None:
        """End the turn; as often as you like."""
        self._turn.cancel()
        with self._lock:
            if self._stopped_at is None:
                self._stopped_at = perf_counter()
        self._wake_readers()

    @property
    def has_ended(self) -> bool:
        """For those who read it. Its thread may still be letting go of a tool."""
        return any(isinstance(event, Finished | Failed) for _, event in self.events(0)[-1:])

    def events(self, first: int) -> list[TimedEvent]:
        """Those that have happened, from the first-th on. A stop that is not heard ends them all the same."""
        with self._lock:
            events = self._events[first:]
            is_unheard = self._stopped_at is not None and perf_counter() >= self._stopped_at + STOP_GRACE_S
        if is_unheard and not (events and isinstance(events[-1][1], Finished | Failed)):
            events.append((self._seconds(), Finished("stopped", (), self._seconds())))
        return events

    def seconds_to_stop(self) -> float | None:
        """Until events() ends because of a stop; None without one."""
        with self._lock:
            return None if self._stopped_at is None else max(0.0, self._stopped_at + STOP_GRACE_S - perf_counter())

    def enter(self, reader: TurnReader) -> None:
        with self._lock:
            self._readers.add(reader)
            if self._unread:
                self._unread.cancel()

    def leave(self, reader: TurnReader) -> None:
        with self._lock:
            self._readers.discard(reader)
        self._start_unread_timer()

    def _start_unread_timer(self) -> None:
        with self._lock:
            if self._readers or self.is_over:
                return
            if self._unread:
                self._unread.cancel()
            self._unread = threading.Timer(self._unread_grace_s, self._stop_unread)
            self._unread.daemon = True
            self._unread.start()

    def _stop_unread(self) -> None:
        with self._lock:
            is_read = bool(self._readers)
        if not is_read:
            self.stop()

    def _work(self) -> None:
        try:
            for event in self._turn:
                self._tell(event)
        except Exception:
            logger.exception("a turn failed")
            self._break()
        finally:
            with self._lock:
                self.is_over = True
                if self._unread:
                    self._unread.cancel()
            self._on_over()
            self._wake_readers()

    def _tell(self, event: Event) -> None:
        at_s = self._seconds()
        if isinstance(event, Finished | Failed):
            self._log.end(at_s, event, self._turn.new_messages)
        else:
            event = self._log.add(at_s, event)
        with self._lock:
            self._events.append((at_s, event))
        self._wake_readers()

    def _break(self) -> None:
        """The log itself may be what is broken."""
        failure = (self._seconds(), Failed(self._internal_error))
        with self._lock:
            self._events.append(failure)
        self._log.end(*failure, replies=())

    def _wake_readers(self) -> None:
        with self._lock:
            readers = list(self._readers)
        for reader in readers:
            reader.wake()

    def _seconds(self) -> float:
        return perf_counter() - self._started_at
