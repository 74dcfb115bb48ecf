"""Measures of one evenly spaced series [T], each as sentences with numbers. step: the distance of samples."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from assistant.tools.optional import optional
from assistant.tools.result import ToolError
from assistant.tools.signals.processing import detrended
from assistant.tools.signals.record import Floats

MAD_TO_SIGMA = 1.4826  # of a normal distribution
THEIL_SEN_SAMPLES = 1_500  # its cost is quadratic
NUM_PERIODS = 3
MAX_TRANSFORMED = 1_000_000  # samples of a Fourier transform


@dataclass(frozen=True, slots=True)
class Period:
    """low, high: the periods of the two neighbouring frequencies. share: of the variance, between those two."""

    length: float
    low: float
    high: float
    share: float


def fill(values: Floats) -> Floats:
    """Linear between the finite neighbours."""
    is_finite = np.isfinite(values)
    if is_finite.all():
        return values
    places = np.arange(len(values))
    return np.interp(places, places[is_finite], values[is_finite])


def thinned(values: Floats, step: float) -> tuple[Floats, float]:
    """Means of some neighbours, at most MAX_TRANSFORMED of them, and their distance."""
    group = -(-len(values) // MAX_TRANSFORMED)
    if group == 1:
        return values, step
    full = len(values) // group * group
    return values[:full].reshape(-1, group).mean(axis=1), step * group


def periods(values: Floats, step: float) -> list[Period]:
    """Strongest first, from the periodogram of the series without its linear trend. Errors: NO_VARIATION."""
    signal: Any = optional("scipy.signal", "scipy")
    flat = detrended(values)
    if not flat.std() > 1e-12 * max(1.0, float(np.abs(values).max())):
        raise ToolError("NO_VARIATION", "The series is constant or a straight line, so it has no period.")
    frequencies, power = signal.periodogram(flat, 1 / step, detrend=False)
    frequencies, power = frequencies[1:], power[1:]
    found, _ = signal.find_peaks(np.concatenate(([0.0], power, [0.0])))
    strongest = sorted((int(at) - 1 for at in found), key=lambda at: -power[at])[:NUM_PERIODS]
    total = float(power.sum())
    result = []
    for at in strongest:
        low = 1 / frequencies[min(at + 1, len(frequencies) - 1)]
        high = 1 / frequencies[max(at - 1, 0)]
        share = float(power[max(at - 1, 0) : at + 2].sum()) / total
        result.append(Period(float(1 / frequencies[at]), float(low), float(high), share))
    return result


def autocorrelation(values: Floats) -> Floats:
    """Of the series without its linear trend, for lags from 0 to half its length."""
    flat = detrended(values)
    size = 2 ** int(np.ceil(np.log2(2 * len(flat))))
    power = np.abs(np.fft.rfft(flat, size)) ** 2
    result = np.fft.irfft(power, size)[: len(flat) // 2 + 1]
    return result / result[0] if result[0] > 0 else np.zeros(len(result))


def peaks(values: Floats, prominence: float) -> tuple[Any, Any]:
    """Indices of the peaks, and their prominences."""
    found, facts = optional("scipy.signal", "scipy").find_peaks(values, prominence=prominence)
    return found, facts["prominences"]


def anomalies(values: Floats, threshold: float) -> tuple[Any, Floats]:
    """Indices beyond the robust z-score, and the scores [T]. Errors: NO_VARIATION."""
    median = float(np.nanmedian(values))
    deviation = MAD_TO_SIGMA * float(np.nanmedian(np.abs(values - median)))
    if deviation == 0:
        raise ToolError(
            "NO_VARIATION",
            f"More than half of the values equal the median, {median:.6g}, so the robust deviation (MAD) is 0.",
            "Look at the statistics instead.",
        )
    scores = (values - median) / deviation
    return np.flatnonzero(np.abs(scores) > threshold), scores


def slopes(values: Floats, step: float) -> tuple[float, float, float, float]:
    """Least squares: slope per unit, its standard error, and R squared; and the slope of Theil and Sen."""
    stats: Any = optional("scipy.stats", "scipy")
    places = np.arange(len(values)) * step
    fit = stats.linregress(places, values)
    every = -(-len(values) // THEIL_SEN_SAMPLES)
    robust = stats.theilslopes(values[::every], places[::every])
    return float(fit.slope), float(fit.stderr), float(fit.rvalue) ** 2, float(robust.slope)
