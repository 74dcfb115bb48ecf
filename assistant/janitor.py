"""Keeps all that is kept within its limits, and clears away what nobody will miss."""

import logging
import threading
import time
from collections.abc import Callable

from assistant.attachments.store import AttachmentStore
from assistant.conversations import ConversationStore
from assistant.database import Database

logger = logging.getLogger(__name__)

PAUSE_S = 60.0
EMPTY_AGE_S = 24 * 3600.0  # of a conversation that was opened and never used
EMPTY = """
SELECT id FROM conversations
WHERE used_at < ? AND NOT EXISTS (SELECT 1 FROM turns WHERE conversation_id = conversations.id)
"""


class Janitor:
    """is_used: whether a conversation must stay now. start() it to look once a minute; close() at the end."""

    def __init__(
        self,
        database: Database,
        store: ConversationStore,
        attachments: AttachmentStore,
        is_used: Callable[[str], bool],
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._database = database
        self._store = store
        self._attachments = attachments
        self._is_used = is_used
        self._clock = clock
        self._is_closed = threading.Event()
        self._thread = threading.Thread(target=self._work, name="janitor", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        self._is_closed.set()
        if self._thread.ident:
            self._thread.join()

    def clean_up(self) -> None:
        """Delete conversations that were never used; then, while there is too much, what models have read of files, and
        the conversations that were unused for longest. The newest one is never too much."""
        for row in self._database.rows(EMPTY, self._clock() - EMPTY_AGE_S):
            self._store.delete(row["id"])
        self._attachments.drop_readings(self._attachments.room.surplus_bytes)
        oldest_first = [row["id"] for row in self._database.rows("SELECT id FROM conversations ORDER BY used_at")]
        for conversation_id in oldest_first[:-1]:
            if self._attachments.room.surplus_bytes <= 0:
                return
            if not self._is_used(conversation_id):
                logger.warning("the conversation that was unused for longest is deleted: all take more than they may")
                self._store.delete(conversation_id)

    def _work(self) -> None:
        while True:
            try:
                self.clean_up()
            except Exception:
                logger.exception("cleaning up failed; it is tried again in a minute")
            if self._is_closed.wait(PAUSE_S):
                return
