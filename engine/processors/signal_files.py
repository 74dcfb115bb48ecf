"""A file with a series of numbers: NPY, CSV, WAV or MiniSEED, as told by its first bytes; limits before decoding."""

import math
import warnings
from dataclasses import dataclass
from glob import escape
from pathlib import Path

import numpy as np

from engine.errors import InvalidRequest
from engine.processors.csv_table import read_csv
from engine.processors.signals import MAX_CHANNELS, MAX_VALUES, Values, check_shape
from engine.processors.sniff import HEAD_BYTES, signal_format
from engine.processors.wav_file import read_wav

MAX_TEXT_BYTES = 20_000_000
HEADER_READERS = {
    (1, 0): np.lib.format.read_array_header_1_0,
    (2, 0): np.lib.format.read_array_header_2_0,
}


@dataclass(frozen=True, slots=True)
class Series:
    """values: [T] or [T, C]; sampling_rate: None where the file does not say; description: what it was read from."""

    values: Values
    sampling_rate: float | None
    description: str


def read_signal(path: Path) -> Series:
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    match signal_format(head):
        case "NPY":
            return _read_npy(path)
        case "WAV":
            values, rate = read_wav(path)
            return Series(values, rate, "WAV sound")
        case "MSEED":
            return _read_miniseed(path)
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
        table = read_csv(path.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError as error:
        raise InvalidRequest("The file is no series of numbers: send NPY, CSV, WAV or MiniSEED.") from error
    check_shape(table.values.shape)
    names = f"CSV columns {', '.join(table.names)}" if table.names else "CSV"
    left_out = f", without the {table.axis} column" if table.axis else ""
    return Series(table.values, table.sampling_rate, names + left_out)


def _read_miniseed(path: Path) -> Series:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # of what obspy imports
            import obspy
    except ImportError as error:
        raise InvalidRequest(
            "MiniSEED files need obspy, which is not installed here: pip install 'benchside[seismic]'."
        ) from error
    name = escape(str(path.resolve()))  # obspy expands patterns; format= keeps it from unpickling what it is given
    try:
        headers = obspy.read(name, format="MSEED", headonly=True, check_compression=False)
        _check_traces([(trace.id, trace.stats.npts, trace.stats.sampling_rate) for trace in headers])
        traces = obspy.read(name, format="MSEED", check_compression=False)
    except InvalidRequest:
        raise
    except Exception as error:  # obspy's C reader raises its own kinds
        raise InvalidRequest(f"The MiniSEED file is damaged: {str(error).splitlines()[0][:200]}.") from error
    rate = float(traces[0].stats.sampling_rate)
    channels = [trace.data for trace in traces]
    if len({len(data) for data in channels}) != 1:
        raise InvalidRequest("The MiniSEED file is damaged: it has fewer samples than it announces.")
    return Series(np.stack(channels, axis=1), rate, f"MiniSEED {', '.join(trace.id for trace in traces)}")


def _check_traces(traces: list[tuple[str, int, float]]) -> None:
    ids = {name for name, _, _ in traces}
    if not traces or len(traces) > MAX_CHANNELS:
        raise InvalidRequest(
            f"The MiniSEED file has {len(traces)} traces; 1 to {MAX_CHANNELS} can be read: cut out a part."
        )
    if len(ids) < len(traces):
        raise InvalidRequest(
            f"The recording has gaps: {len(traces)} pieces of {len(ids)} channels; fill them or cut out one piece."
        )
    lengths = sorted({length for _, length, _ in traces})
    rates = sorted({rate for _, _, rate in traces})
    if len(lengths) > 1 or len(rates) > 1:
        raise InvalidRequest(
            f"The channels differ: {lengths[0]:,} to {lengths[-1]:,} samples at {rates[0]:g} to {rates[-1]:g} Hz; "
            "cut them to one length and rate, or send one channel."
        )
    if lengths[0] * len(traces) > MAX_VALUES:
        raise InvalidRequest(
            f"The recording has {lengths[0] * len(traces):,} samples; at most {MAX_VALUES:,} can be read: "
            "cut out a part."
        )
    if not 0 < rates[0] < math.inf:
        raise InvalidRequest(f"The recording says {rates[0]:g} Hz; its sampling rate must be above 0.")
