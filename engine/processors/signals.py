"""A series of numbers as the time-series encoder reads it: each channel with mean 0 and deviation 1, and its stride.

Facts: sections 3.7, 4.6 and 12.3 of the family's description.
"""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.errors import InvalidRequest
from engine.media import SignalInput

MAX_SAMPLES = 240_000  # what the model reads of a series; the rest only counts for mean and deviation
MAX_CHANNELS = 64
MAX_VALUES = 10_000_000
MAX_STRIDE = 160

Values = NDArray[np.generic]


def prepare_signal(values: Values, sampling_rate: float | None) -> SignalInput:
    """values: [T] or [T, C], any real numbers. Without a sampling rate, the series counts as 4 seconds long."""
    check_shape(values.shape)
    normalised = _normalise(values.reshape(len(values), -1))[:MAX_SAMPLES].astype(np.float32)
    rate = settled_rate(sampling_rate, len(normalised))
    stride = encoder_stride(rate)
    return SignalInput(normalised, rate, stride, num_tokens=count_tokens(len(normalised), stride, rate))


def check_shape(shape: tuple[int, ...]) -> None:
    """shape as a header states it, so that nothing too large is read."""
    if len(shape) not in (1, 2):
        raise InvalidRequest(f"The series has {len(shape)} axes; it must be [samples] or [samples, channels].")
    samples, channels = shape if len(shape) == 2 else (*shape, 1)
    if samples < 1 or channels < 1:
        raise InvalidRequest("The series is empty; it needs at least 1 sample and 1 channel.")
    if channels > MAX_CHANNELS:
        raise InvalidRequest(
            f"The series has {samples:,} samples of {channels:,} channels; at most {MAX_CHANNELS} channels can be "
            "read, and time is the first axis."
        )
    if samples * channels > MAX_VALUES:
        raise InvalidRequest(
            f"The series has {samples * channels:,} numbers; at most {MAX_VALUES:,} can be read: cut out a part."
        )


def settled_rate(sampling_rate: float | None, num_samples: int) -> float:
    if sampling_rate is None:
        return max(num_samples / 4, 1.0)
    if not 0 < sampling_rate < math.inf:
        raise InvalidRequest(f"The sampling rate is {sampling_rate:g} Hz; it must be above 0.")
    return float(sampling_rate)


def encoder_stride(sampling_rate: float) -> int:
    """Samples between two patches: 2 for slow series, 160 for sound; in float32, as the network computes it."""
    one = np.float32(1)
    slowness = one / (one + np.exp(np.float32(-sampling_rate / 100)))
    return int(np.float32(MAX_STRIDE) * slowness**6)


def count_tokens(num_samples: int, stride: int, sampling_rate: float) -> int:
    """Patches are two strides long; the encoder halves their number twice."""
    patch = 2 * stride
    if num_samples <= patch:
        raise InvalidRequest(
            f"The series has {num_samples:,} samples; at {sampling_rate:g} Hz the model reads at least {patch + 1:,}: "
            "send a longer one or give its true sampling rate."
        )
    patches = math.ceil((num_samples - patch) / stride) + 1
    return (patches // 2 + 1) // 2


def _normalise(series: Values) -> NDArray[Any]:
    """float32 stays float32 on the way, as in the released processor; anything else is computed in float64."""
    numbers: NDArray[Any] = series.astype(np.float32 if series.dtype == np.float32 else np.float64)
    _check_finite(numbers)
    with np.errstate(over="ignore"):
        deviation = numbers.std(axis=0, keepdims=True) + 1e-8
    if not np.isfinite(deviation).all():
        raise InvalidRequest(
            f"The series has numbers up to {np.abs(numbers).max():.0e}, too large to square: scale it."
        )
    normalised: NDArray[Any] = (numbers - numbers.mean(axis=0, keepdims=True)) / deviation
    return normalised


def _check_finite(series: NDArray[Any]) -> None:
    is_finite = np.isfinite(series)
    if not is_finite.all():
        sample, channel = np.argwhere(~is_finite)[0]
        raise InvalidRequest(
            f"{series.size - int(is_finite.sum()):,} of {series.size:,} numbers are not finite, the first at sample "
            f"{sample:,} of channel {channel}: fill or cut the gaps."
        )
