"""The curves that fit_curve knows: formula, names and units of parameters, where to start looking for them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Curve:
    """function(x, *parameters) -> y. start(x, y) gives the first guess. needs_positive_x: a logarithm or 1/x of it."""

    formula: str
    names: tuple[str, ...]
    function: Callable[..., Any]
    start: Callable[[Values, Values], list[float]]
    needs_positive_x: bool = False


def _line(x: Values, y: Values) -> list[float]:
    slope, intercept = np.polyfit(x, y, 1)
    return [float(intercept), float(slope)]


def _log_line(x: Values, y: Values) -> tuple[float, float]:
    """Intercept and slope of ln|y| over x, over the points that have a logarithm."""
    is_usable = np.abs(y) > 0
    if is_usable.sum() < 2:
        return 0.0, 0.0
    slope, intercept = np.polyfit(x[is_usable], np.log(np.abs(y[is_usable])), 1)
    return float(intercept), float(slope)


def _sign(y: Values) -> float:
    return float(np.sign(np.median(y)) or 1.0)


def _exponential_start(x: Values, y: Values) -> list[float]:
    intercept, slope = _log_line(x, y)
    return [_sign(y) * float(np.exp(np.clip(intercept, -50, 50))), slope]


def _decay_start(x: Values, y: Values) -> list[float]:
    floor = float(y[np.argmax(x)])
    span = float(y[np.argmin(x)]) - floor
    return [span or 1.0, 1.0 / (float(np.ptp(x)) / 3 or 1.0), floor]


def _gaussian_start(x: Values, y: Values) -> list[float]:
    base = float(np.median(y))
    peak = int(np.argmax(np.abs(y - base)))
    return [float(y[peak]) - base, float(x[peak]), float(np.ptp(x)) / 6 or 1.0, base]


def _saturation_start(x: Values, y: Values) -> list[float]:
    top = float(np.max(y)) * 1.2 or 1.0
    return [top, float(x[np.argmin(np.abs(y - top / 2))]) or 1.0]


def _arrhenius_start(x: Values, y: Values) -> list[float]:
    intercept, slope = _log_line(1.0 / x, y)
    return [float(np.exp(np.clip(intercept, -100, 100))), -slope * GAS_CONSTANT]


GAS_CONSTANT = 8.314462618  # J/(mol K)

CURVES = {
    "linear": Curve("y = a + b x", ("a", "b"), lambda x, a, b: a + b * x, _line),
    "quadratic": Curve(
        "y = a + b x + c x^2",
        ("a", "b", "c"),
        lambda x, a, b, c: a + b * x + c * x**2,
        lambda x, y: [float(value) for value in np.polyfit(x, y, 2)[::-1]],
    ),
    "exponential": Curve("y = a exp(b x)", ("a", "b"), lambda x, a, b: a * np.exp(b * x), _exponential_start),
    "power": Curve(
        "y = a x^b",
        ("a", "b"),
        lambda x, a, b: a * x**b,
        lambda x, y: _exponential_start(np.log(x), y),
        needs_positive_x=True,
    ),
    "arrhenius": Curve(
        "k = A exp(-Ea / (R T)), T in K, Ea in J/mol",
        ("A", "Ea"),
        lambda t, a, ea: a * np.exp(-ea / (GAS_CONSTANT * t)),
        _arrhenius_start,
        needs_positive_x=True,
    ),
    "michaelis_menten": Curve(
        "v = Vmax S / (Km + S)", ("Vmax", "Km"), lambda s, v, k: v * s / (k + s), _saturation_start
    ),
    "hill": Curve(
        "y = ymax x^n / (K^n + x^n)",
        ("ymax", "K", "n"),
        lambda x, top, k, n: top * x**n / (k**n + x**n),
        lambda x, y: [*_saturation_start(x, y), 1.0],
        needs_positive_x=True,
    ),
    "gaussian": Curve(
        "y = A exp(-(x - mu)^2 / (2 sigma^2)) + c",
        ("A", "mu", "sigma", "c"),
        lambda x, a, mu, sigma, c: a * np.exp(-((x - mu) ** 2) / (2 * sigma**2)) + c,
        _gaussian_start,
    ),
    "first_order_decay": Curve(
        "y = A exp(-k t) + c", ("A", "k", "c"), lambda t, a, k, c: a * np.exp(-k * t) + c, _decay_start
    ),
}
