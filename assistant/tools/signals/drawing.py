"""Panels of curves, thinned for the page, and the files that the next call may use."""

import io
import re
from typing import Any

import numpy as np

from assistant.tools import views
from assistant.tools.result import ToolArtifact
from assistant.tools.signals.processing import detrended
from assistant.tools.signals.record import Channel, Floats, Record, Values
from assistant.tools.signals.seismic_files import obspy

MAX_POINTS = 4_000  # of a curve
MAX_COLUMNS, MAX_ROWS = 300, 128  # of a spectrogram
MAX_FILE_BYTES = 8_000_000


def outline(x: Values, y: Values, max_points: int = MAX_POINTS) -> tuple[list[float], list[float | None]]:
    """The lowest and the highest value of every stretch, in their order; all finite. x, y: [T]."""
    if len(y) > max_points:
        stretch = -(-2 * len(y) // max_points)
        full = len(y) // stretch * stretch
        blocks = y[:full].reshape(-1, stretch)
        starts = np.arange(0, full, stretch)
        ends = np.sort(np.stack((starts + blocks.argmin(axis=1), starts + blocks.argmax(axis=1)), axis=1), axis=1)
        chosen = np.unique(np.concatenate((ends.reshape(-1), [len(y) - 1])))
        x, y = x[chosen], y[chosen]
    return rounded(x), rounded(y)  # type: ignore[return-value]


def rounded(values: Values) -> list[float]:
    """7 significant digits, which is what a page can show. values: finite, below 1e100."""
    numbers: Floats = np.asarray(values, np.float64)
    digits = np.floor(np.log10(np.maximum(np.abs(numbers), 1e-200)))
    scale = 10.0 ** (6 - digits)
    result: list[float] = (np.rint(numbers * scale) / scale).tolist()
    return result


def wave_panel(
    channel: Channel, marks: list[views.Mark] | None = None, shift: float = 0.0, max_points: int = MAX_POINTS
) -> views.Panel:
    """One curve, broken where the channel is. shift: what the axis begins with."""
    x: list[float] = []
    y: list[float | None] = []
    total = channel.num_samples
    for piece in channel.pieces:
        share = max(4, max_points * len(piece.values) // total)
        places = shift + piece.offset + np.arange(len(piece.values)) / channel.rate
        more_x, more_y = outline(places, piece.values, share)
        if x:
            x.append(more_x[0])
            y.append(None)
        x += more_x
        y += more_y
    label = f"{channel.name} ({channel.y_unit})"
    return {"label": label, "curves": [{"name": channel.name, "x": x, "y": y}], "marks": marks or []}


def spectrogram_panel(channel: Channel, signal: Any) -> views.Panel:
    """At most 300 x 128 values in dB, of all pieces. signal: scipy.signal."""
    longest = max(len(piece.values) for piece in channel.pieces)
    window = int(2 ** np.clip(np.floor(np.log2(longest / 32)), 4, 13))
    times: list[Values] = []
    power: list[Floats] = []
    hop = max(window // 8, channel.num_samples // MAX_COLUMNS)
    for piece in channel.pieces:
        if len(piece.values) < window:
            continue
        starts = np.arange(0, len(piece.values) - window + 1, hop)
        segments = np.stack([detrended(piece.values[start : start + window]) for start in starts])
        _, density = signal.periodogram(segments, channel.rate, "hann", detrend=False)
        times.append(piece.offset + (starts + window / 2) / channel.rate)
        power.append(density)
    if not times:
        return {"label": f"{channel.name} (Hz)", "curves": []}
    rows = np.concatenate(power)[:, 1:]  # [columns, frequencies]
    frequencies = np.arange(1, rows.shape[1] + 1) * channel.rate / window
    rows, frequencies = _averaged(rows, frequencies)
    places = np.concatenate(times)
    chosen = np.unique(np.linspace(0, len(places) - 1, min(len(places), MAX_COLUMNS)).astype(int))
    floor = max(float(rows.max()), 1e-300) * 1e-12
    decibels = 10 * np.log10(np.maximum(rows[chosen], floor))
    heat_map: views.HeatMap = {
        "x": rounded(places[chosen]),
        "y": rounded(frequencies),
        "values": np.round(decibels.T, 1).tolist(),
        "unit": f"dB re 1 ({channel.y_unit})^2/Hz",
    }
    return {"label": f"{channel.name} (Hz)", "curves": [], "heat_map": heat_map}


def _averaged(rows: Floats, frequencies: Floats) -> tuple[Floats, Floats]:
    """At most 128 frequencies, each the mean of some neighbours."""
    group = -(-len(frequencies) // MAX_ROWS)
    full = len(frequencies) // group * group
    return (
        rows[:, :full].reshape(len(rows), -1, group).mean(axis=2),
        frequencies[:full].reshape(-1, group).mean(axis=1),
    )


def series_file(name: str, record: Record, channels: list[Channel], alt: str) -> ToolArtifact | None:
    """The channels as MiniSEED (trace ids) or CSV (anything else); None where they are too large to send."""
    size = sum(channel.num_samples for channel in channels)
    if all(re.fullmatch(r"\w{0,2}\.\w{0,5}\.\w{0,2}\.\w{0,3}", channel.name) for channel in channels):
        if 4 * size > MAX_FILE_BYTES:
            return None
        return views.file(f"{name}.mseed", miniseed(record, channels), "application/vnd.fdsn.mseed", alt)
    channel = channels[0]
    if 30 * size > MAX_FILE_BYTES or len(channels) > 1 or not record.axis.is_time:
        return None
    lines = [
        f"{piece.offset + i / channel.rate:.9g},{value:.9g}"
        for piece in channel.pieces
        for i, value in enumerate(piece.values.tolist())
    ]
    return views.file(f"{name}.csv", "\n".join((f"time (s),{channel.name}", *lines)) + "\n", "text/csv", alt)


def miniseed(record: Record, channels: list[Channel]) -> bytes:
    """Float32 samples under the channels' trace ids."""
    library = obspy()
    start = library.UTCDateTime(record.start.timestamp() if record.start else 0)
    stream = library.Stream()
    for channel in channels:
        network, station, location, code = channel.name.split(".")
        for piece in channel.pieces:
            header: dict[str, Any] = {"network": network, "station": station, "location": location, "channel": code}
            header |= {"sampling_rate": channel.rate, "starttime": start + piece.offset}
            stream.append(library.Trace(piece.values.astype(np.float32), header))
    buffer = io.BytesIO()
    stream.write(buffer, format="MSEED")
    return buffer.getvalue()


def stem(file: str) -> str:
    """The name of a file without what follows its last dot."""
    return re.sub(r"\.[A-Za-z0-9_]{1,16}$", "", file)[:120] or "signal"
