"""Who a browser is: a random id in its cookie. Conversations and files belong to it and open to nobody else."""

import hashlib
import hmac
import re
import secrets

from assistant.database import Database

COOKIE = "benchside_session"
SCHEMA = """
CREATE TABLE IF NOT EXISTS secrets (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
"""
_SESSION_ID = re.compile(r"[A-Za-z0-9_-]{43}")


def new_session_id() -> str:
    """256 random bits."""
    return secrets.token_urlsafe(32)


def is_session_id(text: str | None) -> bool:
    return text is not None and bool(_SESSION_ID.fullmatch(text))


class FileLinks:
    """Addresses of artifacts and conversations that open only in the browser they were made for.

    An address ends in a proof, keyed with a secret of this database, so no table of owners has to be kept or bounded.
    """

    def __init__(self, database: Database) -> None:
        database.write("INSERT OR IGNORE INTO secrets VALUES ('file links', ?)", secrets.token_bytes(32))
        row = database.row("SELECT value FROM secrets WHERE name = 'file links'")
        assert row is not None
        self._secret: bytes = row["value"]

    def file_id(self, session_id: str, artifact_id: str) -> str:
        return f"{artifact_id}.{self._proof(session_id, artifact_id)}"

    def artifact_id(self, session_id: str, file_id: str) -> str | None:
        """The artifact behind a file id, or None when it was not made for this session."""
        artifact_id, _, proof = file_id.rpartition(".")
        is_theirs = hmac.compare_digest(proof.encode(), self._proof(session_id, artifact_id).encode())
        return artifact_id if is_theirs else None

    def _proof(self, session_id: str, artifact_id: str) -> str:
        return hmac.new(self._secret, f"{session_id}/{artifact_id}".encode(), hashlib.sha256).hexdigest()[:32]
