"""The files that people attach, and what was read out of them: on disk, by content, in a folder per conversation.

    ROOT/CONVERSATION/files/SHA256          a file as it was sent, or as a tool made it
    ROOT/CONVERSATION/readings/READING/     what the model reads of one: input.npz or text.json, and a preview

Every name below ROOT is made here; a person's file name is never part of a path. Names, kinds and sizes are in the
database.
"""

import asyncio
import hashlib
import re
import shutil
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO, Literal

from assistant.attachments.attachment import Attachment
from assistant.attachments.content_files import PART, ContentFiles, made, on_disk
from assistant.attachments.file_list import MAX_RESULT_BYTES, FileList, Listed
from assistant.attachments.file_name import shown_name
from assistant.attachments.received import Received
from assistant.attachments.room import NoRoom, Room, RoomLimits
from assistant.attachments.sniff import HEAD_BYTES, file_kind, has_own_rate
from assistant.data_folder import TemporaryData
from assistant.database import Database

DEFAULT_MAX_BYTES = 200 * 2**20
MEDIA_TYPES = {"jpg": "image/jpeg", "svg": "image/svg+xml"}
READ = ("input.npz", "text.json")
RECENT_S = 600.0
_READING_ID = re.compile(r"[0-9a-f]{64}-[0-9a-f]{16}")


class UploadRefused(Exception):
    """code names the sentence of the page's strings."""

    def __init__(
        self, code: Literal["file_empty", "file_too_large", "file_unknown", "disk_full", "session_full"]
    ) -> None:
        super().__init__(code)
        self.code = code


class AttachmentStore:
    """Callable from any thread. Without a root or a database, in a folder that goes with the process."""

    def __init__(
        self,
        root: Path | None = None,
        max_bytes: int = DEFAULT_MAX_BYTES,
        database: Database | None = None,
        limits: RoomLimits = RoomLimits(),  # noqa: B008 - frozen
    ) -> None:
        self._temporary = None if root and database else TemporaryData()
        self.root = root or self._data().conversations
        self.database = database or self._data().database
        self.max_bytes = min(max_bytes, limits.session_bytes)
        self._contents = ContentFiles(self.root, self.database)
        self._list = FileList(self.database)
        self._received = Received(self.database)
        self.room = Room(self.root, self.database, limits)

    def _data(self) -> TemporaryData:
        assert self._temporary is not None
        return self._temporary

    def close(self) -> None:
        if self._temporary:
            self._temporary.close()

    async def receive(self, conversation_id: str, name: str, chunks: AsyncIterator[bytes]) -> Attachment:
        """Keep one file as it arrives. UploadRefused when it cannot be used; then nothing of it is left."""
        try:
            room = self.room.left(conversation_id)
        except NoRoom as refusal:
            raise UploadRefused("disk_full") from refusal
        with self._contents.part(conversation_id) as part:
            digest = await self._write(part, chunks, room)
            attachment = _identified(part, digest, name)
            await asyncio.to_thread(on_disk, part)
            with self.database.transaction():
                self._contents.put(conversation_id, part, digest, is_named=True)
                listed = Listed(digest, attachment.num_bytes, is_result=False)
                attachment = replace(attachment, name=self._list.add(conversation_id, attachment.name, listed))
                self._received.add(conversation_id, attachment)
        return attachment

    def keep_content(self, conversation_id: str, content: bytes) -> str:
        """Keep what belongs to a conversation under no name; its id, for path(). NoRoom when it does not fit."""
        self.room.check(conversation_id, len(content))
        digest = hashlib.sha256(content).hexdigest()
        with self._contents.part(conversation_id) as part:
            part.write(content)
            on_disk(part)
            with self.database.transaction():
                self._contents.put(conversation_id, part, digest, is_named=False)
        return digest

    def keep_result(self, conversation_id: str, name: str, data: str | bytes) -> str:
        """Keep what a tool made and return its name among files(). The oldest results leave when there are too many.

        ValueError when it is larger than all results together may be, NoRoom when it does not fit.
        """
        content = data.encode() if isinstance(data, str) else data
        if len(content) > MAX_RESULT_BYTES:
            raise ValueError(f"{name} has {len(content):,} bytes; all results together may have {MAX_RESULT_BYTES:,}")
        self.room.check(conversation_id, len(content))
        digest = hashlib.sha256(content).hexdigest()
        with self._contents.part(conversation_id) as part:
            part.write(content)
            on_disk(part)
            with self.database.transaction():
                self._contents.put(conversation_id, part, digest, is_named=True)
                listed = Listed(digest, len(content), is_result=True)
                given = self._list.add(conversation_id, shown_name(name), listed)
                surplus = self._list.drop_surplus(conversation_id)
        self._contents.release(conversation_id, surplus)
        return given

    def files(self, conversation_id: str) -> dict[str, Path]:
        """All files of a conversation by the names that the model and the tools know, in order of arrival."""
        ids = self._list.ids(conversation_id)
        return {name: self.path(conversation_id, file_id) for name, file_id in ids.items()}

    async def _write(self, part: BinaryIO, chunks: AsyncIterator[bytes], room: int) -> str:
        digest, num_bytes = hashlib.sha256(), 0
        async for chunk in chunks:
            num_bytes += len(chunk)
            if num_bytes > self.max_bytes:
                raise UploadRefused("file_too_large")
            if num_bytes > room:
                raise UploadRefused("session_full")
            digest.update(chunk)
            await asyncio.to_thread(part.write, chunk)
        return digest.hexdigest()

    def find(self, conversation_id: str, attachment_id: str) -> Attachment | None:
        """One that this conversation has received."""
        return self._received.find(conversation_id, attachment_id)

    def path(self, conversation_id: str, content_id: str) -> Path:
        return self._contents.path(conversation_id, content_id)

    def shared_pages(self, conversation_id: str) -> Path:
        """The folder for the pages that links to the conversation show; it goes with the others."""
        return self._contents.folder(conversation_id) / "shared"

    def reading(self, conversation_id: str, reading_id: str) -> Path | None:
        """The folder of a finished reading, if there is one."""
        folder = self._reading_folder(conversation_id, reading_id)
        if folder is None or not is_read(folder):
            return None
        now = time.time()
        self.database.write(
            "UPDATE readings SET used_at = ? WHERE conversation_id = ? AND id = ? AND used_at < ?",
            now, conversation_id, reading_id, now - RECENT_S / 2,
        )  # fmt: skip
        return folder

    @contextmanager
    def new_reading(self, conversation_id: str) -> Iterator[Path]:
        """An empty folder to read into; keep() it, else it is removed."""
        folder = tempfile.mkdtemp(prefix=PART, dir=made(self._contents.folder(conversation_id) / "readings"))
        try:
            yield Path(folder)
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def keep(self, part: Path, reading_id: str) -> Path:
        """Finish a new reading. When another thread was faster, its own stays."""
        kept = part.parent / reading_id
        conversation_id = part.parent.parent.name
        num_bytes = sum(file.stat().st_size for file in part.iterdir())
        with self.database.transaction():
            if self.reading(conversation_id, reading_id) is None:
                shutil.rmtree(kept, ignore_errors=True)
                part.rename(kept)
                self.database.write(
                    "INSERT OR REPLACE INTO readings VALUES (?, ?, ?, ?)",
                    conversation_id, reading_id, num_bytes, time.time(),
                )  # fmt: skip
        return kept

    def preview(self, conversation_id: str, reading_id: str) -> tuple[bytes, str] | None:
        """The picture of a reading and its media type."""
        folder = self._reading_folder(conversation_id, reading_id)
        for suffix, media_type in MEDIA_TYPES.items():
            if folder and (picture := folder / f"preview.{suffix}").is_file():
                return picture.read_bytes(), media_type
        return None

    def drop_readings(self, num_bytes: int) -> None:
        """Drop so many bytes, as far as there are, of what a model has read long ago: it is read again when it is
        asked about. Previews stay."""
        rows = self.database.rows("SELECT * FROM readings WHERE used_at < ? ORDER BY used_at", time.time() - RECENT_S)
        for row in rows:
            if num_bytes <= 0:
                return
            folder = self._contents.folder(row["conversation_id"]) / "readings" / row["id"]
            for name in READ:
                (folder / name).unlink(missing_ok=True)
            key = (row["conversation_id"], row["id"])
            self.database.write("DELETE FROM readings WHERE conversation_id = ? AND id = ?", *key)
            num_bytes -= row["num_bytes"]

    def make_room(self, conversation_id: str, num_bytes: int) -> None:
        """For what is kept beside the files. NoRoom when the disk is full, or when all take as much as they may."""
        self.room.left(conversation_id)
        self.drop_readings(self.room.surplus_bytes + num_bytes)
        if self.room.surplus_bytes + num_bytes > 0:
            raise NoRoom(is_disk=True)

    def forget(self, conversation_id: str) -> None:
        """Remove all that belongs to a conversation."""
        with self.database.transaction():
            self.database.write("DELETE FROM readings WHERE conversation_id = ?", conversation_id)
            self._received.forget(conversation_id)
            self._list.forget(conversation_id)
        self._contents.forget(conversation_id)

    def _reading_folder(self, conversation_id: str, reading_id: str) -> Path | None:
        if not _READING_ID.fullmatch(reading_id):
            return None
        return self._contents.folder(conversation_id) / "readings" / reading_id


def is_read(folder: Path) -> bool:
    """Whether a model can read what is in the folder of a reading; else only its preview is left."""
    return any((folder / name).is_file() for name in READ)


def _identified(part: BinaryIO, digest: str, name: str) -> Attachment:
    part.flush()
    with open(part.name, "rb") as opened:
        head = opened.read(HEAD_BYTES)
    kind = file_kind(head)
    if not head:
        raise UploadRefused("file_empty")
    if kind is None:
        raise UploadRefused("file_unknown")
    return Attachment(digest, shown_name(name), kind, part.tell(), kind == "signal" and has_own_rate(head))
