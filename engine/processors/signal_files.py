"""A file with a series of numbers, NPY, CSV, WAV or a seismogram, as told by its first bytes; limits come first."""

import math
from pathlib import Path

import numpy as np

from engine.errors import InvalidRequest
from engine.processors.csv_table import read_csv
from engine.processors.seismic_files import read_seismic
from engine.processors.series import Series
from engine.processors.signals import check_shape
from engine.processors.sniff import HEAD_BYTES, signal_format
from engine.processors.wav_file import read_wav

MAX_TEXT_BYTES = 20_000_000
MAX_ROWS = 2_000_000
HEADER_READERS = {
    (1, 0): np.lib.format.read_array_header_1_0,
    (2, 0): np.lib.format.read_array_header_2_0,
}


def read_signal(path: Path, *, whole: bool = True) -> Series:
    """Not whole: of a recording whose pieces cannot stand side by side, the longest."""
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    match form := signal_format(head):
        case "NPY":
            return _read_npy(path)
        case "WAV":
            values, rate = read_wav(path)
            return Series(values, rate, "WAV sound")
        case "MSEED" | "SAC" | "SEGY" | "KNET":
            return read_seismic(path, form, whole=whole)
    return _read_text(path)


def _read_npy(path: Path) -> Series:
    with path.open("rb") as file:
        try:
            version = np.lib.format.read_magic(file)
            shape, _, dtype = HEADER_READERS[version](file)
        except (ValueError, KeyError) as error:
            raise InvalidRequest(f"The NPY file has a damaged header: {str(error).splitlines()[0][:200]}.") from error
        if dtype.kind not in "iuf":
            raise InvalidRequest(f"The NPY file holds {dtype}; only whole or real numbers can be read.")
        check_shape(shape)
        needed, present = math.prod(shape) * dtype.itemsize, path.stat().st_size - file.tell()
        if present < needed:
            raise InvalidRequest(
                f"The NPY file is cut off: {needed:,} bytes of numbers are announced, {present:,} there."
            )
    return Series(np.load(path, allow_pickle=False), None, "NPY array")


def _read_text(path: Path) -> Series:
    size = path.stat().st_size
    if size > MAX_TEXT_BYTES:
        raise InvalidRequest(
            f"The text file has {size / 1e6:,.0f} MB; at most {MAX_TEXT_BYTES // 10**6} can be read: send an NPY file."
        )
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidRequest("The file is no series of numbers: send NPY, CSV, WAV or MiniSEED.") from error
    if (num_rows := text.count("\n")) > MAX_ROWS:
        raise InvalidRequest(
            f"The text file has {num_rows:,} rows; at most {MAX_ROWS:,} can be read: send an NPY file."
        )
    table = read_csv(text)
    check_shape(table.values.shape)
    names = f"CSV columns {', '.join(table.names)}" if table.names else "CSV"
    left_out = f", without the {table.axis} column" if table.axis else ""
    return Series(table.values, table.sampling_rate, names + left_out)
