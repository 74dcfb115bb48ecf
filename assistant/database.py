"""One SQLite file under the data folder, for what outlives the process. What a commit has returned from is on disk.

Who keeps something there brings the tables it needs, as a script of CREATE TABLE IF NOT EXISTS.
"""

import os
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

VERSION = 1  # of the tables all together; it changes when an old file needs more than new tables
BUSY_TIMEOUT_S = 10.0  # another process, such as a backup, may hold the file for a moment


class DatabaseError(Exception):
    """One line for whoever starts the app: why the file cannot be used, and the way out."""


class Database:
    """Callable from any thread; one call at a time."""

    def __init__(self, path: Path, schemas: Sequence[str]) -> None:
        """path: made, for its owner alone, when it is missing. DatabaseError when it cannot be used."""
        self._path = path
        self._lock = threading.RLock()
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600))
            self._connection = sqlite3.connect(
                path, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False
            )
            self._prepare(schemas)
        except (OSError, sqlite3.Error) as error:
            raise DatabaseError(
                f"{path} cannot be used: {error}. Choose another --data-dir, or move the file away to begin anew."
            ) from error

    def _prepare(self, schemas: Sequence[str]) -> None:
        self._connection.row_factory = sqlite3.Row
        self._connection.execute("PRAGMA journal_mode = WAL")  # readers of a copy do not wait for a writer
        self._connection.execute("PRAGMA synchronous = FULL")
        self._connection.execute("PRAGMA foreign_keys = ON")
        (version,) = self._connection.execute("PRAGMA user_version").fetchone()
        if version > VERSION:
            raise DatabaseError(
                f"{self._path} was written by a newer Benchside (version {version} of its tables; this one knows "
                f"{VERSION}). Start the newer one, or choose another --data-dir."
            )
        for schema in schemas:
            self._connection.executescript(schema)
        self._connection.execute(f"PRAGMA user_version = {VERSION}")

    def rows(self, query: str, *values: object) -> list[sqlite3.Row]:
        with self._lock:
            return self._connection.execute(query, values).fetchall()

    def row(self, query: str, *values: object) -> sqlite3.Row | None:
        rows = self.rows(query, *values)
        return rows[0] if rows else None

    def write(self, statement: str, *values: object) -> int:
        """Run one statement and commit it, or add it to the transaction() it stands in; how many rows it changed."""
        with self._lock:
            return self._connection.execute(statement, values).rowcount

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All that is written inside is kept, or, after an exception, nothing of it. Transactions may nest."""
        with self._lock:
            if self._connection.in_transaction:
                yield
                return
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    @property
    def num_bytes(self) -> int:
        """That are in use; the file may be larger."""
        (row,) = self.rows(
            "SELECT (page_count - freelist_count) * page_size FROM "
            "pragma_page_count(), pragma_freelist_count(), pragma_page_size()"
        )
        return int(row[0])

    def close(self) -> None:
        with self._lock:
            self._connection.close()
