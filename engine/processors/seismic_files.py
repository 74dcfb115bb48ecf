"""Recordings of seismometers: MiniSEED, SAC, SEG-Y and K-NET, read by obspy as the format that we found ourselves."""

import math
import warnings
from collections.abc import Sequence
from glob import escape
from pathlib import Path
from typing import Any, Literal

import numpy as np

from engine.errors import InvalidRequest
from engine.processors.series import Series
from engine.processors.signals import MAX_CHANNELS, MAX_VALUES

SeismicFormat = Literal["MSEED", "SAC", "SEGY", "KNET"]
NAMES: dict[SeismicFormat, str] = {"MSEED": "MiniSEED", "SAC": "SAC", "SEGY": "SEG-Y", "KNET": "K-NET"}
EPOCH = "1970-01-01T00:00:00"  # stands in files for an unknown time


def read_seismic(path: Path, form: SeismicFormat, *, whole: bool = True) -> Series:
    """Its channels side by side. Not whole: of one with gaps or unequal channels the longest piece, of many the first.

    InvalidRequest where that cannot be, before any sample is decoded.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # of what obspy imports
            import obspy
    except ImportError as error:
        raise InvalidRequest(
            f"{NAMES[form]} files need obspy, which is not installed here: pip install 'benchside[seismic]'."
        ) from error
    name = escape(str(path.resolve()))  # obspy expands patterns; format= keeps it from unpickling what it is given
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what it warns of is said by the checks below
            headers = list(obspy.read(name, format=form, headonly=True, check_compression=False))
            chosen = range(len(headers)) if whole else _chosen(headers)
            _check_traces([headers[place] for place in chosen], NAMES[form])
            traces = obspy.read(name, format=form, check_compression=False)
            channels = [traces[place].data for place in chosen]
    except InvalidRequest:
        raise
    except Exception as error:  # obspy's readers raise their own kinds, and struct.error, IndexError and more
        reason = " ".join(str(error).replace(name, "it").split())[:200].rstrip(".") or type(error).__name__
        raise InvalidRequest(f"The {NAMES[form]} file is damaged: {reason}.") from error
    if len({len(data) for data in channels}) != 1 or len(channels[0]) != headers[chosen[0]].stats.npts:
        raise InvalidRequest(f"The {NAMES[form]} file is damaged: it has fewer samples than it announces.")
    stats = headers[chosen[0]].stats
    ids = " ".join(filter(None, [NAMES[form], ", ".join(_ids([headers[place] for place in chosen]))]))
    starts_at = str(stats.starttime).removesuffix("Z").removesuffix(".000000")
    return Series(
        np.stack(channels, axis=1),
        float(stats.sampling_rate),
        ids,
        starts_at="" if starts_at.startswith(EPOCH) else starts_at,
        left_out=_left_out(headers, len(chosen)),
    )


def _chosen(headers: Sequence[Any]) -> Sequence[int]:
    """The longest trace and those of other channels that run beside it, as many as can be read."""
    if not headers:
        return ()
    longest = max(headers, key=lambda trace: trace.stats.npts).stats
    beside: dict[str, int] = {}
    for place, trace in enumerate(headers):
        stats = trace.stats
        is_equal = (stats.npts, stats.sampling_rate) == (longest.npts, longest.sampling_rate)
        if is_equal and abs(stats.starttime - longest.starttime) < 1 / max(longest.sampling_rate, 1e-9):
            beside.setdefault(_name(trace, place), place)
    return list(beside.values())[:MAX_CHANNELS]


def _name(trace: Any, place: int) -> str:
    """Traces of SEG-Y have no names: they are told apart by their place."""
    return str(trace.id) if trace.id.strip(".") else str(place)


def _ids(traces: list[Any]) -> list[str]:
    return [trace.id for trace in traces if trace.id.strip(".")]


def _left_out(headers: Sequence[Any], num_chosen: int) -> str:
    if num_chosen == len(headers):
        return ""
    num_channels = len({_name(trace, place) for place, trace in enumerate(headers)})
    if num_channels == len(headers) > MAX_CHANNELS == num_chosen:
        return f"the first {num_chosen} of {len(headers):,} traces"
    if num_channels < len(headers):
        return f"the longest of {len(headers):,} pieces, since the recording has gaps"
    return f"{num_chosen} of {len(headers):,} channels, since they differ in length, rate or start"


def _check_traces(traces: list[Any], name: str) -> None:
    ids = {_name(trace, place) for place, trace in enumerate(traces)}
    if not traces or len(traces) > MAX_CHANNELS:
        raise InvalidRequest(
            f"The {name} file has {len(traces)} traces; 1 to {MAX_CHANNELS} can be read: cut out a part."
        )
    if len(ids) < len(traces):
        raise InvalidRequest(
            f"The recording has gaps: {len(traces)} pieces of {len(ids)} channels; fill them or cut out one piece."
        )
    lengths = sorted({trace.stats.npts for trace in traces})
    rates = sorted({trace.stats.sampling_rate for trace in traces})
    if len(lengths) > 1 or len(rates) > 1:
        raise InvalidRequest(
            f"The channels differ: {lengths[0]:,} to {lengths[-1]:,} samples at {rates[0]:g} to {rates[-1]:g} Hz; "
            "cut them to one length and rate, or send one channel."
        )
    if lengths[0] < 1:
        raise InvalidRequest("The recording has no samples: attach another.")
    if lengths[0] * len(traces) > MAX_VALUES:
        raise InvalidRequest(
            f"The recording has {lengths[0] * len(traces):,} samples; at most {MAX_VALUES:,} can be read: "
            "cut out a part."
        )
    if not 0 < rates[0] < math.inf:
        raise InvalidRequest(f"The recording says {rates[0]:g} Hz; its sampling rate must be above 0.")
