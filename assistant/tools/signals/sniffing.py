"""What a file is, by its content; its name is never asked. No reader may guess: obspy's own guessing unpickles."""

import re
from pathlib import Path
from typing import Literal

Form = Literal["MSEED", "SAC", "SEGY", "KNET", "WAV", "NPY", "TABLE"]
InventoryForm = Literal["STATIONXML", "SEED", "RESP"]

HEAD_BYTES = 4096
MINISEED_2 = re.compile(rb"[0-9 ]{6}[DRQM][ \x00][A-Za-z0-9 ]{12}")
SEGY_BYTES = {1: 4, 2: 4, 3: 2, 5: 4, 8: 1}  # of a sample, by format code
SEGY_TEXT, SEGY_HEADERS = 3200, 3600
RESP_LINE = re.compile(rb"^\s*B05[0-9]F[0-9]{2}", re.MULTILINE)
SEED_VOLUME = re.compile(rb"[0-9]{6}V[ *]")
BINARY = re.compile(rb"[\x00-\x08\x0e-\x1f\x7f]")


def signal_form(path: Path) -> Form | None:
    head = _head(path)
    if head.startswith(b"\x93NUMPY"):
        return "NPY"
    if head.startswith(b"RIFF") and head[8:12] == b"WAVE":
        return "WAV"
    if MINISEED_2.match(head) or head.startswith(b"MS\x03"):
        return "MSEED"
    if head.startswith(b"Origin Time") and b"Station Code" in head:
        return "KNET"
    if sac_byte_order(head):
        return "SAC"
    if _is_segy(head, path.stat().st_size):
        return "SEGY"
    return "TABLE" if _is_text(head) and any(48 <= byte <= 57 for byte in head) else None


def inventory_form(path: Path) -> InventoryForm | None:
    head = _head(path)
    if head.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<"):
        return "STATIONXML"
    if SEED_VOLUME.match(head):
        return "SEED"
    return "RESP" if RESP_LINE.search(head) else None


def sac_byte_order(head: bytes) -> Literal["little", "big"] | None:
    """By the version of the header, word 76, which is 6 or 7, and an interval above 0."""
    if len(head) < 632:
        return None
    for order in ("little", "big"):
        if int.from_bytes(head[304:308], order) in (6, 7) and 0 < int.from_bytes(head[316:320], order) < 2**31:
            return order
    return None


def _is_segy(head: bytes, num_bytes: int) -> bool:
    """A text of 40 lines in EBCDIC or ASCII before a binary header, or else a size that is a whole number of traces."""
    if len(head) < SEGY_HEADERS:
        return False
    for order in ("little", "big"):
        interval, samples, code = (int.from_bytes(head[at : at + 2], order) for at in (3216, 3220, 3224))
        if code in SEGY_BYTES and samples > 0 and interval > 0:
            is_whole = (num_bytes - SEGY_HEADERS) % (240 + samples * SEGY_BYTES[code]) == 0
            if head[:1] in (b"\xc3", b"C") or is_whole:
                return True
    return False


def _is_text(head: bytes) -> bool:
    if BINARY.search(head):
        return False
    try:
        head.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return error.start >= len(head) - 3 >= HEAD_BYTES - 3  # a character that the cut went through
    return True


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(HEAD_BYTES)
