"""Draw traces."""

from typing import Annotated

from assistant.tools import views
from assistant.tools.base import Schema
from assistant.tools.optional import optional
from assistant.tools.parameters import FileName
from assistant.tools.result import ToolArtifact, ToolResult
from assistant.tools.signals.drawing import series_file, spectrogram_panel, stem, wave_panel
from assistant.tools.signals.libraries import version
from assistant.tools.signals.processing import FilterType, band, filtered, unused_corner_warnings
from assistant.tools.signals.reading import read_record
from assistant.tools.signals.record import Channel, Record, cut, gap_warnings, select_channels

MAX_PANELS = 12
MAX_FILTERED = 12_000_000


def plot_waveform(
    file: FileName,
    channels: Annotated[list[Annotated[str, Schema(maxLength=40)]], Schema(maxItems=12)] | None = None,
    start_s: Annotated[float, Schema(minimum=0)] | None = None,
    end_s: Annotated[float, Schema(minimum=0)] | None = None,
    filter_type: FilterType = "none",
    freqmin_hz: Annotated[float, Schema(exclusiveMinimum=0, maximum=100_000)] | None = None,
    freqmax_hz: Annotated[float, Schema(exclusiveMinimum=0, maximum=100_000)] | None = None,
    spectrogram: bool = False,
    sampling_rate_hz: Annotated[float, Schema(exclusiveMinimum=0, maximum=10_000_000.0)] | None = None,
    column: Annotated[str, Schema(maxLength=100)] | None = None,
) -> ToolResult:
    """Plot traces, with optional filter and spectrogram.

    file: Name of a file attached to the conversation, exactly as listed
    channels: Trace ids or component letters; default all (max 12)
    start_s: Start, seconds from the first sample
    end_s: End, seconds from the first sample
    filter_type: Filter applied first (4 corners, zero phase)
    freqmin_hz: Low corner, Hz
    freqmax_hz: High corner, Hz; below 0.95 x Nyquist
    spectrogram: Add a spectrogram under each trace
    sampling_rate_hz: Sampling rate, Hz; required for CSV/NPY without a time axis
    column: Column name or 0-based index for CSV/NPY
    """
    wanted = band(filter_type, freqmin_hz, freqmax_hz)
    record = read_record(file, sampling_rate_hz, column)
    chosen = _chosen(record, channels)
    warnings = [*record.warnings, *unused_corner_warnings(filter_type, freqmin_hz, freqmax_hz)]
    if len(chosen) > MAX_PANELS:
        warnings.append(f"The first {MAX_PANELS} of {len(chosen)} channels are shown.")
    shown = []
    for channel in chosen[:MAX_PANELS]:
        cut(record, channel, start_s, end_s)  # refuses an empty window before any work
        done, told = filtered(channel, wanted, record.axis)
        shown.append(cut(record, done, start_s, end_s))
        warnings += told + gap_warnings(channel)
    panels = []
    for channel in shown:
        panels.append(wave_panel(channel, shift=record.axis.origin))
        if spectrogram:
            panels.append(spectrogram_panel(channel, optional("scipy.signal", "scipy")))
    done_to_it = wanted.in_words(record.axis)
    alt = f"{', '.join(channel.name for channel in shown)} of {file}, {done_to_it}"
    drawing = views.plot(
        f"{stem(file)}_waveform.json",
        record.axis.label(),
        panels,
        alt,
        start_time=record.start_time,
        notes=[done_to_it],
    )
    return ToolResult(
        summary="\n".join([f"Plotted {alt}.", *(_in_words(record, channel) for channel in shown)])[:1500],
        artifacts=(drawing, *_kept(record, shown, file, filter_type)),
        warnings=tuple(warnings),
        provenance={
            "library": version("obspy", "scipy"),
            "method": done_to_it + (", linear trend removed" if filter_type != "none" else ""),
            "parameters": {"channels": [channel.name for channel in shown], "start_s": start_s, "end_s": end_s},
        },
    )


def _chosen(record: Record, wanted: list[str] | None) -> list[Channel]:
    """In the order of the call, each once."""
    if not wanted:
        return list(record.channels)
    found: dict[str, Channel] = {}
    for name in wanted:
        found |= {channel.name: channel for channel in select_channels(record, name)}
    return list(found.values())


def _in_words(record: Record, channel: Channel) -> str:
    lows = [
        (float(piece.values.min()), piece.offset + int(piece.values.argmin()) / channel.rate)
        for piece in channel.pieces
    ]
    highs = [
        (float(piece.values.max()), piece.offset + int(piece.values.argmax()) / channel.rate)
        for piece in channel.pieces
    ]
    low, high = min(lows), max(highs)
    unit = f" {channel.unit}" if channel.unit else ""
    return (
        f"{channel.name}: {channel.num_samples:,} samples from {record.axis.place(channel.start)} to "
        f"{record.axis.place(channel.end)}; minimum {low[0]:.5g}{unit} at {record.axis.place(low[1])}, "
        f"maximum {high[0]:.5g}{unit} at {record.axis.place(high[1])}."
    )


def _kept(record: Record, shown: list[Channel], file: str, filter_type: FilterType) -> list[ToolArtifact]:
    """The filtered channels, for the next call."""
    if filter_type == "none":
        return []
    kept = series_file(f"{stem(file)}_filtered", record, shown, f"Filtered channels of {file}")
    return [kept] if kept else []
