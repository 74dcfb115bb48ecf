"""What a crash left behind on disk: half-written files, and files of which the database does not know."""

import shutil
from pathlib import Path

from assistant.attachments.content_files import PART
from assistant.attachments.store import is_read
from assistant.database import Database


def remove_leftovers(root: Path, database: Database) -> None:
    """root: the folder of conversations. Call it before anything is written there."""
    known = {row["id"] for row in database.rows("SELECT id FROM conversations")}
    for folder in root.iterdir():
        if folder.name not in known:
            shutil.rmtree(folder, ignore_errors=True)
            continue
        _remove_unknown_files(folder, _ids(database, "SELECT id FROM contents WHERE conversation_id = ?", folder))
        _remove_unknown_readings(folder, _ids(database, "SELECT id FROM readings WHERE conversation_id = ?", folder))


def _ids(database: Database, query: str, folder: Path) -> set[str]:
    return {row["id"] for row in database.rows(query, folder.name)}


def _remove_unknown_files(folder: Path, known: set[str]) -> None:
    for file in (folder / "files").glob("*"):
        if file.name not in known:
            file.unlink()


def _remove_unknown_readings(folder: Path, known: set[str]) -> None:
    """One that was dropped has its preview, and no row."""
    for reading in (folder / "readings").glob("*"):
        if reading.name.startswith(PART) or (is_read(reading) and reading.name not in known):
            shutil.rmtree(reading, ignore_errors=True)
