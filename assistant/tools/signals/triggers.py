"""Triggers by the ratio of a short to a long average, and their coincidence over stations."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from assistant.tools.optional import optional
from assistant.tools.signals.record import Floats, Values

Method = Literal["recursive_sta_lta", "classic_sta_lta", "z_detect"]


@dataclass(frozen=True, slots=True)
class Trigger:
    """Seconds since the record's start, and the highest ratio in between."""

    on: float
    off: float
    peak: float
    stations: tuple[str, ...]


def ratios(values: Values, num_short: int, num_long: int, method: Method) -> Floats:
    """The characteristic function [T]. 1 <= num_short < num_long <= T, which obspy's C code does not check."""
    assert 1 <= num_short < num_long <= len(values), (num_short, num_long, len(values))
    trigger: Any = optional("obspy.signal.trigger", "obspy")
    samples = np.ascontiguousarray(values, np.float64)
    if not samples.any():
        return np.zeros(len(samples))
    match method:
        case "recursive_sta_lta":
            result: Floats = trigger.recursive_sta_lta(samples, num_short, num_long)
        case "classic_sta_lta":
            result = trigger.classic_sta_lta(samples, num_short, num_long)
        case "z_detect":
            result = trigger.z_detect(samples, num_short)
    return np.nan_to_num(result, posinf=0.0, neginf=0.0)


def triggers(ratio: Floats, rate: float, offset: float, on: float, off: float, station: str) -> list[Trigger]:
    """From where the ratio first exceeds on to where it has fallen to off."""
    above = np.concatenate(([0], (ratio > off).view(np.int8), [0]))
    edges = np.flatnonzero(np.diff(above))
    starts = np.flatnonzero(ratio > on)
    found = []
    for first, last in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        at = int(np.searchsorted(starts, first))
        if at < len(starts) and starts[at] < last:
            begin = int(starts[at])
            peak = float(ratio[begin:last].max())
            found.append(Trigger(offset + begin / rate, offset + (last - 1) / rate, peak, (station,)))
    return found


def coincidences(single: list[Trigger], min_stations: int) -> list[Trigger]:
    """Events at which triggers of at least min_stations stations overlap, from the first on to the last off."""
    groups: list[list[Trigger]] = []
    for trigger in sorted(single, key=lambda trigger: (trigger.on, trigger.stations)):
        if groups and trigger.on <= max(member.off for member in groups[-1]):
            groups[-1].append(trigger)
        else:
            groups.append([trigger])
    events = []
    for group in groups:
        stations = tuple(dict.fromkeys(station for member in group for station in member.stations))
        if len(stations) >= min_stations:
            off, peak = max(member.off for member in group), max(member.peak for member in group)
            events.append(Trigger(group[0].on, off, peak, stations))
    return events
