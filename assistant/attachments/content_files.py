"""Files by their content, in a folder for each conversation, each with a row that says how much room it takes.

A file is there whole or not at all: it is written under another name, and renamed when its bytes are on the disk.
"""

import os
import secrets
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from assistant.database import Database

PART = "part-"  # how the names of unfinished files and readings begin


class ContentFiles:
    """Callable from any thread."""

    def __init__(self, root: Path, database: Database) -> None:
        self._root = root
        self._database = database
        made(root)

    def folder(self, conversation_id: str) -> Path:
        return self._root / conversation_id

    def path(self, conversation_id: str, content_id: str) -> Path:
        return self._root / conversation_id / "files" / content_id

    @contextmanager
    def part(self, conversation_id: str) -> Iterator[BinaryIO]:
        """A new file to write to; put() it, else it is removed."""
        path = made(self._root / conversation_id / "files") / f"{PART}{secrets.token_hex(8)}"
        try:
            with path.open("xb") as file:
                yield file
        finally:
            path.unlink(missing_ok=True)

    def put(self, conversation_id: str, part: BinaryIO, content_id: str, *, is_named: bool) -> None:
        """Call it in a transaction, after on_disk(). Once kept for more than its names, a file stays kept."""
        num_bytes = part.tell()
        path = self.path(conversation_id, content_id)
        os.replace(part.name, path)
        self._database.write(
            "INSERT INTO contents VALUES (?, ?, ?, ?) "
            "ON CONFLICT DO UPDATE SET is_named = is_named AND excluded.is_named",
            conversation_id, content_id, num_bytes, is_named,
        )  # fmt: skip

    def release(self, conversation_id: str, content_ids: Iterable[str]) -> None:
        """No name stands for them any more. A row goes before its file, so that no row is without one."""
        for content_id in content_ids:
            key = (conversation_id, content_id)
            self._database.write("DELETE FROM contents WHERE conversation_id = ? AND id = ? AND is_named", *key)
            with self._database.transaction():
                if not self._database.row("SELECT 1 FROM contents WHERE conversation_id = ? AND id = ?", *key):
                    self.path(*key).unlink(missing_ok=True)

    def forget(self, conversation_id: str) -> None:
        self._database.write("DELETE FROM contents WHERE conversation_id = ?", conversation_id)
        shutil.rmtree(self.folder(conversation_id), ignore_errors=True)


def on_disk(file: BinaryIO) -> None:
    """Wait until what was written is there for good."""
    file.flush()
    os.fsync(file.fileno())


def made(folder: Path) -> Path:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder
