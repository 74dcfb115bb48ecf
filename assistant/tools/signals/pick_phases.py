"""Pick the arrivals of P and S."""

from dataclasses import dataclass, replace
from typing import Annotated, Any, Literal

import numpy as np

from assistant.tools import views
from assistant.tools.base import Schema
from assistant.tools.optional import optional
from assistant.tools.parameters import FileName
from assistant.tools.result import ToolError, ToolResult
from assistant.tools.signals.drawing import stem, wave_panel
from assistant.tools.signals.libraries import version
from assistant.tools.signals.processing import band, check_band, default_high_corner, filtered
from assistant.tools.signals.reading import read_record
from assistant.tools.signals.record import Channel, Floats, Piece, Record, gap_warnings, utc, whole_pieces

DEFAULT_FREQMAX_HZ = 20.0
COMPONENTS = {"Z": "Z3", "N": "N1", "E": "E2"}  # by the last letter of the channel code
MAX_SAMPLES = 3_000_000  # a picker goes through 500,000 a second
MIN_SECONDS = 6.0  # the picker's long windows are 4 s
KM_PER_SECOND = 8.0  # of S - P, near the surface of the crust
LOW_SNR = 3.0


@dataclass(frozen=True, slots=True)
class Picks:
    """Seconds since the record's start; None where there is none."""

    p: float | None
    s: float | None
    method: str


def pick_phases(
    file: FileName,
    method: Literal["ar_aic", "baer"] = "ar_aic",
    station: Annotated[str, Schema(maxLength=10)] | None = None,
    freqmin_hz: Annotated[float, Schema(exclusiveMinimum=0)] = 1.0,
    freqmax_hz: Annotated[float, Schema(exclusiveMinimum=0)] = DEFAULT_FREQMAX_HZ,
) -> ToolResult:
    """Pick P and S arrivals: AR-AIC on three components, or Baer-Kradolfer P on one.

    file: Name of a file attached to the conversation, exactly as listed
    method: Picker
    station: Station code when the file has several
    freqmin_hz: Low corner, Hz
    freqmax_hz: High corner, Hz
    """
    record = read_record(file)
    channels = _of_station(record, station)
    used = _three(channels) if method == "ar_aic" else [_vertical(channels)]
    high = default_high_corner(freqmax_hz, DEFAULT_FREQMAX_HZ, used[0].rate)
    wanted = replace(band("bandpass", freqmin_hz, high), phase="causal")
    check_band(wanted, used[0].rate, record.axis)
    common, warnings = _common(used)
    warnings = [*record.warnings, *(told for one in used for told in gap_warnings(one)), *warnings]
    if method == "ar_aic":
        picks = _ar_aic(common, freqmin_hz, high)
    else:
        common, _ = [filtered(common[0], wanted, record.axis)[0]], None
        picks = _baer(common[0])
    if picks.p is None:
        raise ToolError(
            "NO_PICK",
            f"The {method} picker finds no P in {used[0].name}.",
            "Try another band, the other method, or detect_events.",
        )
    shown = [filtered(one, wanted, record.axis)[0] for one in common] if method == "ar_aic" else common
    snr = _snr(shown[0], picks.p)
    if snr < LOW_SNR:
        warnings.append(f"The signal-to-noise ratio at the P pick is {snr:.1f}; below {LOW_SNR:g} a pick is doubtful.")
    warnings.append("These are automatic picks without an estimate of their uncertainty; check them in the plot.")
    marks = _marks(picks)
    return ToolResult(
        summary=_summary(record, used, picks, snr),
        artifacts=(
            views.plot(
                f"{stem(file)}_picks.json",
                record.axis.label(),
                [wave_panel(one, marks) for one in shown],
                f"P and S picks on {', '.join(one.name for one in shown)}",
                start_time=record.start_time,
                notes=[wanted.in_words(record.axis), picks.method],
            ),
        ),
        warnings=tuple(warnings),
        provenance={
            "library": version("obspy"),
            "method": picks.method,
            "parameters": {"freqmin_hz": freqmin_hz, "freqmax_hz": high, "channels": [one.name for one in used]},
        },
    )


def _of_station(record: Record, wanted: str | None) -> list[Channel]:
    stations = list(dict.fromkeys(one.station for one in record.channels))
    shown = ", ".join(stations[:12])
    if wanted:
        key = wanted.strip().upper()
        fitting = [name for name in stations if key in (name.upper(), name.upper().rsplit(".", 1)[-1])]
        if not fitting:
            raise ToolError("NO_STATION", f"There is no station '{wanted[:20]}' in this file.", f"It has: {shown}.")
        stations = fitting[:1]
    elif len({name for name in stations if "." in name}) > 1:
        raise ToolError("SEVERAL_STATIONS", f"The file has {len(stations)} stations: {shown}.", "Name one as station.")
    else:
        return list(record.channels)
    return [one for one in record.channels if one.station == stations[0]]


def _three(channels: list[Channel]) -> list[Channel]:
    found = []
    for letters in COMPONENTS.values():
        fitting = [one for one in channels if "." in one.name and one.component in letters]
        if not fitting:
            names = ", ".join(one.name for one in channels[:12])
            raise ToolError(
                "NEED_3C",
                f"ar_aic needs a Z, an N and an E component; this file has only {names}.",
                "Use method baer, which picks P on one component.",
            )
        found.append(fitting[0])
    if len({one.rate for one in found}) > 1:
        rates = ", ".join(f"{one.name} {one.rate:g} Hz" for one in found)
        raise ToolError("UNEQUAL_RATES", f"The components differ in sampling rate: {rates}.", "Use method baer.")
    return found


def _vertical(channels: list[Channel]) -> Channel:
    return next((one for one in channels if one.component == "Z"), channels[0])


def _common(channels: list[Channel]) -> tuple[list[Channel], list[str]]:
    """The longest window that all of them cover without a gap, in float64 and of equal length."""
    rate = channels[0].rate
    windows = [(piece.offset, piece.end(rate)) for piece in whole_pieces(channels[0])]
    for one in channels[1:]:
        others = [(piece.offset, piece.end(rate)) for piece in whole_pieces(one)]
        windows = [(max(a, c), min(b, d)) for a, b in windows for c, d in others if max(a, c) < min(b, d)]
    if not windows:
        raise ToolError("UNEQUAL_LENGTH", "The components have no window in common.", "Attach records of one time.")
    low, high = max(windows, key=lambda window: window[1] - window[0])
    count = round((high - low) * rate) + 1
    if count / rate < MIN_SECONDS:
        raise ToolError(
            "TOO_SHORT", f"The longest common window lasts {count / rate:.2f} s; {MIN_SECONDS:g} s are needed."
        )
    if count > MAX_SAMPLES:
        raise ToolError(
            "TOO_LONG",
            f"The record has {count:,} samples a component; a picker takes at most {MAX_SAMPLES:,}.",
            "Find the event with detect_events, and attach a cut around it.",
        )
    parts = [_window(one, low, count) for one in channels]
    count = min(len(part) for part in parts)
    told = []
    if any(one.num_samples != count for one in channels):
        told.append(f"The window that all components cover, {low:.2f} to {low + (count - 1) / rate:.2f} s, was used.")
    return [
        Channel(one.name, rate, (Piece(low, part[:count]),), one.unit)
        for one, part in zip(channels, parts, strict=True)
    ], told


def _window(channel: Channel, low: float, count: int) -> Floats:
    for piece in whole_pieces(channel):
        first = round((low - piece.offset) * channel.rate)
        if first >= 0 and first + count <= len(piece.values) + 1:
            return np.ascontiguousarray(piece.values[first : first + count], np.float64)
    raise AssertionError((channel.name, low, count))


def _ar_aic(common: list[Channel], low: float, high: float) -> Picks:
    """Akazawa 2004, with the windows and orders of obspy's tutorial."""
    trigger: Any = optional("obspy.signal.trigger", "obspy")
    offset, rate = common[0].start, common[0].rate
    z, n, e = (one.pieces[0].values for one in common)
    method = "AR-AIC picker (Akazawa 2004) of obspy"
    if not z.any() or z.min() == z.max():
        return Picks(None, None, method)
    p, s = trigger.ar_pick(z, n, e, rate, low, high, 1.0, 0.1, 4.0, 1.0, 2, 8, 0.1, 0.2)
    duration = len(z) / rate
    return Picks(
        offset + float(p) if 0 < p < duration else None, offset + float(s) if p < s < duration else None, method
    )


def _baer(channel: Channel) -> Picks:
    """Baer and Kradolfer 1987; windows of 0.2, 0.6, 1 and 1 s as for 100 Hz in obspy's tutorial."""
    trigger: Any = optional("obspy.signal.trigger", "obspy")
    rate, values = channel.rate, channel.pieces[0].values
    down, up, preset = (max(1, round(seconds * rate)) for seconds in (0.2, 0.6, 1.0))
    method = "Baer-Kradolfer picker of obspy, which picks P only"
    if values.min() == values.max():
        return Picks(None, None, method)
    scaled = values / np.abs(values).max()
    sample, phase = trigger.pk_baer(scaled, rate, down, up, 7.0, 12.0, preset, preset)
    return Picks(channel.start + sample / rate if phase.strip("\0 ") else None, None, method)


def _snr(channel: Channel, p: float) -> float:
    """Amplitude in the second after the pick over that in up to 3 s before it (root mean squares)."""
    values, rate = channel.pieces[0].values, channel.rate
    at = round((p - channel.start) * rate)
    after, before = (
        values[at : at + round(rate)],
        values[max(0, at - round(3.1 * rate)) : max(0, at - round(0.1 * rate))],
    )
    if not len(after) or not len(before) or not before.any():
        return 0.0
    return float(np.sqrt(np.mean(after**2) / np.mean(before**2)))


def _marks(picks: Picks) -> list[views.Mark]:
    marks: list[views.Mark] = []
    if picks.p is not None:
        marks.append({"x": picks.p, "label": "P", "kind": "p"})
    if picks.s is not None:
        marks.append({"x": picks.s, "label": "S", "kind": "s"})
    return marks


def _summary(record: Record, used: list[Channel], picks: Picks, snr: float) -> str:
    facts = []
    for name, time in (("P", picks.p), ("S", picks.s)):
        if time is not None:
            clock = utc(record.start, time)
            facts.append(f"{name} at {time:.2f} s from the first sample" + (f" ({clock})" if clock else ""))
    if picks.p is not None and picks.s is not None:
        gap = picks.s - picks.p
        facts.append(f"S-P {gap:.2f} s, roughly {KM_PER_SECOND * gap:.0f} km from the source (8 km/s x S-P)")
    elif picks.s is None:
        facts.append("no S pick")
    facts.append(f"signal-to-noise ratio at P {snr:.1f}")
    return f"{used[0].station}: " + "; ".join(facts) + f". {picks.method}."
