"""One tab that reads a running turn along, in its event loop."""

import asyncio
import logging
from collections.abc import AsyncIterator
from typing import Protocol

from assistant.stored_turn import TimedEvent
from assistant.ui.answer import Answer

logger = logging.getLogger(__name__)

UPDATE_INTERVAL_S = 0.05  # 20 a second look smooth; every update costs the browser a redraw
HEARTBEAT_S = 1.0  # a page that has gone is noticed when it is handed something


class Readable(Protocol):
    """What is needed of assistant.ui.live_turn.LiveTurn."""

    is_over: bool

    def enter(self, reader: "TurnReader") -> None: ...
    def leave(self, reader: "TurnReader") -> None: ...
    def events(self, first: int) -> list[TimedEvent]: ...
    def seconds_to_stop(self) -> float | None: ...


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
        """The answer so far, again when it has grown and every HEARTBEAT_S; the last one has an end."""
        answer, num_events = Answer(), 0
        self._turn.enter(self)
        try:
            while answer.end is None and not self._has_left:
                for at_s, event in self._turn.events(num_events):
                    answer.add(event, at_s)
                    num_events += 1
                if num_events:
                    yield answer
                if answer.end is None:
                    await self._news()
        finally:
            self._turn.leave(self)

    async def over(self) -> None:
        """Until the turn's thread is done with it. Whoever waits does not read."""
        self._turn.enter(self)
        try:
            while not self._turn.is_over:
                await self._news()
        finally:
            self._turn.leave(self)

    async def _news(self) -> None:
        """Until something has happened, but not less than UPDATE_INTERVAL_S and not more than HEARTBEAT_S."""
        await asyncio.sleep(UPDATE_INTERVAL_S)
        to_stop = self._turn.seconds_to_stop()
        try:
            async with asyncio.timeout(HEARTBEAT_S if to_stop is None else min(to_stop, HEARTBEAT_S)):
                await self._has_news.wait()
        except TimeoutError:
            pass
        self._has_news.clear()
