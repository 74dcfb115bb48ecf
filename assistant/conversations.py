"""Conversations: whose they are, what they are called, and what was said in them. Kept in the database.

A browser only ever holds random ids and addresses; what was said is never taken back from it.
"""

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass

from assistant.attachments.attachment import Question
from assistant.database import Database
from assistant.events import Artifact
from assistant.stored_artifacts import ArtifactStore, Contents
from assistant.stored_turn import StoredTurn
from assistant.stored_turns import TurnStore, searchable

SCHEMA = """
CREATE TABLE IF NOT EXISTS conversations (
    id TEXT PRIMARY KEY,
    session_id TEXT NOT NULL,
    title TEXT NOT NULL DEFAULT '',
    created_at REAL NOT NULL,
    used_at REAL NOT NULL,
    leaf_id INTEGER
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS conversations_by_session ON conversations (session_id, used_at);
"""
MAX_TITLE_LENGTH = 80
SUMMARIES = """
WITH RECURSIVE path (conversation_id, parent_id) AS (
    SELECT turns.conversation_id, turns.parent_id FROM conversations JOIN turns ON turns.id = conversations.leaf_id
    WHERE conversations.session_id = ?1
    UNION ALL
    SELECT turns.conversation_id, turns.parent_id FROM turns JOIN path ON turns.id = path.parent_id
)
SELECT id, title, used_at,
    (SELECT count(*) FROM path WHERE conversation_id = conversations.id) AS num_turns,
    EXISTS (SELECT 1 FROM turns WHERE conversation_id = conversations.id AND instr(said, ?2)) AS is_said
FROM conversations
WHERE session_id = ?1 AND EXISTS (SELECT 1 FROM turns WHERE conversation_id = conversations.id)
ORDER BY used_at DESC, id
"""


@dataclass(frozen=True, slots=True)
class Summary:
    """One line of the list of conversations. updated_at: Unix time. num_turns: on the path that is shown."""

    id: str
    title: str
    updated_at: float
    num_turns: int


class ConversationStore:
    """Callable from any thread. What a call has returned from is on disk. on_delete is called with the id.

    tree: the turns of all conversations.
    """

    def __init__(
        self,
        database: Database,
        contents: Contents,
        on_delete: Callable[[str], None] = lambda conversation_id: None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._database = database
        self._contents = contents
        self._on_delete = on_delete
        self._clock = clock
        self._artifacts = ArtifactStore(database, contents)
        self.tree = TurnStore(database, self._artifacts, clock)

    def create(self, session_id: str) -> str:
        """The id of a new, empty conversation."""
        conversation_id = secrets.token_urlsafe(32)
        now = self._clock()
        self._database.write(
            "INSERT INTO conversations (id, session_id, created_at, used_at) VALUES (?, ?, ?, ?)",
            conversation_id, session_id, now, now,
        )  # fmt: skip
        return conversation_id

    def owner(self, conversation_id: str) -> str | None:
        """The session that it belongs to; None when there is no such conversation."""
        row = self._database.row("SELECT session_id FROM conversations WHERE id = ?", conversation_id)
        return str(row["session_id"]) if row else None

    def __contains__(self, conversation_id: str) -> bool:
        return self.owner(conversation_id) is not None

    def title(self, conversation_id: str) -> str:
        row = self._database.row("SELECT title FROM conversations WHERE id = ?", conversation_id)
        return str(row["title"]) if row else ""

    def summaries(self, session_id: str, query: str = "") -> tuple[Summary, ...]:
        """Newest first, without those in which nothing was asked. query: a part of a title, a question or an answer."""
        folded = searchable(query.strip())
        return tuple(
            Summary(row["id"], row["title"], row["used_at"], row["num_turns"])
            for row in self._database.rows(SUMMARIES, session_id, folded)
            if row["is_said"] or folded in searchable(row["title"])
        )

    def rename(self, conversation_id: str, title: str) -> None:
        self._database.write("UPDATE conversations SET title = ? WHERE id = ?", short_title(title), conversation_id)

    def delete(self, conversation_id: str) -> None:
        """With its turns and files. What is still being written for it is not kept."""
        self._on_delete(conversation_id)
        self._database.write("DELETE FROM conversations WHERE id = ?", conversation_id)
        self._contents.forget(conversation_id)

    def ask(self, conversation_id: str, question: Question, parent_id: int | None) -> int | None:
        """A new turn; the first one names the conversation. None when the conversation is not there any more."""
        names = [question.text, *(attachment.name for attachment in question.attachments)]
        title = next(filter(None, map(short_title, names)), "")
        with self._database.transaction():
            self._database.write(
                "UPDATE conversations SET title = ? WHERE id = ? AND title = ''", title, conversation_id
            )
            return self.tree.begin(conversation_id, question, parent_id)

    def turns(self, conversation_id: str) -> tuple[StoredTurn, ...]:
        """Those on the path that is shown, first to last."""
        return self.tree.path(conversation_id)

    def add_artifact(self, conversation_id: str, artifact: Artifact) -> None:
        self._artifacts.add(conversation_id, artifact)

    def artifact(self, artifact_id: str) -> Artifact | None:
        return self._artifacts.find(artifact_id)


def short_title(text: str) -> str:
    """In one line, and not too long for a list."""
    line = " ".join(text.encode(errors="replace").decode().split())
    return line if len(line) <= MAX_TITLE_LENGTH else line[: MAX_TITLE_LENGTH - 1] + "…"
