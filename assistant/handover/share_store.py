"""Links to read-only pages: a token that only its receiver knows, what it shows, and when it ends.

The database holds a hash of the token, so who reads the database cannot open a page by its link. A page is a file by
its content, in a folder of its conversation; with the conversation both go.
"""

import hashlib
import json
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from assistant.database import Database

SCHEMA = """
CREATE TABLE IF NOT EXISTS shares (
    id TEXT PRIMARY KEY,
    token_hash TEXT NOT NULL UNIQUE,
    conversation_id TEXT NOT NULL REFERENCES conversations ON DELETE CASCADE,
    page TEXT NOT NULL,
    num_bytes INTEGER NOT NULL,  -- that the page takes on the disk: 0 once it is removed
    includes TEXT NOT NULL,
    created_at REAL NOT NULL,
    expires_at REAL NOT NULL,
    is_revoked INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS shares_by_conversation ON shares (conversation_id, created_at);
"""
OF_SESSION = """
SELECT coalesce(sum(num_bytes), 0) AS num_bytes FROM shares
WHERE NOT is_revoked AND expires_at > ?2 AND conversation_id IN (
    SELECT id FROM conversations WHERE session_id = (SELECT session_id FROM conversations WHERE id = ?1)
)
"""
DAY_S = 24 * 3600
MAX_LINKS = 20  # that work at the same time, of one conversation
KEPT_S = 90 * DAY_S  # how long it is known that there was a link
MAX_SESSION_BYTES = 128 * 2**20  # of the pages of one session's links that work

Include = Literal["thinking", "files"]


@dataclass(frozen=True, slots=True)
class Share:
    """What its owner is told of a link. Times are Unix times."""

    id: str
    includes: tuple[Include, ...]
    created_at: float
    expires_at: float


class TooManyLinks(Exception):
    """The conversation has MAX_LINKS that work."""


class TooMuchShared(Exception):
    """The pages of the session's links would take more than MAX_SESSION_BYTES."""


class LinkEnded(Exception):
    """There was such a link: it has expired, or its owner has ended it."""


class ShareStore:
    """Callable from any thread. folder: where the pages of a conversation are kept."""

    def __init__(
        self, database: Database, folder: Callable[[str], Path], clock: Callable[[], float] = time.time
    ) -> None:
        self._database = database
        self._folder = folder
        self._clock = clock

    def publish(self, conversation_id: str, page: bytes, days: int, includes: Sequence[Include]) -> tuple[str, Share]:
        """The token, which is nowhere kept, and what the list shows of it. TooManyLinks, TooMuchShared."""
        token, now = secrets.token_urlsafe(32), self._clock()
        share = Share(secrets.token_hex(8), tuple(includes), now, now + days * DAY_S)
        with self._database.transaction():
            if len(self.links(conversation_id)) >= MAX_LINKS:
                raise TooManyLinks
            row = self._database.row(OF_SESSION, conversation_id, now)
            if row and row["num_bytes"] + len(page) > MAX_SESSION_BYTES:
                raise TooMuchShared
            self._drop_unused(conversation_id)
            digest = self._keep(conversation_id, page)
            self._database.write(
                "INSERT INTO shares VALUES (?, ?, ?, ?, ?, ?, ?, ?, FALSE)",
                share.id, _hash(token), conversation_id, digest, len(page), json.dumps(includes), now, share.expires_at,
            )  # fmt: skip
        return token, share

    def links(self, conversation_id: str) -> tuple[Share, ...]:
        """Those that work, newest first."""
        rows = self._database.rows(
            "SELECT * FROM shares WHERE conversation_id = ? AND NOT is_revoked AND expires_at > ? "
            "ORDER BY created_at DESC, id",
            conversation_id, self._clock(),
        )  # fmt: skip
        return tuple(
            Share(row["id"], tuple(json.loads(row["includes"])), row["created_at"], row["expires_at"]) for row in rows
        )

    def revoke(self, conversation_id: str, share_id: str) -> bool:
        """Whether there was such a link, and it worked until now."""
        with self._database.transaction():
            found = self._database.write(
                "UPDATE shares SET is_revoked = 1 "
                "WHERE id = ? AND conversation_id = ? AND NOT is_revoked AND expires_at > ?",
                share_id, conversation_id, self._clock(),
            )  # fmt: skip
            self._drop_unused(conversation_id)
        return found == 1

    def page(self, token: str) -> bytes | None:
        """What a link shows; None when there is no such link. LinkEnded."""
        row = self._database.row("SELECT * FROM shares WHERE token_hash = ?", _hash(token))
        if row is None:
            return None
        if row["is_revoked"] or row["expires_at"] <= self._clock():
            raise LinkEnded
        try:
            return self._path(row["conversation_id"], row["page"]).read_bytes()
        except FileNotFoundError as error:  # revoked, or deleted with its conversation, since the row was read
            raise LinkEnded from error

    def drop_ended(self) -> None:
        """Remove what no link shows any more, and forget the links that ended long ago."""
        now = self._clock()
        with self._database.transaction():
            self._database.write("DELETE FROM shares WHERE expires_at <= ?", now - KEPT_S)
            for row in self._database.rows(
                "SELECT DISTINCT conversation_id FROM shares WHERE is_revoked OR expires_at <= ?", now
            ):
                self._drop_unused(row["conversation_id"])

    def _keep(self, conversation_id: str, page: bytes) -> str:
        digest = hashlib.sha256(page).hexdigest()
        path = self._path(conversation_id, digest)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        part = path.with_suffix(f".{secrets.token_hex(8)}")
        part.write_bytes(page)
        part.replace(path)
        return digest

    def _drop_unused(self, conversation_id: str) -> None:
        """Remove the pages that no link shows any more."""
        used = {
            row["page"]
            for row in self._database.rows(
                "SELECT page FROM shares WHERE conversation_id = ? AND NOT is_revoked AND expires_at > ?",
                conversation_id,
                self._clock(),
            )  # fmt: skip
        }
        folder = self._folder(conversation_id)
        for path in folder.iterdir() if folder.is_dir() else ():
            if path.name not in used:
                path.unlink(missing_ok=True)
        self._database.write(
            "UPDATE shares SET num_bytes = 0 WHERE conversation_id = ? AND (is_revoked OR expires_at <= ?)",
            conversation_id, self._clock(),
        )  # fmt: skip

    def _path(self, conversation_id: str, digest: str) -> Path:
        return self._folder(conversation_id) / digest


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()
