"""Describe a recording."""

from typing import Annotated

import numpy as np

from assistant.tools import views
from assistant.tools.base import Schema
from assistant.tools.parameters import FileName
from assistant.tools.result import ToolArtifact, ToolError, ToolResult
from assistant.tools.signals.drawing import stem, wave_panel
from assistant.tools.signals.libraries import READERS, version
from assistant.tools.signals.reading import read_record
from assistant.tools.signals.record import Channel, Record, utc, whole_pieces

MAX_LINES = 8  # channels in the summary
MAX_PANELS = 6
MAX_GAPS_TOLD = 4
MAX_ROWS = 2_000
OVERVIEW_POINTS = 1_000  # of a curve


def signal_info(
    file: FileName,
    sampling_rate_hz: Annotated[float, Schema(exclusiveMinimum=0, maximum=10_000_000.0)] | None = None,
    column: Annotated[str, Schema(maxLength=100)] | None = None,
) -> ToolResult:
    """Describe a waveform or time-series file: traces, rate, start, duration, gaps, amplitude, units if known.

    file: Name of a file attached to the conversation, exactly as listed
    sampling_rate_hz: Sampling rate, Hz; required for CSV/NPY without a time axis
    column: Column name or 0-based index for CSV/NPY
    """
    record = read_record(file, sampling_rate_hz, column)
    channels = record.channels
    start = f"from {record.start_time} on" if record.start else "start time not stated"
    lines = [
        f"{file}: {record.form}, {len(channels)} channel{'s' * (len(channels) > 1)}, "
        f"duration {_length(record, record.duration)}, {start}",
        *record.facts,
        *(_in_words(record, channel) for channel in channels[:MAX_LINES]),
    ]
    if len(channels) > MAX_LINES:
        lines.append(f"... and {len(channels) - MAX_LINES} more channels (see the table)")
    names = [channel.name for channel in channels]
    return ToolResult(
        summary="\n".join(lines)[:1500],
        artifacts=(
            views.table(
                f"{stem(file)}_channels.csv",
                (
                    "channel",
                    "start",
                    f"sampling rate ({record.axis.frequency_unit})",
                    "samples",
                    f"duration ({record.axis.unit})",
                    "gaps",
                    "overlaps",
                    "NaN or infinite",
                    "minimum",
                    "maximum",
                    "mean",
                    "unit",
                ),
                [_row(record, channel) for channel in channels],
                f"Channels of {file}",
            ),
            *_gap_table(record, file),
            *_overview(record, file),
        ),
        warnings=(*record.warnings, *(warning for channel in channels for warning in _bad(channel))),
        provenance={"library": version(*READERS), "method": record.form, "parameters": {"channels": names[:50]}},
    )


def _in_words(record: Record, channel: Channel) -> str:
    low, high, mean = _extent(channel)
    rate = f"{channel.rate:g} Hz" if record.axis.is_time else f"{channel.rate:g} samples per {record.axis.unit}"
    holes = _holes(channel)
    gaps = [(at, length) for at, length in holes if length > 0]
    text = (
        f"{channel.name}: {rate}, {channel.num_samples:,} samples, minimum {low:.6g}, maximum {high:.6g}, "
        f"mean {mean:.6g}, unit {channel.unit or 'not stated'}; "
    )
    text += (
        "no gaps"
        if not gaps
        else f"{len(gaps)} gap{'s' * (len(gaps) > 1)}: "
        + ", ".join(f"{_length(record, length)} at {_place(record, at)}" for at, length in gaps[:MAX_GAPS_TOLD])
    )
    if len(gaps) > MAX_GAPS_TOLD:
        text += f" and {len(gaps) - MAX_GAPS_TOLD} more, {_length(record, sum(length for _, length in gaps))} in all"
    overlaps = len(holes) - len(gaps)
    return text + (f"; {overlaps} overlap{'s' * (overlaps > 1)}" if overlaps else "")


def _holes(channel: Channel) -> list[tuple[float, float]]:
    """After the last sample of each piece: where, and the length of what is missing (below 0: an overlap)."""
    ends = [piece.end(channel.rate) for piece in channel.pieces]
    return [(end, after.offset - end - 1 / channel.rate) for end, after in zip(ends, channel.pieces[1:], strict=False)]


def _length(record: Record, length: float) -> str:
    return f"{length:.2f} s" if record.axis.is_time else f"{length:g} {record.axis.unit}s"


def _place(record: Record, offset: float) -> str:
    return record.axis.place(offset)


def _extent(channel: Channel) -> tuple[float, float, float]:
    """Lowest, highest and mean of the finite samples; NaN where there is none."""
    try:
        pieces = whole_pieces(channel)
    except ToolError:  # nothing finite, in too many pieces, or too large
        values = np.concatenate([piece.values[np.isfinite(piece.values)] for piece in channel.pieces])
        return (float(values.min()), float(values.max()), float(values.mean())) if len(values) else (np.nan,) * 3
    total = sum(float(piece.values.sum(dtype=np.float64)) for piece in pieces)
    count = sum(len(piece.values) for piece in pieces)
    return (
        min(float(piece.values.min()) for piece in pieces),
        max(float(piece.values.max()) for piece in pieces),
        total / count,
    )


def _row(record: Record, channel: Channel) -> list[views.Cell]:
    holes = _holes(channel)
    start = utc(record.start, channel.start) or record.axis.place(channel.start)
    low, high, mean = (views.finite(value) for value in _extent(channel))
    num_gaps = sum(length > 0 for _, length in holes)
    return [
        channel.name,
        start,
        channel.rate,
        channel.num_samples,
        round(channel.end - channel.start, 6),
        num_gaps,
        len(holes) - num_gaps,
        channel.num_bad,
        low,
        high,
        mean,
        channel.unit or "not stated",
    ]


def _gap_table(record: Record, file: str) -> list[ToolArtifact]:
    rows: list[list[views.Cell]] = [
        [channel.name, round(at, 6), utc(record.start, at), round(length, 6)]
        for channel in record.channels
        for at, length in _holes(channel)
    ]
    if not rows:
        return []
    columns = ("channel", "after (s since start)", "after (UTC)", "length (s; below 0: overlap)")
    return [views.table(f"{stem(file)}_gaps.csv", columns, rows[:MAX_ROWS], f"Gaps and overlaps of {file}")]


def _overview(record: Record, file: str) -> list[ToolArtifact]:
    panels = []
    for channel in record.channels[:MAX_PANELS]:
        try:
            shown = Channel(channel.name, channel.rate, whole_pieces(channel), channel.unit)
        except ToolError:  # nothing finite, or in too many pieces
            continue
        panels.append(wave_panel(shown, shift=record.axis.origin, max_points=OVERVIEW_POINTS))
    if not panels:
        return []
    label, start = record.axis.label(), record.start_time
    return [views.plot(f"{stem(file)}_overview.json", label, panels, f"Overview of {file}", start_time=start)]


def _bad(channel: Channel) -> list[str]:
    if not channel.num_bad:
        return []
    return [f"{channel.num_bad:,} of {channel.num_samples:,} samples of {channel.name} are NaN or infinite."]
