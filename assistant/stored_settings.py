"""What a session wants remembered between visits: the settings of its turns, whether its list of chats is open."""

import json
from typing import Any

from assistant.database import Database

SCHEMA = """
CREATE TABLE IF NOT EXISTS settings (
    session_id TEXT NOT NULL,
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (session_id, name)
) WITHOUT ROWID;
"""


class SettingsStore:
    """Values are what JSON can say. Callable from any thread."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def read(self, session_id: str, name: str, default: Any = None) -> Any:
        row = self._database.row("SELECT value FROM settings WHERE session_id = ? AND name = ?", session_id, name)
        return json.loads(row["value"]) if row else default

    def write(self, session_id: str, name: str, value: Any) -> None:
        self._database.write("INSERT OR REPLACE INTO settings VALUES (?, ?, ?)", session_id, name, json.dumps(value))
