"""RIFF WAVE sound. The header is checked here, so that scipy is given nothing that it would misread or that is huge."""

import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import numpy as np

from assistant.tools.optional import optional
from assistant.tools.result import ToolError
from assistant.tools.signals.arrays import check_shape, first_line
from assistant.tools.signals.record import Channel, Piece, Record

PCM, FLOAT, EXTENSIBLE = 1, 3, 0xFFFE
SAMPLE_FORMATS = {(PCM, 8), (PCM, 16), (PCM, 24), (PCM, 32), (FLOAT, 32), (FLOAT, 64)}


def read_wav(path: Path) -> Record:
    """Samples as fractions of full scale; floats as they are."""
    form, num_bytes = _header(path)
    tag, num_channels, rate, bits = form
    check_shape((num_bytes // (num_channels * bits // 8), num_channels))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of chunks that scipy does not know
            read_rate, raw = optional("scipy.io.wavfile", "scipy").read(path)
    except (ValueError, OSError) as error:
        raise ToolError("DAMAGED", f"The WAV file is damaged: {first_line(error)}.") from error
    values = raw.reshape(len(raw), -1)
    if tag == PCM:
        values = (values.astype(np.float32) - 128) / 128 if bits == 8 else values / 2.0 ** (8 * raw.itemsize - 1)
    channels = tuple(
        Channel(f"channel {i}", float(read_rate), (Piece(0.0, column),), "full scale")
        for i, column in enumerate(values.T)
    )
    return Record(f"WAV sound, {bits} bits", channels)


def _header(path: Path) -> tuple[tuple[int, int, int, int], int]:
    """Tag, channels, sampling rate and bits; bytes of sound."""
    form = None
    with path.open("rb") as file:
        for name, size in _chunks(file):
            if name == b"fmt ":
                form = _format(file.read(min(size, 40)))
            elif name == b"data" and form is not None:
                present = path.stat().st_size - file.tell()
                if present < size:
                    raise ToolError("DAMAGED", f"The WAV file is cut off: {present:,} of {size:,} bytes are there.")
                return form, size
    raise ToolError("DAMAGED", "The WAV file is cut off: it has no sound in it.")


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
    if len(chunk) < 16:
        raise ToolError("DAMAGED", "The WAV file is cut off inside its header.")
    numbers = [
        int.from_bytes(chunk[at : at + size], "little") for at, size in ((0, 2), (2, 2), (4, 4), (14, 2), (24, 2))
    ]
    tag, channels, rate, bits, real_tag = numbers
    tag = real_tag if tag == EXTENSIBLE else tag
    if (tag, bits) not in SAMPLE_FORMATS:
        raise ToolError(
            "UNKNOWN_FORMAT", f"The WAV file is of format {tag} with {bits} bits.", "Save it as 16-bit PCM or float."
        )
    if channels < 1 or rate < 1:
        raise ToolError("DAMAGED", f"The WAV file says {channels} channels at {rate} Hz; both must be at least 1.")
    return tag, channels, rate, bits
