"""Find events by STA/LTA."""

from dataclasses import replace
from typing import Annotated

from assistant.tools import views
from assistant.tools.base import Schema
from assistant.tools.parameters import FileName
from assistant.tools.result import ToolArtifact, ToolError, ToolResult
from assistant.tools.signals.drawing import stem, wave_panel
from assistant.tools.signals.libraries import version
from assistant.tools.signals.processing import band, default_high_corner, filtered
from assistant.tools.signals.reading import read_record
from assistant.tools.signals.record import (
    Channel,
    Record,
    choose_channel,
    gap_warnings,
    select_channels,
    utc,
)
from assistant.tools.signals.triggers import Method, Trigger, coincidences, ratios, triggers
from assistant.tools.signals.windows import Windows, adapted

MAX_TOLD = 10
MAX_ROWS = 2_000
MAX_MARKS = 200
MAX_PANELS = 6
DEFAULT_FREQMAX_HZ = 20.0


def detect_events(
    file: FileName,
    channel: Annotated[str, Schema(maxLength=40)] | None = None,
    method: Method = "recursive_sta_lta",
    sta_s: Annotated[float, Schema(exclusiveMinimum=0, maximum=600)] = 0.5,
    lta_s: Annotated[float, Schema(exclusiveMinimum=0, maximum=3600)] = 10,
    threshold_on: Annotated[float, Schema(exclusiveMinimum=0, maximum=100)] = 3.5,
    threshold_off: Annotated[float, Schema(exclusiveMinimum=0, maximum=100)] = 1.0,
    freqmin_hz: Annotated[float, Schema(exclusiveMinimum=0)] = 1.0,
    freqmax_hz: Annotated[float, Schema(exclusiveMinimum=0)] = DEFAULT_FREQMAX_HZ,
    min_stations: Annotated[int, Schema(minimum=1, maximum=50)] = 1,
) -> ToolResult:
    """STA/LTA event detection on one station, or coincidence over several.

    file: Name of a file attached to the conversation, exactly as listed
    channel: Channel or trace id such as "BW.RJOB..EHZ" or a component letter "Z"; default: first trace
    method: Characteristic function
    sta_s: Short window, s
    lta_s: Long window, s
    threshold_on: Trigger on
    threshold_off: Trigger off
    freqmin_hz: Bandpass low corner, Hz
    freqmax_hz: Bandpass high corner, Hz
    min_stations: Coincidence: stations that must trigger
    """
    if threshold_off > threshold_on:
        raise ToolError(
            "THRESHOLD_ORDER",
            f"threshold_off {threshold_off:g} is above threshold_on {threshold_on:g}.",
            "Exchange them.",
        )
    record = read_record(file)
    channels = _channels(record, channel, min_stations)
    windows = Windows(sta_s, lta_s, threshold_on, threshold_off, method)
    high = default_high_corner(freqmax_hz, DEFAULT_FREQMAX_HZ, min(channel.rate for channel in channels))
    wanted = replace(band("bandpass", freqmin_hz, high), phase="causal")
    warnings = [*record.warnings, *(warning for channel in channels for warning in gap_warnings(channel))]
    if high != freqmax_hz:
        warnings.append(f"freqmax_hz was lowered to {high:g} Hz, which is 0.9 x the Nyquist frequency.")
    windows, told = adapted(windows, channels)
    warnings += told
    single: list[Trigger] = []
    panels: list[views.Panel] = []
    highest = 0.0
    for one in channels:
        done, told = filtered(one, wanted, record.axis)
        warnings += told
        found, peak, ratio_channel, told = _searched(done, windows)
        warnings += told
        single += found
        highest = max(highest, peak)
        if len(panels) < 2 * MAX_PANELS:
            panels += [wave_panel(done, _marks(found)), _ratio_panel(ratio_channel, windows)]
    events = coincidences(single, min_stations) if min_stations > 1 else sorted(single, key=lambda event: event.on)
    done_to_it = [
        wanted.in_words(record.axis),
        f"{method}, STA {windows.short:g} s, LTA {windows.long:g} s, on {threshold_on:g}, off {threshold_off:g}",
    ]
    return ToolResult(
        summary=_summary(record, channels, events, highest, done_to_it, min_stations),
        artifacts=(
            *_table(record, events, file),
            views.plot(
                f"{stem(file)}_triggers.json",
                record.axis.label(),
                panels,
                f"Filtered trace, ratio and {len(events)} events of {file}",
                start_time=record.start_time,
                notes=done_to_it,
            ),
        ),
        warnings=tuple(warnings),
        provenance={
            "library": version("obspy", "scipy"),
            "method": "; ".join(done_to_it),
            "parameters": {"channels": [one.name for one in channels], "min_stations": min_stations},
        },
    )


def _channels(record: Record, wanted: str | None, min_stations: int) -> list[Channel]:
    """One; with min_stations above 1, one of each station: Z where there is one."""
    if min_stations == 1:
        return [choose_channel(record, wanted)]
    candidates = select_channels(record, wanted) if wanted else list(record.channels)
    by_station: dict[str, Channel] = {}
    for one in sorted(candidates, key=lambda one: one.component != "Z"):
        by_station.setdefault(one.station, one)
    if len(by_station) < min_stations:
        raise ToolError(
            "TOO_FEW_STATIONS",
            f"min_stations is {min_stations}; the file has {len(by_station)}: {', '.join(by_station)[:200]}.",
            "Lower min_stations, or attach a file with all stations.",
        )
    return list(by_station.values())


def _searched(one: Channel, windows: Windows) -> tuple[list[Trigger], float, Channel, list[str]]:
    """Triggers, the highest ratio, the ratio as a channel, and what was left out."""
    num_short, num_long = round(windows.short * one.rate), round(windows.long * one.rate)
    found: list[Trigger] = []
    parts, skipped = [], 0
    for piece in one.pieces:
        if len(piece.values) < 2 * num_long:
            skipped += 1
            continue
        ratio = ratios(piece.values, num_short, num_long, windows.method)
        found += triggers(ratio, one.rate, piece.offset, windows.on, windows.off, one.station)
        parts.append(type(piece)(piece.offset, ratio))
    told = (
        [f"{skipped} pieces of {one.name} are shorter than two long windows and were not searched."] if skipped else []
    )
    ratio_channel = Channel(f"ratio of {one.name}", one.rate, tuple(parts), "1")
    return found, max((float(part.values.max()) for part in parts), default=0.0), ratio_channel, told


def _marks(found: list[Trigger]) -> list[views.Mark]:
    return [
        {"x": trigger.on, "x_end": trigger.off, "label": f"event {i}", "kind": "trigger"}
        for i, trigger in enumerate(found[:MAX_MARKS], 1)
    ]


def _ratio_panel(ratio: Channel, windows: Windows) -> views.Panel:
    if not ratio.pieces:
        return {"label": ratio.name, "curves": []}
    panel = wave_panel(ratio)
    ends = [ratio.start, ratio.end]
    panel["curves"] += [
        {"name": "on", "x": ends, "y": [windows.on] * 2},
        {"name": "off", "x": ends, "y": [windows.off] * 2},
    ]
    return panel


def _summary(
    record: Record,
    channels: list[Channel],
    events: list[Trigger],
    highest: float,
    done_to_it: list[str],
    min_stations: int,
) -> str:
    where = ", ".join(one.name for one in channels[:MAX_PANELS])
    seen = f"the highest ratio is {highest:.2f}"
    if not events:
        return f"No event on {where}: {seen}. ({'; '.join(done_to_it)})"
    kind = f" on at least {min_stations} stations" if min_stations > 1 else ""
    lines = [f"{len(events)} event{'s' * (len(events) > 1)}{kind} on {where}; {seen}. ({'; '.join(done_to_it)})"]
    for i, event in enumerate(events[:MAX_TOLD], 1):
        clock = utc(record.start, event.on)
        length = event.off - event.on
        stations = f", stations {', '.join(event.stations)}" if min_stations > 1 else ""
        lines.append(
            f"Event {i}: on at {event.on:.2f} s{f' ({clock})' if clock else ''}, duration {length:.2f} s, "
            f"peak ratio {event.peak:.2f}{stations}"
        )
    if len(events) > MAX_TOLD:
        lines.append(f"... and {len(events) - MAX_TOLD} more (see the table)")
    return "\n".join(lines)[:1500]


def _table(record: Record, events: list[Trigger], file: str) -> list[ToolArtifact]:
    if not events:
        return []
    rows: list[list[views.Cell]] = [
        [
            i,
            utc(record.start, event.on),
            round(event.on, 4),
            round(event.off - event.on, 4),
            round(event.peak, 3),
            " ".join(event.stations),
        ]
        for i, event in enumerate(events[:MAX_ROWS], 1)
    ]
    columns = ("event", "on (UTC)", "on (s since start)", "duration (s)", "peak ratio", "stations")
    return [views.table(f"{stem(file)}_events.csv", columns, rows, f"Events of {file}")]
