"""The results that people look at: facts in the database, content among the files of their conversation."""

import json
from pathlib import Path
from typing import Protocol

from assistant.database import Database
from assistant.events import Artifact

SCHEMA = """
CREATE TABLE IF NOT EXISTS artifacts (
    id TEXT PRIMARY KEY,
    conversation_id TEXT NOT NULL REFERENCES conversations ON DELETE CASCADE,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    media_type TEXT NOT NULL,
    alt TEXT NOT NULL,
    meta TEXT NOT NULL,
    content_id TEXT NOT NULL,
    is_text INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS artifacts_by_conversation ON artifacts (conversation_id, content_id);
"""


class Contents(Protocol):
    """What is needed of assistant.attachments.store.AttachmentStore."""

    def keep_content(self, conversation_id: str, content: bytes) -> str: ...
    def path(self, conversation_id: str, attachment_id: str) -> Path: ...
    def forget(self, conversation_id: str) -> None: ...


class ArtifactStore:
    """Callable from any thread."""

    def __init__(self, database: Database, contents: Contents) -> None:
        self._database = database
        self._contents = contents

    def add(self, conversation_id: str, artifact: Artifact) -> None:
        """On disk when this returns. Nothing is kept for a conversation that is not there any more."""
        if not self._database.row("SELECT 1 FROM conversations WHERE id = ?", conversation_id):
            return
        is_text = isinstance(artifact.data, str)
        content = artifact.data.encode() if isinstance(artifact.data, str) else artifact.data
        content_id = self._contents.keep_content(conversation_id, content)
        facts = (artifact.kind, artifact.name, artifact.media_type, artifact.alt, json.dumps(artifact.meta))
        self._database.write(
            "INSERT INTO artifacts SELECT ?, id, ?, ?, ?, ?, ?, ?, ? FROM conversations WHERE id = ?",
            artifact.id, *facts, content_id, is_text, conversation_id,
        )  # fmt: skip

    def find(self, artifact_id: str) -> Artifact | None:
        row = self._database.row("SELECT * FROM artifacts WHERE id = ?", artifact_id)
        if row is None:
            return None
        try:
            content = self._contents.path(row["conversation_id"], row["content_id"]).read_bytes()
        except FileNotFoundError:  # its conversation is being deleted
            return None
        data = content.decode() if row["is_text"] else content
        meta = json.loads(row["meta"])
        return Artifact(row["id"], row["kind"], row["name"], row["media_type"], data, row["alt"], meta)
