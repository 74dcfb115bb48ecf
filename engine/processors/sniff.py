"""What kind of medium a file is, by its first bytes; its name is never asked."""

import math
import re
import struct
from typing import Literal

from engine.processors.settings import Kind

HEAD_BYTES = 4096  # as much as sniff_kind wants to see

# Brands of ISO files that hold a still picture (HEIC, AVIF), which nothing here reads.
STILL_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"mif1", b"msf1", b"avif", b"avis"}
BMP_HEADER_BYTES = {12, 40, 52, 56, 64, 108, 124}
SignalFormat = Literal["NPY", "WAV", "MSEED", "SAC", "SEGY", "KNET", "CSV"]
SAC_HEADER_BYTES, SAC_VERSION_AT, SAC_VERSIONS = 632, 304, (6, 7)
SEGY_SAMPLE_FORMATS = (1, 2, 3, 5, 8)
MINISEED_2 = re.compile(rb"[0-9 ]{6}[DRQM][ \x00][A-Za-z0-9 ]{12}")
CELL_BREAK = re.compile(r"[,;\t ]+")
NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?|[-+]?(nan|inf)", re.IGNORECASE)


def sniff_kind(head: bytes) -> Kind | None:
    if image_format(head):
        return "image"
    if is_video(head):
        return "video"
    if signal_format(head):
        return "signal"
    return None


def image_format(head: bytes) -> str | None:
    """Pillow's name of the format."""
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if head.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if head.startswith((b"GIF87a", b"GIF89a")):
        return "GIF"
    if head.startswith((b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+")):
        return "TIFF"
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return "WEBP"
    if head.startswith(b"BM") and int.from_bytes(head[14:18], "little") in BMP_HEADER_BYTES:
        return "BMP"
    return None


def is_video(head: bytes) -> bool:
    """MP4 and MOV, Matroska and WebM, AVI."""
    is_length = head[:1] < b" "  # of the first atom; a text may have such a word in the same place
    if is_length and head[4:8] == b"ftyp":
        return head[8:12] not in STILL_BRANDS
    if is_length and head[4:8] in (b"moov", b"mdat", b"wide"):
        return True
    return head.startswith(b"\x1a\x45\xdf\xa3") or (head.startswith(b"RIFF") and head[8:12] == b"AVI ")


def signal_format(head: bytes) -> SignalFormat | None:
    """MSEED: MiniSEED 2 or 3. CSV: any table of numbers."""
    if head.startswith(b"\x93NUMPY"):
        return "NPY"
    if head.startswith(b"RIFF") and head[8:12] == b"WAVE":
        return "WAV"
    if MINISEED_2.match(head) or head.startswith(b"MS\x03"):
        return "MSEED"
    if head.startswith(b"Origin Time ") and b"\nStation Code " in head:
        return "KNET"
    if _is_sac(head):
        return "SAC"
    if _is_segy(head):
        return "SEGY"
    return "CSV" if _is_table(head) else None


def _is_sac(head: bytes) -> bool:
    """A version of its header and a spacing of samples that make sense in one of the two byte orders."""
    if len(head) < SAC_HEADER_BYTES:
        return False
    for order in "<>":
        (spacing,) = struct.unpack_from(f"{order}f", head)
        version, num_samples = struct.unpack_from(f"{order}i", head, SAC_VERSION_AT)[0], _sac_length(head, order)
        if version in SAC_VERSIONS and num_samples > 0 and math.isfinite(spacing):
            return True
    return False


def _sac_length(head: bytes, order: str) -> int:
    return int(struct.unpack_from(f"{order}i", head, SAC_VERSION_AT + 12)[0])


def _is_segy(head: bytes) -> bool:
    """3,200 bytes of text in ASCII or EBCDIC, then numbers that no text holds, among them how samples are written."""
    if len(head) < 3600 or struct.unpack_from(">h", head, 3224)[0] not in SEGY_SAMPLE_FORMATS:
        return False
    cards = (head[:3200].decode("latin-1"), head[:3200].decode("cp037"))
    return any(text.replace("\r", "").replace("\n", "").isprintable() for text in cards)


def _is_table(head: bytes) -> bool:
    """At least two lines of numbers, after comments and at most one line of names."""
    try:
        text = head.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if error.start < len(head) - 3:  # anything else is a character that the cut went through
            return False
        text = head[: error.start].decode("utf-8-sig")
    lines = text.splitlines()
    if len(head) >= HEAD_BYTES:
        lines = lines[:-1]  # the cut went through it
    rows = [line for line in lines if line.strip() and not line.lstrip().startswith("#")]
    return len(rows) >= 2 and all(map(is_numeric_row, rows[1:])) and (is_numeric_row(rows[0]) or len(rows) >= 3)


def is_numeric_row(line: str) -> bool:
    return all(NUMBER.fullmatch(cell.strip('"')) for cell in CELL_BREAK.split(line.strip(",;\t ")))
