"""The files of conversations by the names under which the model and the tools know them, oldest first."""

from dataclasses import dataclass

from assistant.database import Database

MAX_RESULTS = 200
MAX_RESULT_BYTES = 64 * 2**20

# place: in the order of arrival; NULL for a name that was given once and whose file has left.
SCHEMA = """
CREATE TABLE IF NOT EXISTS file_names (
    conversation_id TEXT NOT NULL,
    name TEXT NOT NULL,
    file_id TEXT NOT NULL,
    num_bytes INTEGER NOT NULL,
    is_result INTEGER NOT NULL,
    place INTEGER,
    PRIMARY KEY (conversation_id, name)
) WITHOUT ROWID;
"""
LISTED = "SELECT * FROM file_names WHERE conversation_id = ? AND place IS NOT NULL ORDER BY place"
WRITE = """
INSERT OR REPLACE INTO file_names
SELECT ?1, ?2, ?3, ?4, ?5, 1 + coalesce(max(place), 0) FROM file_names WHERE conversation_id = ?1
"""


@dataclass(frozen=True, slots=True)
class Listed:
    """file_id: the SHA-256 of its bytes. is_result: a tool made it, so it leaves when there are too many."""

    file_id: str
    num_bytes: int
    is_result: bool


class FileList:
    """Call it within a transaction. A name stands for one content for good, also after that has left."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, conversation_id: str, name: str, file: Listed) -> str:
        """The name that it is listed under: `cell (2).png` when another file is called cell.png."""
        given = self._free_name(conversation_id, name, file.file_id)
        known = self._database.row(
            "SELECT is_result FROM file_names WHERE conversation_id = ? AND name = ? AND place IS NOT NULL",
            conversation_id, given,
        )  # fmt: skip
        if known is None or known["is_result"]:  # what a person sent stays that, also when a tool makes it again
            self._database.write(WRITE, conversation_id, given, file.file_id, file.num_bytes, file.is_result)
        return given

    def drop_surplus(self, conversation_id: str) -> list[str]:
        """Take the oldest results out while there are too many; the ids of files that no name is left for."""
        listed = self._database.rows(LISTED, conversation_id)
        results = [row for row in listed if row["is_result"]]
        surplus = sum(row["num_bytes"] for row in results) - MAX_RESULT_BYTES
        dropped = {}
        for place, row in enumerate(results):
            if len(results) - place <= MAX_RESULTS and surplus <= 0:
                break
            surplus -= row["num_bytes"]
            dropped[row["name"]] = row["file_id"]
            self._database.write(
                "UPDATE file_names SET place = NULL WHERE conversation_id = ? AND name = ?",
                conversation_id, row["name"],
            )  # fmt: skip
        kept = {row["file_id"] for row in listed if row["name"] not in dropped}
        return [file_id for file_id in dropped.values() if file_id not in kept]

    def ids(self, conversation_id: str) -> dict[str, str]:
        """Name -> id, in order of arrival."""
        return {row["name"]: row["file_id"] for row in self._database.rows(LISTED, conversation_id)}

    def forget(self, conversation_id: str) -> None:
        self._database.write("DELETE FROM file_names WHERE conversation_id = ?", conversation_id)

    def _free_name(self, conversation_id: str, name: str, file_id: str) -> str:
        rows = self._database.rows("SELECT name, file_id FROM file_names WHERE conversation_id = ?", conversation_id)
        ids = {row["name"]: row["file_id"] for row in rows}
        head, dot, suffix = name.rpartition(".")
        stem, end = (head, dot + suffix) if head else (name, "")
        number, candidate = 1, name
        while ids.get(candidate, file_id) != file_id:
            number += 1
            candidate = f"{stem} ({number}){end}"
        return candidate
