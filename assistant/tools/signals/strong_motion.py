"""Measures of ground acceleration [T] in m/s2."""

import math
from typing import Any

import numpy as np

from assistant.tools.optional import optional
from assistant.tools.signals.record import Floats

GRAVITY = 9.80665  # m/s2, standard
DAMPING = 0.05
PERIODS = tuple(float(f"{period:.3g}") for period in np.geomspace(0.05, 10, 60))


def arias_intensity(acceleration: Floats, rate: float) -> float:
    """m/s: pi / 2g times the integral of the squared acceleration (Arias 1970)."""
    return float(math.pi / (2 * GRAVITY) * np.sum(acceleration**2) / rate)


def significant_window(acceleration: Floats, rate: float) -> tuple[float, float]:
    """Seconds at which 5 % and 95 % of the Arias intensity are reached (Trifunac and Brady 1975)."""
    energy = np.cumsum(acceleration**2)
    if energy[-1] == 0:
        return 0.0, 0.0
    first, last = np.searchsorted(energy, (0.05 * energy[-1], 0.95 * energy[-1]))
    return float(first / rate), float(last / rate)


def response_spectrum(acceleration: Floats, rate: float, periods: tuple[float, ...] = PERIODS) -> Floats:
    """Largest absolute acceleration of oscillators with 5 % damping, m/s2.

    Ramp-invariant recursion (Smallwood 1981; ISO 18431-4), exact for samples joined by straight lines.
    """
    lfilter: Any = optional("scipy.signal", "scipy").lfilter
    quiet = np.concatenate((acceleration, np.zeros(round(max(periods) * rate))))
    peaks = []
    for period in periods:
        a, b = _oscillator(period, rate)
        count = len(acceleration) + round(period * rate)
        peaks.append(np.abs(lfilter(b, a, quiet[:count])).max())
    return np.array(peaks)


def _oscillator(period: float, rate: float) -> tuple[list[float], list[float]]:
    """Denominator and numerator."""
    omega = 2 * math.pi / period
    decay = math.exp(-DAMPING * omega / rate)
    angle = omega * math.sqrt(1 - DAMPING**2) / rate
    cosine, sine = decay * math.cos(angle), decay * math.sin(angle) / angle
    return [1.0, -2 * cosine, decay**2], [1 - sine, 2 * (sine - cosine), decay**2 - sine]
