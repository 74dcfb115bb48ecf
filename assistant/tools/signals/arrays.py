"""NPY arrays [T] or [T, C], and the limits on any array before it is loaded."""

import math
from pathlib import Path

import numpy as np

from assistant.tools.result import ToolError
from assistant.tools.signals.record import MAX_CHANNELS, MAX_SAMPLES, Axis, Channel, Piece, Record, Values

HEADER_READERS = {
    (1, 0): np.lib.format.read_array_header_1_0,
    (2, 0): np.lib.format.read_array_header_2_0,
}


def read_npy(path: Path, sampling_rate_hz: float | None) -> Record:
    with path.open("rb") as file:
        try:
            version = np.lib.format.read_magic(file)
            shape, _, dtype = HEADER_READERS[version](file)
        except Exception as error:  # numpy parses the header as Python source, with all that can go wrong in that
            raise ToolError("DAMAGED", f"The NPY file has a damaged header: {first_line(error)}.") from error
        if dtype.kind not in "iuf":
            raise ToolError("WRONG_DTYPE", f"The NPY file holds {dtype}; only whole or real numbers can be read.")
        check_shape(shape)
        needed, present = math.prod(shape) * dtype.itemsize, path.stat().st_size - file.tell()
    if present < needed:
        raise ToolError("DAMAGED", f"The NPY file is cut off: it announces {needed:,} bytes and has {present:,}.")
    values = np.load(path, allow_pickle=False)
    warnings: tuple[str, ...] = ()
    if values.ndim == 2 and values.shape[0] < values.shape[1]:
        warnings = (f"The array is {shape[0]} x {shape[1]}; its longer axis was taken as time.",)
        values = values.T
    columns = {f"column {i}": column for i, column in enumerate(values.reshape(len(values), -1).T)}
    return numbered("NPY", columns, sampling_rate_hz, warnings)


def numbered(
    form: str, columns: dict[str, Values], sampling_rate_hz: float | None, warnings: tuple[str, ...] = ()
) -> Record:
    """A record of columns that nothing but sampling_rate_hz gives a time."""
    axis = Axis() if sampling_rate_hz else Axis("sample", "sample")
    rate = sampling_rate_hz or 1.0
    channels = tuple(Channel(name, rate, (Piece(0.0, values),)) for name, values in columns.items())
    return Record(form, channels, axis, warnings=warnings)


def check_shape(shape: tuple[int, ...]) -> None:
    """shape as a header states it, so that nothing too large is read."""
    if len(shape) not in (1, 2):
        raise ToolError("WRONG_SHAPE", f"The array has {len(shape)} axes; it must be [samples] or [samples, channels].")
    if 0 in shape:
        raise ToolError("EMPTY_FILE", "The file holds no sample.")
    if len(shape) == 2 and min(shape) > MAX_CHANNELS:
        raise ToolError("TOO_LARGE", f"The file has {min(shape):,} channels; at most {MAX_CHANNELS} can be read.")
    check_size(math.prod(shape))


def check_size(num_samples: int) -> None:
    if num_samples > MAX_SAMPLES:
        raise ToolError(
            "TOO_LARGE",
            f"The file has {num_samples:,} samples; at most {MAX_SAMPLES:,} can be read.",
            "Attach a shorter part, or one channel.",
        )


def first_line(error: Exception) -> str:
    """What a library says, cut to a line."""
    return (str(error).splitlines() or [type(error).__name__])[0][:200].rstrip(".")
