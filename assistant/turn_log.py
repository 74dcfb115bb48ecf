"""The events of running turns on their way to the database: often enough that a crash loses a quarter of a second.

What a person could miss is written before it is shown: results of tools, and the end. Words are written a moment later
by one thread for all turns, so that many answers share a commit and none waits for the disk.
"""

import logging
import threading
from collections.abc import Sequence
from dataclasses import replace

from assistant.attachments.room import NoRoom
from assistant.conversations import ConversationStore
from assistant.database import Database
from assistant.events import Event, Failed, Finished, ToolFinished
from assistant.stored_turn import TimedEvent, append_merged_
from engine.messages import Message

logger = logging.getLogger(__name__)

INTERVAL_S = 0.2


class TurnLogs:
    """Callable from any thread. close() at the end."""

    def __init__(self, database: Database, store: ConversationStore) -> None:
        self._database = database
        self._store = store
        self._lock = threading.Lock()
        self._with_news: set[TurnLog] = set()
        self._has_news = threading.Event()
        self._is_closed = threading.Event()
        self._thread = threading.Thread(target=self._work, name="turn log", daemon=True)

    def open(self, conversation_id: str, turn_id: int) -> "TurnLog":
        with self._lock:
            if not self._thread.ident:
                self._thread.start()
        return TurnLog(self, self._database, self._store, conversation_id, turn_id)

    def close(self) -> None:
        self._is_closed.set()
        self._has_news.set()
        if self._thread.ident:
            self._thread.join()

    def note(self, log: "TurnLog") -> None:
        """It has something to be written soon."""
        with self._lock:
            self._with_news.add(log)
        self._has_news.set()

    def _work(self) -> None:
        while not self._is_closed.is_set():
            self._has_news.wait()
            self._is_closed.wait(INTERVAL_S)
            self._has_news.clear()
            with self._lock:
                logs, self._with_news = self._with_news, set()
            try:
                with self._database.transaction():
                    for log in logs:
                        log.flush()
            except Exception:
                logger.exception("what was said last could not be written; it is tried again at the end of its turn")


class TurnLog:
    """Of one turn, in which add() and end() are called in one thread."""

    def __init__(
        self, logs: TurnLogs, database: Database, store: ConversationStore, conversation_id: str, turn_id: int
    ) -> None:
        self._logs = logs
        self._database = database
        self._store = store
        self._conversation_id = conversation_id
        self._turn_id = turn_id
        self._lock = threading.Lock()
        self._events: list[TimedEvent] = []
        self._unwritten: list[TimedEvent] = []
        self._num_written = 0

    def add(self, at_s: float, event: Event) -> Event:
        """The event as it is kept. A finished tool is on disk, with the results that fit, when this returns."""
        if isinstance(event, ToolFinished):
            event = self._with_kept_artifacts(event)
        with self._lock:
            append_merged_(self._events, at_s, event)
            append_merged_(self._unwritten, at_s, event)
        if isinstance(event, ToolFinished):
            self.flush()
        else:
            self._logs.note(self)
        return event

    def _with_kept_artifacts(self, event: ToolFinished) -> ToolFinished:
        kept, summary = [], event.summary
        for artifact in event.artifacts:
            try:
                self._store.add_artifact(self._conversation_id, artifact)
                kept.append(artifact)
            except NoRoom as refusal:
                summary += f"\nNote: {artifact.name} is not kept, {refusal}. Delete a conversation to make room."
        return replace(event, summary=summary, artifacts=tuple(kept))

    def end(self, at_s: float, event: Finished | Failed, replies: Sequence[Message]) -> None:
        """All is on disk when this returns. Of a turn that failed the model is not told: a question that was too long
        would make every later one too long as well."""
        with self._database.transaction():
            with self._lock:
                self._unwritten = []
            append_merged_(self._events, at_s, event)
            told = () if isinstance(event, Failed) else replies
            self._store.tree.finish(self._turn_id, self._events, told)

    def flush(self) -> None:
        with self._database.transaction():
            with self._lock:
                events, self._unwritten = self._unwritten, []
            self._store.tree.add_events(self._turn_id, self._num_written, events)
            self._num_written += len(events)
