"""MiniSEED, SAC, SEG-Y and K-NET through obspy, which is always told the format."""

import math
import warnings
from datetime import UTC, datetime
from glob import escape
from pathlib import Path
from typing import Any, Literal

import numpy as np

from assistant.tools.optional import optional
from assistant.tools.result import ToolError
from assistant.tools.signals.arrays import check_size, first_line
from assistant.tools.signals.record import MAX_CHANNELS, MAX_PIECES, Channel, Piece, Record

SeismicForm = Literal["MSEED", "SAC", "SEGY", "KNET"]
IN_WORDS = {"MSEED": "MiniSEED", "SAC": "SAC", "SEGY": "SEG-Y", "KNET": "K-NET"}


def obspy() -> Any:
    """The library, without the deprecation notes of what it imports."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return optional("obspy")


def read_seismic(path: Path, form: SeismicForm) -> Record:
    if form == "MSEED" or path.stat().st_size > 20_000_000:
        _check(_read(path, form, headonly=True), form)
    stream = _read(path, form)
    _check(stream, form)
    return to_record(stream, form)


def to_record(stream: Any, form: SeismicForm) -> Record:
    start = min(trace.stats.starttime for trace in stream)
    by_channel: dict[tuple[str, float], list[Any]] = {}
    for number, trace in enumerate(stream, 1):
        name = f"trace {number}" if form == "SEGY" or trace.id == "..." else trace.id
        by_channel.setdefault((name, float(trace.stats.sampling_rate)), []).append(trace)
    channels = tuple(
        Channel(
            name,
            rate,
            _joined(sorted(traces, key=lambda trace: trace.stats.starttime), start, rate),
            _unit(traces[0], form),
        )
        for (name, rate), traces in by_channel.items()
    )
    has_clock = start.timestamp != 0  # a file that says nothing starts in 1970
    return Record(
        IN_WORDS[form], channels, start=_moment(start) if has_clock else None, facts=_facts(stream[0].stats, form)
    )


def _read(path: Path, form: SeismicForm, headonly: bool = False) -> Any:
    read = obspy().read
    more = {"unpack_trace_headers": False} if form == "SEGY" else {}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of odd headers; what they lead to is checked below
            # obspy expands patterns and unpacks archives unless kept from it
            name = escape(str(path.resolve()))
            return read(name, format=form, headonly=headonly, check_compression=False, **more)
    except Exception as error:  # obspy's readers raise their own kinds, and Exception itself
        raise ToolError("DAMAGED", f"The {IN_WORDS[form]} file cannot be read: {first_line(error)}.") from error


def _check(stream: Any, form: SeismicForm) -> None:
    ids = {trace.id for trace in stream}
    if not stream or (len(ids) if form != "SEGY" else len(stream)) > MAX_CHANNELS:
        raise ToolError("TOO_LARGE", f"The file has {len(stream):,} traces; 1 to {MAX_CHANNELS} channels can be read.")
    if len(stream) > MAX_PIECES:
        raise ToolError("TOO_MANY_GAPS", f"The file is in {len(stream):,} pieces; at most {MAX_PIECES:,} can be read.")
    check_size(sum(trace.stats.npts for trace in stream))
    for trace in stream:
        if not 0 < trace.stats.sampling_rate < math.inf:
            raise ToolError(
                "NO_SAMPLING_RATE",
                f"The header of {trace.id} says a sampling rate of {trace.stats.sampling_rate:g} Hz.",
                "It must be above 0: attach a file with a correct header, or CSV with sampling_rate_hz.",
            )
        if trace.stats.npts < 1:
            raise ToolError("EMPTY_FILE", f"{trace.id} holds no sample.")


def _joined(traces: list[Any], start: Any, rate: float) -> tuple[Piece, ...]:
    """Records that follow each other without a gap become one piece."""
    pieces: list[tuple[float, list[Any]]] = []
    expected = -math.inf
    for trace in traces:
        offset = float(trace.stats.starttime - start)
        if abs(offset - expected) < 0.5 / rate and pieces:
            pieces[-1][1].append(_samples(trace))
        else:
            pieces.append((offset, [_samples(trace)]))
        expected = offset + trace.stats.npts / rate
    return tuple(Piece(offset, parts[0] if len(parts) == 1 else np.concatenate(parts)) for offset, parts in pieces)


def _samples(trace: Any) -> Any:
    if trace.data.dtype.kind not in "iuf":
        raise ToolError("WRONG_DTYPE", f"{trace.id} holds text or other non-numbers, not samples.")
    native = trace.data.astype(trace.data.dtype.newbyteorder("="), copy=False)
    return native * trace.stats.calib if trace.stats._format == "KNET" else native


def _unit(trace: Any, form: SeismicForm) -> str:
    """Whole numbers in MiniSEED are a digitiser's counts; decimals may be anything."""
    if form == "KNET":
        return "m/s2"
    return "counts" if form == "MSEED" and trace.data.dtype.kind in "iu" else ""


def _moment(time: Any) -> datetime | None:
    """None for years that Python's datetime cannot hold."""
    try:
        return datetime.fromtimestamp(time.timestamp, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _facts(stats: Any, form: SeismicForm) -> tuple[str, ...]:
    if form == "KNET":
        header = stats.knet
        return (
            f"header: event {header.evot} at {header.evla:g} N {header.evlo:g} E, depth {header.evdp:g} km, "
            f"magnitude {header.mag:g}; station {header.stla:g} N {header.stlo:g} E; "
            f"maximum acceleration {header.accmax:g} gal",
        )
    return ()
