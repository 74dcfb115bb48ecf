"""The spectrum of a signal and its peaks."""

from dataclasses import dataclass
from typing import Annotated, Any, Literal

import numpy as np

from assistant.tools import views
from assistant.tools.base import Schema
from assistant.tools.optional import optional
from assistant.tools.parameters import FileName
from assistant.tools.result import ToolArtifact, ToolError, ToolResult
from assistant.tools.signals.drawing import rounded, stem
from assistant.tools.signals.libraries import version
from assistant.tools.signals.processing import FilterType, band, detrended, filtered, unused_corner_warnings
from assistant.tools.signals.reading import read_record
from assistant.tools.signals.record import Axis, Channel, Floats, choose_channel, cut, gap_warnings, longest_piece

MIN_SAMPLES = 64
MAX_SEGMENT = 2**17  # of Welch's method
MIN_PROMINENCE_DB = 3.0
CANDIDATES = 20_000  # the highest values, among which peaks are looked for
MAX_POINTS = 4_000
AMPLITUDE_SAMPLES = 2**20  # on which a peak's amplitude is measured

Method = Literal["welch", "periodogram"]


@dataclass(frozen=True, slots=True)
class Peak:
    """amplitude: of the sine that would make the peak, 0 to peak."""

    frequency: float
    amplitude: float
    density: float


def spectrum(
    file: FileName,
    channel: Annotated[str, Schema(maxLength=40)] | None = None,
    start_s: Annotated[float, Schema(minimum=0)] | None = None,
    end_s: Annotated[float, Schema(minimum=0)] | None = None,
    filter_type: FilterType = "none",
    freqmin_hz: Annotated[float, Schema(exclusiveMinimum=0, maximum=100_000)] | None = None,
    freqmax_hz: Annotated[float, Schema(exclusiveMinimum=0, maximum=100_000)] | None = None,
    method: Method = "welch",
    n_peaks: Annotated[int, Schema(minimum=1, maximum=20)] = 5,
    sampling_rate_hz: Annotated[float, Schema(exclusiveMinimum=0, maximum=10_000_000.0)] | None = None,
    column: Annotated[str, Schema(maxLength=100)] | None = None,
) -> ToolResult:
    """Power spectrum, dominant frequencies and spectral peaks of a signal.

    file: Name of a file attached to the conversation, exactly as listed
    channel: Channel or trace id such as "BW.RJOB..EHZ" or a component letter "Z"; default: first trace
    start_s: Start, seconds from the first sample
    end_s: End, seconds from the first sample
    filter_type: Filter applied first (4 corners, zero phase)
    freqmin_hz: Low corner, Hz
    freqmax_hz: High corner, Hz; below 0.95 x Nyquist
    method: Estimator
    n_peaks: Peaks listed
    sampling_rate_hz: Sampling rate, Hz; required for CSV/NPY without a time axis
    column: Column name or 0-based index for CSV/NPY
    """
    wanted = band(filter_type, freqmin_hz, freqmax_hz)
    record = read_record(file, sampling_rate_hz, column)
    chosen = choose_channel(record, channel)
    done, told = filtered(chosen, wanted, record.axis)
    done = cut(record, done, start_s, end_s)
    piece = longest_piece(done)
    values = _checked(detrended(piece.values), chosen)
    frequencies, density, resolution = _density(values, chosen.rate, method)
    peaks = _peaks(values, frequencies, density, chosen.rate, n_peaks)
    warnings = [*record.warnings, *unused_corner_warnings(filter_type, freqmin_hz, freqmax_hz), *told]
    warnings += gap_warnings(chosen)
    if len(done.pieces) > 1:
        warnings.append(
            f"The spectrum is of the longest piece without a gap ({len(values) / chosen.rate:.2f} {record.axis.unit})."
        )
    if peaks and peaks[0].frequency < 10 * chosen.rate / len(values):
        warnings.append(
            "The strongest peak has under ten cycles in the record, so it may be drift: a high-pass would remove it."
        )
    axis = record.axis
    done_to_it = [
        f"linear trend removed, {wanted.in_words(axis)}",
        f"{method}, resolution {resolution:.4g} {axis.frequency_unit}",
    ]
    return ToolResult(
        summary=_summary(chosen, axis, peaks, done_to_it, len(values)),
        artifacts=(
            _drawing(file, chosen, axis, frequencies, density, peaks, done_to_it),
            _table(file, chosen, axis, peaks),
        ),
        warnings=tuple(warnings),
        provenance={
            "library": version("scipy"),
            "method": "; ".join(done_to_it) + ", Hann window, density",
            "parameters": {"channel": chosen.name, "start_s": start_s, "end_s": end_s, "samples": len(values)},
        },
    )


def _checked(values: Floats, channel: Channel) -> Floats:
    if len(values) < MIN_SAMPLES:
        raise ToolError(
            "TOO_SHORT",
            f"{channel.name} has {len(values)} samples in one piece here; a spectrum needs {MIN_SAMPLES}.",
            "Choose a longer window.",
        )
    with np.errstate(over="ignore"):
        is_usable = np.isfinite(values @ values)
    if not is_usable:
        raise ToolError("TOO_LARGE", f"The samples of {channel.name} are too large to square.", "Scale them.")
    return values


def _density(values: Floats, rate: float, method: Method) -> tuple[Floats, Floats, float]:
    """Frequencies above 0, power density there, and the distance of independent frequencies."""
    signal: Any = optional("scipy.signal", "scipy")
    if method == "periodogram":
        frequencies, density = signal.periodogram(values, rate, "hann", detrend=False)
        return frequencies[1:], density[1:], rate / len(values)
    length = min(MAX_SEGMENT, 2 ** int(np.log2(len(values) / 4)))
    frequencies, density = signal.welch(values, rate, "hann", nperseg=length)
    return frequencies[1:], density[1:], rate / length


def _peaks(values: Floats, frequencies: Floats, density: Floats, rate: float, count: int) -> list[Peak]:
    """At most count, the strongest first; refined between the bins by a parabola through their logarithms."""
    if not density.max() > 0:
        return []
    decibels = 10 * np.log10(np.maximum(density, density.max() * 1e-20))
    low = decibels.min() - 2 * MIN_PROMINENCE_DB
    height = np.partition(decibels, -CANDIDATES)[-CANDIDATES] if len(decibels) > CANDIDATES else low
    bordered = np.concatenate(([low], decibels, [low]))
    find_peaks: Any = optional("scipy.signal", "scipy").find_peaks
    found, _ = find_peaks(bordered, height=height, prominence=MIN_PROMINENCE_DB)
    strongest = sorted((int(at) - 1 for at in found), key=lambda at: -decibels[at])[:count]
    peaks = []
    for at in strongest:
        frequency = float(frequencies[at])
        if 0 < at < len(decibels) - 1:
            left, middle, right = decibels[at - 1 : at + 2]
            curvature = left - 2 * middle + right
            if curvature < 0:
                frequency += 0.5 * (left - right) / curvature * float(frequencies[1] - frequencies[0])
        peaks.append(Peak(frequency, _amplitude(values, frequency / rate), float(density[at])))
    return peaks


def _amplitude(values: Floats, cycles_per_sample: float) -> float:
    """Of a sine of that frequency in the values, through a Hann window."""
    part = values[:AMPLITUDE_SAMPLES]
    window = np.hanning(len(part))
    phase = np.exp(-2j * np.pi * cycles_per_sample * np.arange(len(part)))
    return float(2 * abs((part * window) @ phase) / window.sum())


def _in_words(peak: Peak, channel: Channel, axis: Axis) -> str:
    unit = f" {channel.unit}" if channel.unit else ""
    return (
        f"{peak.frequency:.4g} {axis.frequency_unit} (period {1 / peak.frequency:.4g} {axis.unit}, amplitude "
        f"{peak.amplitude:.4g}{unit})"
    )


def _summary(channel: Channel, axis: Axis, peaks: list[Peak], done_to_it: list[str], num_samples: int) -> str:
    head = f"{channel.name}, {num_samples:,} samples, {channel.rate:g} per {axis.unit}; {'; '.join(done_to_it)}."
    if not peaks:
        return f"{head} No spectral peak stands out by {MIN_PROMINENCE_DB:g} dB."
    lines = [head, f"Dominant frequency {_in_words(peaks[0], channel, axis)}."]
    if len(peaks) > 1:
        lines.append(
            "Next peaks, strongest first: " + "; ".join(_in_words(peak, channel, axis) for peak in peaks[1:]) + "."
        )
    return "\n".join(lines)[:1500]


def _drawing(
    file: str,
    channel: Channel,
    axis: Axis,
    frequencies: Floats,
    density: Floats,
    peaks: list[Peak],
    done_to_it: list[str],
) -> ToolArtifact:
    """On logarithmic axes: the highest value of every stretch of frequencies."""
    floor = max(float(density.max()), 1e-300) * 1e-20
    edges = np.unique(np.geomspace(1, len(density) + 1, min(MAX_POINTS, len(density)) + 1).astype(int)) - 1
    highest = np.maximum.reduceat(np.maximum(density, floor), edges[:-1])
    unit = f"({channel.y_unit})^2/{axis.frequency_unit}"
    panel: views.Panel = {
        "label": f"power density {unit}",
        "curves": [{"name": channel.name, "x": rounded(frequencies[edges[:-1]]), "y": [*rounded(highest)]}],
        "marks": [{"x": peak.frequency, "label": f"{peak.frequency:.4g}", "kind": "peak"} for peak in peaks],
        "y_scale": "log",
    }
    return views.plot(
        f"{stem(file)}_spectrum.json",
        f"frequency ({axis.frequency_unit})",
        [panel],
        f"Power spectrum of {channel.name}",
        x_scale="log",
        notes=done_to_it,
    )


def _table(file: str, channel: Channel, axis: Axis, peaks: list[Peak]) -> ToolArtifact:
    columns = (
        f"frequency ({axis.frequency_unit})",
        f"period ({axis.unit})",
        f"amplitude ({channel.y_unit})",
        f"power density (({channel.y_unit})^2/{axis.frequency_unit})",
    )
    rows = [
        [float(f"{value:.6g}") for value in (peak.frequency, 1 / peak.frequency, peak.amplitude, peak.density)]
        for peak in peaks
    ]
    return views.table(f"{stem(file)}_peaks.csv", columns, rows, f"Spectral peaks of {channel.name}")
