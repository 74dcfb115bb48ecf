"""One tab that reads a running turn along, in its event loop."""

import asyncio
import logging
from collections.abc import AsyncIterator
from typing import Protocol

from assistant.progress import TurnProgress
from assistant.stored_turn import TimedEvent
from assistant.ui.answer import Answer
from assistant.ui.turn_progress import INTERVAL_S, ProgressWatch

logger = logging.getLogger(__name__)

UPDATE_INTERVAL_S = 0.05  # 20 a second look smooth; every update costs the browser a redraw
LONG_TEXT = 2_000  # characters, from which on a redraw costs more, and a reader is busy with what is there
LONG_UPDATE_INTERVAL_S = 0.12
HEARTBEAT_S = 0.5  # a page that has gone is noticed when it is handed something


class Readable(Protocol):
    """What is needed of assistant.ui.live_turn.LiveTurn."""

    is_over: bool

    def enter(self, reader: "TurnReader") -> None: ...
    def leave(self, reader: "TurnReader") -> None: ...
    def events(self, first: int) -> list[TimedEvent]: ...
    def seconds_to_stop(self) -> float | None: ...
    def progress(self) -> TurnProgress | None: ...


class TurnReader:
    """Make it in the event loop that reads, and iterate updates() or await end() once."""

    def __init__(self, turn: Readable) -> None:
        self._turn = turn
        self._loop = asyncio.get_running_loop()
        self._has_news = asyncio.Event()
        self._has_left = False

    def wake(self) -> None:
        """From any thread."""
        try:
            self._loop.call_soon_threadsafe(self._has_news.set)
        except RuntimeError:
            logger.debug("the server has stopped; nobody reads this turn any more")

    def leave(self) -> None:
        """End updates(); call it in the event loop."""
        self._has_left = True
        self._has_news.set()

    async def updates(self) -> AsyncIterator[Answer]:
        """The answer so far, again when it or its progress has changed and every HEARTBEAT_S; the last has an end."""
        answer, num_events, watch = Answer(), 0, ProgressWatch(self._turn)
        told_at = self._loop.time()
        self._turn.enter(self)
        try:
            while answer.end is None and not self._has_left:
                events = self._turn.events(num_events)
                num_events += len(events)
                for at_s, event in events:
                    answer.add(event, at_s)
                if watch.look(answer) or events or self._loop.time() >= told_at + HEARTBEAT_S:
                    told_at = self._loop.time()
                    yield answer
                if answer.end is None:
                    is_long = len(answer.text) > LONG_TEXT
                    await self._news(LONG_UPDATE_INTERVAL_S if is_long else UPDATE_INTERVAL_S, INTERVAL_S)
        finally:
            self._turn.leave(self)

    async def over(self) -> None:
        """Until the turn's thread is done with it. Whoever waits does not read."""
        self._turn.enter(self)
        try:
            while not self._turn.is_over:
                await self._news(UPDATE_INTERVAL_S, HEARTBEAT_S)
        finally:
            self._turn.leave(self)

    async def _news(self, min_s: float, max_s: float) -> None:
        """Until something has happened, but not less than min_s and not more than max_s."""
        await asyncio.sleep(min_s)
        to_stop = self._turn.seconds_to_stop()
        try:
            async with asyncio.timeout(max_s if to_stop is None else min(to_stop, max_s)):
                await self._has_news.wait()
        except TimeoutError:
            pass
        self._has_news.clear()
