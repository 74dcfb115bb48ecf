"""Which files a conversation has received, and what they are."""

from assistant.attachments.attachment import Attachment
from assistant.database import Database

SCHEMA = """
CREATE TABLE IF NOT EXISTS attachments (
    conversation_id TEXT NOT NULL,
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    num_bytes INTEGER NOT NULL,
    has_own_rate INTEGER NOT NULL,
    PRIMARY KEY (conversation_id, id)
) WITHOUT ROWID;
"""


class Received:
    """Callable from any thread."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, conversation_id: str, attachment: Attachment) -> None:
        facts = (attachment.name, attachment.kind, attachment.num_bytes, attachment.has_own_rate)
        self._database.write(
            "INSERT OR REPLACE INTO attachments VALUES (?, ?, ?, ?, ?, ?)", conversation_id, attachment.id, *facts
        )

    def find(self, conversation_id: str, attachment_id: str) -> Attachment | None:
        row = self._database.row(
            "SELECT * FROM attachments WHERE conversation_id = ? AND id = ?", conversation_id, attachment_id
        )
        if row is None:
            return None
        return Attachment(row["id"], row["name"], row["kind"], row["num_bytes"], bool(row["has_own_rate"]))

    def forget(self, conversation_id: str) -> None:
        self._database.write("DELETE FROM attachments WHERE conversation_id = ?", conversation_id)
