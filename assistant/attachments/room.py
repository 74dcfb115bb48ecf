"""How much may be kept: for one session, in all, and how much of the disk is left to others."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from assistant.database import Database

# Everything that takes room on disk: a file as it was sent or made (id: the SHA-256 of its bytes; is_named: it leaves
# when no name stands for it any more), and what a model reads of one, which can be made again.
SCHEMA = """
CREATE TABLE IF NOT EXISTS contents (
    conversation_id TEXT NOT NULL,
    id TEXT NOT NULL,
    num_bytes INTEGER NOT NULL,
    is_named INTEGER NOT NULL,
    PRIMARY KEY (conversation_id, id)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS readings (
    conversation_id TEXT NOT NULL,
    id TEXT NOT NULL,
    num_bytes INTEGER NOT NULL,
    used_at REAL NOT NULL,
    PRIMARY KEY (conversation_id, id)
) WITHOUT ROWID;
"""
OF_SESSION = """
SELECT coalesce(sum(num_bytes), 0) AS num_bytes FROM contents WHERE conversation_id = ?1 OR conversation_id IN (
    SELECT id FROM conversations WHERE session_id = (SELECT session_id FROM conversations WHERE id = ?1)
)
"""
# Links with the same page show one file.
IN_ALL = """
WITH pages AS (SELECT max(num_bytes) AS num_bytes FROM shares GROUP BY conversation_id, page)
SELECT (SELECT coalesce(sum(num_bytes), 0) FROM contents) + (SELECT coalesce(sum(num_bytes), 0) FROM readings)
    + (SELECT coalesce(sum(num_bytes), 0) FROM pages) AS num_bytes
"""


@dataclass(frozen=True, slots=True)
class RoomLimits:
    """session_bytes: files that were sent or made in all conversations of a session. total_bytes: all that is kept."""

    session_bytes: int = 100 * 2**20
    total_bytes: int = 2 * 2**30
    min_free_bytes: int = 500 * 2**20


class NoRoom(Exception):
    """What is to be kept does not fit. is_disk: the disk is full, else the session's share is used up."""

    def __init__(self, is_disk: bool) -> None:
        super().__init__("the disk is full" if is_disk else "the session's share of the disk is used up")
        self.is_disk = is_disk


class Room:
    """Callable from any thread."""

    def __init__(self, root: Path, database: Database, limits: RoomLimits) -> None:
        self._root = root
        self._database = database
        self.limits = limits

    def left(self, conversation_id: str) -> int:
        """How many bytes may be added to a conversation. NoRoom when the disk is full."""
        if shutil.disk_usage(self._root).free < self.limits.min_free_bytes:
            raise NoRoom(is_disk=True)
        row = self._database.row(OF_SESSION, conversation_id)
        return self.limits.session_bytes - (row["num_bytes"] if row else 0)

    def check(self, conversation_id: str, num_bytes: int) -> None:
        """NoRoom when so many cannot be added."""
        if num_bytes > self.left(conversation_id):
            raise NoRoom(is_disk=False)

    @property
    def surplus_bytes(self) -> int:
        """How many bytes are kept beyond the limit."""
        row = self._database.row(IN_ALL)
        return (row["num_bytes"] if row else 0) + self._database.num_bytes - self.limits.total_bytes
