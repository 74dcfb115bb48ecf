"""The folder that all that outlives the process is kept in: one database, and the files of conversations beside it.

DATA_DIR/benchside.sqlite              what was said, and by whom
DATA_DIR/conversations/CONVERSATION/   the files of one conversation
DATA_DIR/lock                          held by the process that uses the folder
"""

import fcntl
import os
import shutil
import tempfile
import weakref
from pathlib import Path

from assistant import conversations, sessions, stored_artifacts, stored_settings, stored_turns
from assistant.access import logins
from assistant.attachments import file_list, received, room
from assistant.database import Database, DatabaseError
from assistant.handover import share_store

PARTS = (
    *(conversations, stored_turns, stored_artifacts, sessions, stored_settings),
    *(file_list, received, room, share_store, logins),
)
SCHEMAS = tuple(part.SCHEMA for part in PARTS)


class DataFolder:
    """DatabaseError when it cannot be used, or another process uses it."""

    def __init__(self, path: Path) -> None:
        self._lock = _locked(path)
        self.database = Database(path / "benchside.sqlite", SCHEMAS)
        self.conversations = path / "conversations"

    def close(self) -> None:
        self.database.close()
        os.close(self._lock)


class TemporaryData(DataFolder):
    """In a folder of its own, which goes with close() or with the last who knows it."""

    def __init__(self) -> None:
        path = tempfile.mkdtemp(prefix="benchside-")
        super().__init__(Path(path))
        self._remove = weakref.finalize(self, _removed, self.database, self._lock, path)

    def close(self) -> None:
        self._remove()


def _locked(path: Path) -> int:
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = os.open(path / "lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise DatabaseError(f"{path} cannot be used: {error}. Choose another --data-dir.") from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(lock)
        raise DatabaseError(
            f"{path} is in use by another Benchside. End that one, or start this one with another --data-dir."
        ) from None
    return lock


def _removed(database: Database, lock: int, path: str) -> None:
    database.close()
    os.close(lock)
    shutil.rmtree(path, ignore_errors=True)
