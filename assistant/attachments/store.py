"""The files that people attach, and what was read out of them: on disk, by content, in a folder per conversation.

    ROOT/CONVERSATION/files/SHA256          the file as it was sent, or as a tool made it
    ROOT/CONVERSATION/readings/READING/     what the model reads of it: input.npz or text.json, and a preview

Every name below ROOT is made here; a person's file name is never part of a path. A file or a reading is there whole
or not at all: it is written under another name and then renamed.
"""

import asyncio
import hashlib
import re
import secrets
import shutil
import tempfile
import threading
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO, Literal

from assistant.attachments.attachment import Attachment
from assistant.attachments.file_list import MAX_RESULT_BYTES, FileList, Listed
from assistant.attachments.file_name import shown_name
from assistant.attachments.sniff import HEAD_BYTES, file_kind, has_own_rate
from assistant.data_folder import TemporaryData
from assistant.database import Database

MIN_FREE_BYTES = 500 * 2**20
DEFAULT_MAX_BYTES = 200 * 2**20
MEDIA_TYPES = {"jpg": "image/jpeg", "svg": "image/svg+xml"}
_READING_ID = re.compile(r"[0-9a-f]{64}-[0-9a-f]{16}")


class UploadRefused(Exception):
    """code names the sentence of the page's strings."""

    def __init__(self, code: Literal["file_empty", "file_too_large", "file_unknown", "disk_full"]) -> None:
        super().__init__(code)
        self.code = code


class AttachmentStore:
    """Callable from any thread. Without a root or a database, in a folder that goes with the process."""

    def __init__(
        self, root: Path | None = None, max_bytes: int = DEFAULT_MAX_BYTES, database: Database | None = None
    ) -> None:
        self._temporary = None if root and database else TemporaryData()
        self._root = root or self._data().conversations
        self.database = database or self._data().database
        self.max_bytes = max_bytes
        self._lock = threading.Lock()
        self._received: dict[tuple[str, str], Attachment] = {}  # by conversation and id
        self._lists: defaultdict[str, FileList] = defaultdict(FileList)  # by conversation

    def _data(self) -> TemporaryData:
        assert self._temporary is not None
        return self._temporary

    def close(self) -> None:
        if self._temporary:
            self._temporary.close()

    async def receive(self, conversation_id: str, name: str, chunks: AsyncIterator[bytes]) -> Attachment:
        """Keep one file as it arrives. UploadRefused when it cannot be used; then nothing of it is left."""
        folder = self._made(self._folder(conversation_id) / "files")
        if shutil.disk_usage(folder).free < MIN_FREE_BYTES:
            raise UploadRefused("disk_full")
        part = folder / f"part-{secrets.token_hex(8)}"
        try:
            with part.open("xb") as file:
                digest, num_bytes = await self._write(file, chunks)
            attachment = _identified(part, digest, name, num_bytes)
            with self._lock:
                part.replace(folder / digest)
                listed = Listed(digest, num_bytes, is_result=False)
                attachment = replace(attachment, name=self._lists[conversation_id].add(attachment.name, listed))
                self._received[conversation_id, digest] = attachment
        finally:
            part.unlink(missing_ok=True)
        return attachment

    def keep_content(self, conversation_id: str, content: bytes) -> str:
        """Keep what belongs to a conversation under no name; its id, for path()."""
        digest = hashlib.sha256(content).hexdigest()
        folder = self._made(self._folder(conversation_id) / "files")
        part = folder / f"part-{secrets.token_hex(8)}"
        try:
            part.write_bytes(content)
            part.replace(folder / digest)
        finally:
            part.unlink(missing_ok=True)
        return digest

    def keep_result(self, conversation_id: str, name: str, data: str | bytes) -> str:
        """Keep what a tool made and return its name among files(). The oldest results leave when there are too many.

        ValueError when it is larger than all results together may be, OSError when the disk is full.
        """
        content = data.encode() if isinstance(data, str) else data
        if len(content) > MAX_RESULT_BYTES:
            raise ValueError(f"{name} has {len(content):,} bytes; all results together may have {MAX_RESULT_BYTES:,}")
        digest = hashlib.sha256(content).hexdigest()
        folder = self._made(self._folder(conversation_id) / "files")
        part = folder / f"part-{secrets.token_hex(8)}"
        try:
            part.write_bytes(content)
            with self._lock:  # so that nobody drops the file between its arrival and its listing
                part.replace(folder / digest)
                given = self._lists[conversation_id].add(shown_name(name), Listed(digest, len(content), is_result=True))
                for surplus in self._lists[conversation_id].drop_surplus():
                    (folder / surplus).unlink(missing_ok=True)
        finally:
            part.unlink(missing_ok=True)
        return given

    def files(self, conversation_id: str) -> dict[str, Path]:
        """All files of a conversation by the names that the model and the tools know, in order of arrival."""
        with self._lock:
            ids = self._lists[conversation_id].ids() if conversation_id in self._lists else {}
        return {name: self.path(conversation_id, file_id) for name, file_id in ids.items()}

    async def _write(self, file: BinaryIO, chunks: AsyncIterator[bytes]) -> tuple[str, int]:
        digest, num_bytes = hashlib.sha256(), 0
        async for chunk in chunks:
            num_bytes += len(chunk)
            if num_bytes > self.max_bytes:
                raise UploadRefused("file_too_large")
            digest.update(chunk)
            await asyncio.to_thread(file.write, chunk)
        return digest.hexdigest(), num_bytes

    def find(self, conversation_id: str, attachment_id: str) -> Attachment | None:
        """One that this conversation has received."""
        with self._lock:
            return self._received.get((conversation_id, attachment_id))

    def path(self, conversation_id: str, attachment_id: str) -> Path:
        return self._folder(conversation_id) / "files" / attachment_id

    def shared_pages(self, conversation_id: str) -> Path:
        """The folder for the pages that links to the conversation show; it goes with the others."""
        return self._folder(conversation_id) / "shared"

    def reading(self, conversation_id: str, reading_id: str) -> Path | None:
        """The folder of a finished reading, if there is one."""
        if not _READING_ID.fullmatch(reading_id):
            return None
        folder = self._folder(conversation_id) / "readings" / reading_id
        return folder if folder.is_dir() else None

    @contextmanager
    def new_reading(self, conversation_id: str) -> Iterator[Path]:
        """An empty folder to read into; keep() it, else it is removed."""
        folder = tempfile.mkdtemp(prefix="part-", dir=self._made(self._folder(conversation_id) / "readings"))
        try:
            yield Path(folder)
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def keep(self, part: Path, reading_id: str) -> Path:
        """Finish a new reading. When another thread was faster, its own stays."""
        kept = part.parent / reading_id
        try:
            part.rename(kept)
        except OSError:
            if not kept.is_dir():
                raise
        return kept

    def preview(self, conversation_id: str, reading_id: str) -> tuple[bytes, str] | None:
        """The picture of a reading and its media type."""
        folder = self.reading(conversation_id, reading_id)
        for suffix, media_type in MEDIA_TYPES.items():
            if folder and (picture := folder / f"preview.{suffix}").is_file():
                return picture.read_bytes(), media_type
        return None

    def forget(self, conversation_id: str) -> None:
        """Remove all that belongs to a conversation."""
        with self._lock:
            for key in [key for key in self._received if key[0] == conversation_id]:
                del self._received[key]
            self._lists.pop(conversation_id, None)
        shutil.rmtree(self._folder(conversation_id), ignore_errors=True)

    def _folder(self, conversation_id: str) -> Path:
        return self._root / conversation_id

    def _made(self, folder: Path) -> Path:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return folder


def _identified(file: Path, digest: str, name: str, num_bytes: int) -> Attachment:
    with file.open("rb") as opened:
        head = opened.read(HEAD_BYTES)
    kind = file_kind(head)
    if not head:
        raise UploadRefused("file_empty")
    if kind is None:
        raise UploadRefused("file_unknown")
    return Attachment(digest, shown_name(name), kind, num_bytes, kind == "signal" and has_own_rate(head))
