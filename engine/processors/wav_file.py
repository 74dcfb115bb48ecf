"""RIFF WAVE sound: whole numbers of 8 to 32 bits or floats. (Python's own wave module knows no floats.)"""

import math
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from engine.errors import InvalidRequest
from engine.processors.signals import check_shape

PCM, FLOAT, EXTENSIBLE = 1, 3, 0xFFFE
DTYPES = {(PCM, 16): "<i2", (PCM, 32): "<i4", (FLOAT, 32): "<f4", (FLOAT, 64): "<f8"}


def read_wav(path: Path) -> tuple[NDArray[np.floating], float]:
    """Values [T, C], whole numbers as fractions of the loudest, and the sampling rate in Hz."""
    form: tuple[int, int, int, int] | None = None
    with path.open("rb") as file:
        for name, size in _chunks(file):
            if name == b"fmt ":
                form = _format(file.read(min(size, 40)))
            elif name == b"data":
                if form is None:
                    break
                return _samples(file, min(size, path.stat().st_size - file.tell()), form), float(form[2])
    raise InvalidRequest("The WAV file is cut off: it has no sound in it.")


def _chunks(file: BinaryIO) -> Iterator[tuple[bytes, int]]:
    """Name and size of each, with the file at its content."""
    start = 12
    while True:
        file.seek(start)
        head = file.read(8)
        if len(head) < 8:
            return
        size = int.from_bytes(head[4:], "little")
        yield head[:4], size
        start += 8 + size + size % 2


def _format(chunk: bytes) -> tuple[int, int, int, int]:
    """Tag, channels, sampling rate and bits."""
    numbers = [
        int.from_bytes(chunk[at : at + size], "little") for at, size in ((0, 2), (2, 2), (4, 4), (14, 2), (24, 2))
    ]
    tag, channels, rate, bits, real_tag = numbers
    tag = real_tag if tag == EXTENSIBLE else tag
    if (tag, bits) not in {*DTYPES, (PCM, 8), (PCM, 24)}:
        raise InvalidRequest(
            f"The WAV file is of format {tag} with {bits} bits; save it as 16-bit PCM or 32-bit float."
        )
    if channels < 1 or rate < 1:
        raise InvalidRequest(f"The WAV file says {channels} channels at {rate} Hz; both must be at least 1.")
    return tag, channels, rate, bits


def _samples(file: BinaryIO, num_bytes: int, form: tuple[int, int, int, int]) -> NDArray[np.floating]:
    tag, channels, _, bits = form
    shape = (num_bytes // (channels * bits // 8), channels)
    check_shape(shape)
    raw = file.read(math.prod(shape) * bits // 8)
    if bits == 8:
        return (np.frombuffer(raw, np.uint8).reshape(shape).astype(np.float32) - 128) / 128
    if bits == 24:
        padded = np.zeros((math.prod(shape), 4), np.uint8)
        padded[:, 1:] = np.frombuffer(raw, np.uint8).reshape(-1, 3)
        return padded.view("<i4").reshape(shape) / 2**31
    values = np.frombuffer(raw, DTYPES[tag, bits]).reshape(shape)
    return values if tag == FLOAT else values / 2 ** (bits - 1)
