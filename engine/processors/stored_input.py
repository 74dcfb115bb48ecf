"""A prepared input as a file, since a child process writes it and the app reads it: plain arrays, nothing to run."""

import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.errors import InvalidRequest
from engine.media import ImageInput, MediaInput, SignalInput, VideoInput
from engine.processors.plain import is_plain

Arrays = dict[str, NDArray[Any]]


def save_input(media: MediaInput, path: Path) -> None:
    """An uncompressed .npz, whatever the name of path."""
    arrays: dict[str, Any]
    match media:
        case ImageInput():
            arrays = {"image": media.pixels, "grid": media.grid, "size": media.size}
        case VideoInput():
            arrays = {"video": media.pixels, "grid": media.grid, "timestamps": media.timestamps}
        case SignalInput():
            arrays = {"signal": media.values, "sampling_rate": media.sampling_rate, "stride": media.stride}
    with path.open("wb") as file:
        np.savez(file, num_tokens=media.num_tokens, **arrays)


def load_input(path: Path) -> MediaInput:
    """What save_input wrote. The writer has read a stranger's file, so nothing in it is taken for granted."""
    try:
        with zipfile.ZipFile(path) as archive:
            if any(member.compress_type != zipfile.ZIP_STORED for member in archive.infolist()):
                raise ValueError("it is compressed")
        with np.load(path, allow_pickle=False) as arrays:
            media = _build({name: arrays[name] for name in arrays.files})
        _check(media)
    except (OSError, ValueError, KeyError, TypeError, MemoryError, zipfile.BadZipFile) as error:
        raise InvalidRequest(f"The prepared file cannot be used ({error}): send it again.") from error
    return media


def _build(arrays: Arrays) -> MediaInput:
    num_tokens = int(arrays["num_tokens"])
    if "signal" in arrays:
        rate, stride = float(arrays["sampling_rate"]), int(arrays["stride"])
        return SignalInput(arrays["signal"], rate, stride, num_tokens)
    slices, rows, columns = map(int, arrays["grid"])
    if "image" in arrays:
        width, height = map(int, arrays["size"])
        return ImageInput(arrays["image"], (slices, rows, columns), num_tokens, (width, height))
    times = tuple(map(float, arrays["timestamps"]))
    return VideoInput(arrays["video"], (slices, rows, columns), num_tokens, times)


def _check(media: MediaInput) -> None:
    is_signal = isinstance(media, SignalInput)
    array = media.values if isinstance(media, SignalInput) else media.pixels
    if array.dtype != (np.float32 if is_signal else np.uint8) or array.ndim not in ((2,) if is_signal else (2, 4)):
        raise ValueError(f"it holds {array.dtype} of {array.ndim} axes")
    if media.num_tokens < (0 if is_plain(array) else 1):
        raise ValueError(f"it stands for {media.num_tokens} tokens")
    if isinstance(media, SignalInput):
        if not np.isfinite(media.values).all() or media.stride < 1 or not media.sampling_rate > 0:
            raise ValueError("its numbers are not finite")
        return
    slices, rows, columns = media.grid
    if min(media.grid) < 1 or len(array) != (slices if array.ndim == 4 else slices * rows * columns):
        raise ValueError(f"its grid is {media.grid} and its pixels are {array.shape}")
    if isinstance(media, VideoInput) and (len(media.timestamps) != slices or media.num_tokens % slices):
        raise ValueError(f"it has {len(media.timestamps)} times for {slices} slices")
