"""What is done to samples before they are shown or measured: trend out, filter, never across a gap."""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from assistant.tools.optional import optional
from assistant.tools.result import ToolError
from assistant.tools.signals.record import Axis, Channel, Floats, Piece, Values, whole_pieces

FilterType = Literal["none", "bandpass", "highpass", "lowpass"]
Phase = Literal["zero phase", "causal"]
CORNERS = 4
MAX_OF_NYQUIST = 0.95
MIN_SAMPLES = 30  # of a piece that is filtered


@dataclass(frozen=True, slots=True)
class Band:
    """A Butterworth filter of 4 corners. low, high: corners in units of the axis.

    phase: "zero phase" runs it forwards and backwards, which keeps times but smears an onset ahead; "causal" does not.
    """

    kind: FilterType
    low: float | None = None
    high: float | None = None
    phase: Phase = "zero phase"

    def in_words(self, axis: Axis) -> str:
        unit = axis.frequency_unit
        match self.kind:
            case "bandpass":
                return f"band-pass {self.low:g}-{self.high:g} {unit}, 4 corners, {self.phase}"
            case "highpass":
                return f"high-pass {self.low:g} {unit}, 4 corners, {self.phase}"
            case "lowpass":
                return f"low-pass {self.high:g} {unit}, 4 corners, {self.phase}"
        return "unfiltered"


def band(kind: FilterType, low: float | None, high: float | None) -> Band:
    """Only with the corners that the kind needs. Errors: MISSING_CORNER, BAND_ORDER."""
    if kind in ("bandpass", "highpass") and low is None:
        raise ToolError("MISSING_CORNER", f"A {kind} filter needs freqmin_hz.", "Give it, for example 1.")
    if kind in ("bandpass", "lowpass") and high is None:
        raise ToolError("MISSING_CORNER", f"A {kind} filter needs freqmax_hz.", "Give it, for example 10.")
    if kind == "bandpass" and low is not None and high is not None and low >= high:
        raise ToolError("BAND_ORDER", f"freqmin_hz {low:g} is not below freqmax_hz {high:g}.", "Exchange them.")
    return Band(kind, None if kind in ("none", "lowpass") else low, None if kind in ("none", "highpass") else high)


def unused_corner_warnings(kind: FilterType, low: float | None, high: float | None) -> list[str]:
    """Where corners were given that the kind of filter does not use."""
    unused = [
        f"{name} {value:g}"
        for name, value, users in (
            ("freqmin_hz", low, ("bandpass", "highpass")),
            ("freqmax_hz", high, ("bandpass", "lowpass")),
        )
        if value is not None and kind not in users
    ]
    return [f"{' and '.join(unused)} had no effect: filter_type is {kind}."] if unused else []


def check_band(wanted: Band, rate: float, axis: Axis) -> None:
    """Errors: NYQUIST, for a corner above 0.95 x Nyquist."""
    limit = MAX_OF_NYQUIST * rate / 2
    for name, corner in (("freqmin_hz", wanted.low), ("freqmax_hz", wanted.high)):
        if corner is not None and corner > limit:
            raise ToolError(
                "NYQUIST",
                f"{name} {corner:g} is above {limit:.4g} {axis.frequency_unit}, which is 0.95 x the Nyquist frequency "
                f"({rate / 2:g} {axis.frequency_unit} at {rate:g} samples per {axis.unit}).",
                f"Give at most {limit:.4g}.",
            )


def default_high_corner(freqmax_hz: float, default: float, rate: float) -> float:
    """The default corner lowered for slow records; a corner that somebody chose stays, to be refused."""
    return min(default, 0.9 * rate / 2) if freqmax_hz == default else freqmax_hz


def filtered(channel: Channel, wanted: Band, axis: Axis) -> tuple[Channel, list[str]]:
    """Each whole piece without its linear trend and filtered; and what a reader must know of it."""
    check_band(wanted, channel.rate, axis)
    pieces = whole_pieces(channel)
    if wanted.kind == "none":
        return replace(channel, pieces=pieces), []
    kept = [piece for piece in pieces if len(piece.values) >= MIN_SAMPLES]
    if not kept:
        longest = max(len(piece.values) for piece in pieces)
        raise ToolError(
            "TOO_SHORT", f"The longest piece of {channel.name} has {longest} samples; a filter needs {MIN_SAMPLES}."
        )
    told = []
    if len(kept) < len(pieces):
        told.append(f"{len(pieces) - len(kept)} pieces of {channel.name} under {MIN_SAMPLES} samples were left out.")
    longest_s = max(len(piece.values) for piece in kept) / channel.rate
    if wanted.low is not None and wanted.low * longest_s < 1:
        told.append(
            f"The low corner, {wanted.low:g} {axis.frequency_unit}, is below one cycle of the {longest_s:.4g} "
            f"{axis.unit} there are."
        )
    parts = tuple(Piece(piece.offset, _filtered(piece.values, wanted, channel.rate)) for piece in kept)
    return replace(channel, pieces=parts), told


def _filtered(values: Values, wanted: Band, rate: float) -> Floats:
    signal = optional("scipy.signal", "scipy")
    corners = [corner for corner in (wanted.low, wanted.high) if corner is not None]
    sections = signal.butter(CORNERS, corners if len(corners) == 2 else corners[0], wanted.kind, fs=rate, output="sos")
    if wanted.phase == "causal":
        return _checked(signal.sosfilt(sections, detrended(values)), corners[0] / rate)
    padding = min(len(values) - 1, max(27, int(3 * rate / corners[0])))
    both_ways: Floats = signal.sosfiltfilt(sections, detrended(values), padlen=min(padding, 1_000_000))
    return _checked(both_ways, corners[0] / rate)


def _checked(result: Floats, lowest: float) -> Floats:
    """lowest: corner, in cycles per sample."""
    if not np.isfinite(result).all():
        raise ToolError(
            "UNSTABLE_FILTER",
            f"The filter fails: its lowest corner is {lowest:.1e} of the sampling rate.",
            "Choose a higher corner.",
        )
    return result


def detrended(values: Values) -> Floats:
    """float64 without its linear trend [T]."""
    numbers: Floats = values.astype(np.float64)
    numbers -= numbers.mean()
    if len(numbers) > 1:
        places = np.arange(len(numbers), dtype=np.float64)
        places -= places.mean()
        places *= float(places @ numbers / (places @ places))
        numbers -= places
    return numbers
