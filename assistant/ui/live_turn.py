"""One running turn: the agent works in a thread of its own, the page reads along at its own pace.

The page never paces the agent, and a stop never waits for it: events are queued without bound, and updates() ends soon
after stop() even while a tool is being killed.
"""

import asyncio
import logging
import threading
from collections.abc import AsyncIterator, Callable
from time import perf_counter

from assistant.checked_turn import CheckedTurn
from assistant.events import Event, Failed, Finished
from assistant.ui.answer import Answer
from assistant.ui.live_turns import LiveTurns
from assistant.ui.turn_progress import ProgressWatch

logger = logging.getLogger(__name__)

UPDATE_INTERVAL_S = 0.05  # 20 a second look smooth; every update costs the browser a redraw
STOP_GRACE_S = 0.2  # how long a stopped turn may take to hand over its last words


class LiveTurn:
    """Make it in the event loop that reads updates(). on_event and on_end are called in the turn's thread.

    internal_error is what the reader is told when the agent itself breaks. It is one of turns while its thread lives.
    """

    def __init__(
        self,
        turn: CheckedTurn,
        on_event: Callable[[Event], None],
        on_end: Callable[[list[Event]], None],
        internal_error: str,
        turns: LiveTurns,
    ) -> None:
        self._turn = turn
        self._on_event = on_event
        self._on_end = on_end
        self._internal_error = internal_error
        self._loop = asyncio.get_running_loop()
        self._events: asyncio.Queue[tuple[float, Event] | None] = asyncio.Queue()  # None: stop reading
        self._ended = asyncio.Event()
        self._started_at = perf_counter()
        self._turns = turns
        turns.add()
        threading.Thread(target=self._work, name="turn", daemon=True).start()

    async def wait(self) -> None:
        """Until the agent's thread is done with it."""
        await self._ended.wait()

    def stop(self) -> None:
        """End the turn; call it in the event loop, as often as you like."""
        self._turn.cancel()
        self._loop.call_later(STOP_GRACE_S, self._events.put_nowait, None)

    async def updates(self) -> AsyncIterator[Answer]:
        """The answer so far whenever it or its progress has changed, at most every UPDATE_INTERVAL_S; the last one has
        an end."""
        answer, watch = Answer(), ProgressWatch(self._turn)
        while answer.end is None:
            items = await watch.event_or_pause(self._events)
            for item in items:
                if answer.end is None:
                    self._add(item, answer)
            if watch.look(answer) or items:
                yield answer
                await asyncio.sleep(UPDATE_INTERVAL_S)

    def _add(self, item: tuple[float, Event] | None, answer: Answer) -> None:
        at_s, event = item or (self._seconds(), Finished("stopped", (), self._seconds()))
        answer.add(event, at_s)

    def _work(self) -> None:
        events: list[Event] = []
        try:
            for event in self._turn:
                events.append(event)
                self._on_event(event)
                self._post(event)
            self._on_end(events)
        except Exception:
            logger.exception("a turn failed")
            self._post(Failed(self._internal_error))
        finally:
            self._in_loop(self._ended.set)
            self._turns.remove()

    def _post(self, event: Event) -> None:
        at_s = self._seconds()
        self._in_loop(lambda: self._events.put_nowait((at_s, event)))

    def _in_loop(self, call: Callable[[], None]) -> None:
        try:
            self._loop.call_soon_threadsafe(call)
        except RuntimeError:
            logger.debug("the server has stopped; nobody reads this turn any more")

    def _seconds(self) -> float:
        return perf_counter() - self._started_at
