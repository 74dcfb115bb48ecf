"""The pictures, videos and signals of a request: from an address to what the model reads.

The bytes are only carried here; they are parsed in the reading process, and the file is gone when that has read it.
"""

import base64
import binascii
import re
import tempfile
from pathlib import Path

from assistant.attachments.attachment import AttachmentError
from assistant.attachments.reader import AttachmentReader
from assistant.attachments.sniff import HEAD_BYTES, file_kind
from assistant.cancel import CancelToken
from assistant.openai_api.chat_messages import MediaPart, UnreadMessage, with_content
from assistant.openai_api.errors import refused
from assistant.openai_api.media_fetch import MediaFetcher
from engine.media import MediaInput
from engine.messages import Message
from engine.processors.settings import ProcessorSettings

_DATA = re.compile(r"data:[\w.+/-]*(;[\w.+-]+=[\w.+/-]+)*;base64,", re.ASCII)
DECODED_AT_ONCE = 2**20  # characters; a multiple of 4. Others get their turn between two of these
PLURALS = {"image": "pictures", "video": "videos", "signal": "signals"}


class MediaReader:
    """Callable from any thread. max_bytes: of one file."""

    def __init__(self, reader: AttachmentReader, fetcher: MediaFetcher, max_bytes: int) -> None:
        self._reader = reader
        self._fetcher = fetcher
        self._max_bytes = max_bytes

    def read(
        self, messages: tuple[UnreadMessage, ...], settings: ProcessorSettings | None, cancel: CancelToken
    ) -> tuple[Message, ...]:
        """settings: of the model. Raises ApiError for the first file that cannot be read."""

        def part(part: str | MediaPart) -> str | MediaInput:
            return part if isinstance(part, str) else self._input(part, settings, cancel)

        return tuple(with_content(message, tuple(map(part, message.content))) for message in messages)

    def _input(self, part: MediaPart, settings: ProcessorSettings | None, cancel: CancelToken) -> MediaInput:
        if settings is None or part.kind not in settings.kinds:
            able = "reads text only" if settings is None else f"does not read {PLURALS[part.kind]}"
            raise refused(part.place, f"{part.place}: this model {able}.", "unsupported_media")
        with tempfile.TemporaryDirectory(prefix="benchside-api-") as folder:
            file = Path(folder) / "file"
            self._fill(file, part)
            found = file_kind(_head(file))
            if found != part.kind:
                what = f"holds a {found}" if found else "is nothing that can be read"
                raise refused(
                    part.place,
                    f"{part.place} {what}; it must hold a {part.kind}, told by its bytes.",
                    "unreadable_media",
                )
            try:
                return self._reader.read_once(file, part.kind, settings, part.sampling_rate, cancel)
            except AttachmentError as error:
                raise refused(part.place, f"{part.place}: {error}", "unreadable_media") from error

    def _fill(self, file: Path, part: MediaPart) -> None:
        if part.url.startswith("data:"):
            _write_data(file, part, self._max_bytes)
        elif part.url.startswith(("http:", "https:")):
            file.write_bytes(self._fetcher.fetch(part.url, part.place, self._max_bytes))
        else:
            raise refused(part.place, f"{part.place} must be a data: URL with base64.", "invalid_url")


def _head(file: Path) -> bytes:
    with file.open("rb") as opened:
        return opened.read(HEAD_BYTES)


def _write_data(file: Path, part: MediaPart, max_bytes: int) -> None:
    start = _DATA.match(part.url[:200])
    if start is None:
        raise refused(part.place, f"{part.place} must begin with data:TYPE;base64, and go on in base64.", "invalid_url")
    if (len(part.url) - start.end()) * 3 // 4 > max_bytes + 2:
        raise refused(
            part.place, f"{part.place} holds more than {max_bytes:,} bytes, the limit of one file.", "too_large"
        )
    with file.open("wb") as opened:
        for begin in range(start.end(), len(part.url), DECODED_AT_ONCE):
            try:
                opened.write(base64.b64decode(part.url[begin : begin + DECODED_AT_ONCE], validate=True))
            except (binascii.Error, ValueError) as error:
                raise refused(
                    part.place, f"{part.place} is not base64 from character {begin:,} on.", "invalid_url"
                ) from error
