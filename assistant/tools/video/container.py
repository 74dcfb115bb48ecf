"""What a file says it is, judged by its first bytes: only then is it handed to FFmpeg, with the format named.

FFmpeg would otherwise also try formats that name other files or addresses (playlists, concat lists).
"""

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import av

from assistant.tools.result import ToolError

MAX_BYTES = 2**30
HEAD_BYTES = 4096
TS_PACKET = 188
MAX_BOXES = 10_000


def container_format(path: Path, name: str) -> str:
    """FFmpeg's name of the format. ToolError NOT_A_VIDEO, LIMIT or TRUNCATED."""
    size = path.stat().st_size
    if size == 0:
        raise ToolError("NOT_A_VIDEO", f"{name} is empty.", "Ask for the file again.")
    if size > MAX_BYTES:
        raise ToolError("LIMIT", f"{name} is {size / 2**30:.2f} GB; the limit is 1 GB.", "Ask for a shorter video.")
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    form = _sniffed(head)
    if form is None:
        raise ToolError(
            "NOT_A_VIDEO",
            f"{name} is not a video that can be read.",
            "The formats are MP4, MOV, MKV, WebM, AVI, MPEG, FLV and Ogg.",
        )
    if form == "mov":
        _check_boxes(path, name, size)
    return form


def _sniffed(head: bytes) -> str | None:
    if head[4:8] in (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip"):
        return "mov"
    if head.startswith(b"\x1aE\xdf\xa3"):
        return "matroska"
    if head.startswith(b"RIFF") and head[8:12] == b"AVI ":
        return "avi"
    if head.startswith(b"\x00\x00\x01\xba"):
        return "mpeg"
    if head.startswith(b"FLV\x01"):
        return "flv"
    if head.startswith(b"OggS"):
        return "ogg"
    if len(head) > 4 * TS_PACKET and all(head[i] == 0x47 for i in range(0, 4 * TS_PACKET, TS_PACKET)):
        return "mpegts"
    return None


def _check_boxes(path: Path, name: str, size: int) -> None:
    """An MP4 or MOV is a row of boxes; without the one called moov nothing in it can be found."""
    kinds = []
    for kind, end in _boxes(path, size):
        kinds.append(kind)
        if end > size and b"moov" not in kinds[:-1]:
            raise ToolError(
                "TRUNCATED",
                f"{name} ends early: its box '{kind.decode('latin-1')}' would end at byte {end:,}, the file has "
                f"{size:,}, and there is no index (moov) before it.",
                "Ask for the whole file.",
            )
    if b"moov" not in kinds:
        raise ToolError(
            "TRUNCATED",
            f"{name} has no index (moov), as when its recording or download was cut off.",
            "Ask for the whole file.",
        )


def _boxes(path: Path, size: int) -> Iterator[tuple[bytes, int]]:
    """Kind and end of each box at the top level."""
    place = 0
    with path.open("rb") as file:
        for _ in range(MAX_BOXES):
            file.seek(place)
            head = file.read(16)
            if len(head) < 8:
                return
            (length,) = struct.unpack(">I", head[:4])
            if length == 1 and len(head) == 16:
                (length,) = struct.unpack(">Q", head[8:])
            elif length == 0:
                length = size - place
            if length < 8:
                return
            place += length
            yield head[4:8], place


@contextmanager
def opened(path: Path, form: str, name: str) -> Iterator[tuple[Any, Any]]:
    """The container and its first video stream, which decodes in one thread.

    ToolError DAMAGED_VIDEO, NOT_A_VIDEO or UNSUPPORTED_CODEC.
    """
    try:
        container = av.open(str(path), format=form, metadata_errors="replace")
    except (av.FFmpegError, ValueError) as error:
        reason = str(getattr(error, "strerror", None) or error)[:120]
        raise ToolError(
            "DAMAGED_VIDEO", f"{name} is damaged and cannot be opened: {reason}.", "Ask for the file again."
        ) from error
    with container:
        if not container.streams.video:
            audio = ", ".join(describe_audio(track) for track in container.streams.audio)
            what = f"has no video track, only sound ({audio})" if audio else "has no video track"
            raise ToolError("NOT_A_VIDEO", f"{name} {what}.", "Ask for a video with pictures.")
        stream = container.streams.video[0]
        if stream.codec_context is None:
            raise ToolError(
                "UNSUPPORTED_CODEC",
                f"The pictures of {name} are coded in a way that is not known here.",
                "Ask for an H.264, HEVC, VP9 or AV1 video.",
            )
        stream.codec_context.thread_count = 1
        yield container, stream


def describe_audio(track: Any) -> str:
    codec = track.codec_context
    return f"{codec.name}, {codec.sample_rate} Hz, {codec.layout.nb_channels} channels" if codec else "unknown"
