"""Statistics, trend, period, peaks, anomalies and autocorrelation of a series."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Annotated, Literal

import numpy as np

from assistant.tools import views
from assistant.tools.base import Schema
from assistant.tools.parameters import FileName
from assistant.tools.result import ToolArtifact, ToolError, ToolResult
from assistant.tools.signals import series
from assistant.tools.signals.drawing import outline, stem
from assistant.tools.signals.gridded import Series, on_grid
from assistant.tools.signals.libraries import version
from assistant.tools.signals.reading import read_any_axis
from assistant.tools.signals.record import Record, choose_channel

MAX_TOLD = 8
MAX_ROWS = 2_000
MAX_MARKS = 200
NEEDS_SPACING = ("trend", "period", "autocorrelation")

Task = Literal["statistics", "trend", "period", "peaks", "anomalies", "autocorrelation", "missing_values"]


@dataclass(slots=True)
class Findings:
    """What the tasks have found so far."""

    facts: list[str] = field(default_factory=list)
    marks: list[views.Mark] = field(default_factory=list)
    artifacts: list[ToolArtifact] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def analyze_timeseries(
    file: FileName,
    tasks: Annotated[list[Task], Schema(minItems=1, uniqueItems=True)],
    column: Annotated[str, Schema(maxLength=100)] | None = None,
    sampling_rate_hz: Annotated[float, Schema(exclusiveMinimum=0, maximum=10_000_000.0)] | None = None,
    prominence: Annotated[float, Schema(minimum=0)] | None = None,
    anomaly_z: Annotated[float, Schema(minimum=1, maximum=20)] = 5,
) -> ToolResult:
    """Generic time series: statistics, trend, seasonality/period, peaks, anomalies, autocorrelation.

    file: Name of a file attached to the conversation, exactly as listed
    column: Column name or 0-based index for CSV/NPY
    tasks: What to compute
    sampling_rate_hz: Sampling rate, Hz; required for CSV/NPY without a time axis
    prominence: Minimum peak prominence in data units
    anomaly_z: Robust z threshold (MAD)
    """
    record = read_any_axis(file, sampling_rate_hz, column)
    if record.axis.unit == "sample" and (needy := [task for task in tasks if task in NEEDS_SPACING]):
        raise ToolError(
            "NO_SAMPLING_RATE",
            f"'{file}' ({record.form}) has no time axis, so its sampling rate is unknown; {', '.join(needy)} needs it.",
            "Ask the person for the sampling rate and give it as sampling_rate_hz.",
        )
    one = on_grid(record, choose_channel(record, None))
    findings = Findings(warnings=list(record.warnings))
    if len(record.channels) > 1:
        others = ", ".join(channel.name for channel in record.channels[1:12])
        findings.warnings.append(f"The first column, {one.name}, was analysed; the file also has {others}.")
    _tell_missing(one, findings)
    if len(one.values) > series.MAX_TRANSFORMED:
        _, coarse = series.thinned(one.filled, one.step)
        findings.warnings.append(f"Period and autocorrelation are of means over {coarse:g} {record.axis.unit} each.")
    threshold = prominence if prominence is not None else float(np.nanstd(one.values))
    work: dict[str, Callable[[], None]] = {
        "statistics": lambda: _statistics_(one, findings),
        "trend": lambda: _trend_(one, findings),
        "period": lambda: _period_(one, findings),
        "peaks": lambda: _peaks_(one, findings, threshold, prominence is None, stem(file)),
        "anomalies": lambda: _anomalies_(one, findings, anomaly_z, stem(file)),
        "autocorrelation": lambda: _autocorrelation_(one, findings, stem(file)),
        "missing_values": lambda: _missing_(one, findings),
    }
    for task in tasks:
        work[task]()
    spacing = f"one sample per {one.step:g} {record.axis.unit}" if record.axis.unit != "sample" else "no time axis"
    head = f"{one.name} of {file}: {len(one.values):,} samples, {spacing}."
    return ToolResult(
        summary="\n".join([head, *findings.facts])[:1500],
        artifacts=(_drawing(one, record, findings, stem(file)), *findings.artifacts),
        warnings=tuple(findings.warnings),
        provenance={
            "library": version("scipy", "numpy"),
            "method": ", ".join(tasks),
            "parameters": {"column": one.name, "prominence": threshold, "anomaly_z": anomaly_z},
        },
    )


def _tell_missing(one: Series, findings: Findings) -> None:
    missing = int(np.count_nonzero(np.isnan(one.values)))
    if missing:
        findings.warnings.append(
            f"{missing:,} of {len(one.values):,} values are missing, NaN or infinite; they are left out of statistics "
            "and anomalies, and interpolated linearly for everything else."
        )


def _statistics_(one: Series, findings: Findings) -> None:
    values = one.values[np.isfinite(one.values)]
    low, high = int(np.nanargmin(one.values)), int(np.nanargmax(one.values))
    q1, median, q3 = np.percentile(values, (25, 50, 75))
    findings.facts.append(
        f"Statistics of {len(values):,} values: mean {one.amount(values.mean())}, standard deviation "
        f"{one.amount(values.std(ddof=1))}, median {one.amount(median)}, quartiles {one.amount(q1)} and "
        f"{one.amount(q3)}, minimum {one.amount(values.min())} at {one.place(low)}, maximum "
        f"{one.amount(values.max())} at {one.place(high)}."
    )


def _trend_(one: Series, findings: Findings) -> None:
    slope, error, explained, robust = series.slopes(one.filled, one.step)
    unit = f"{one.unit} " if one.unit else ""
    findings.facts.append(
        f"Trend: {slope:.4g} +- {error:.2g} {unit}per {one.axis.unit} (least squares, R2 {explained:.3f}; the error "
        f"takes the samples as independent); Theil-Sen slope {robust:.4g}."
    )


def _period_(one: Series, findings: Findings) -> None:
    values, step = series.thinned(one.filled, one.step)
    found = series.periods(values, step)
    first = found[0]
    cycles = len(one.filled) * one.step / first.length
    findings.facts.append(
        f"Dominant period {first.length:.4g} {one.axis.unit}s (periodogram; resolution {first.low:.4g} to "
        f"{first.high:.4g}), {100 * first.share:.0f} % of the variance, {cycles:.1f} cycles in the series."
        + "".join(f" Next: {period.length:.4g} {one.axis.unit}s ({100 * period.share:.0f} %)." for period in found[1:])
    )
    if cycles < 3:
        findings.warnings.append(
            f"Only {cycles:.1f} cycles of the dominant period are in the series; it may be a trend."
        )


def _peaks_(one: Series, findings: Findings, threshold: float, is_default: bool, name: str) -> None:
    found, prominences = series.peaks(one.filled, threshold)
    why = " (the standard deviation, as none was given)" if is_default else ""
    order = np.argsort(-one.filled[found], kind="stable")[:MAX_TOLD]
    listed = ", ".join(f"{one.amount(one.filled[found[i]])} at {one.place(int(found[i]))}" for i in order)
    highest = f"; highest: {listed}" if len(found) else ""
    findings.facts.append(f"{len(found):,} peaks with a prominence of at least {threshold:.4g}{why}{highest}.")
    findings.marks += [
        {"x": _x(one, int(at)), "label": f"{one.filled[at]:.4g}", "kind": "peak"} for at in found[:MAX_MARKS]
    ]
    rows = [[_x(one, int(at)), float(one.filled[at]), float(p)] for at, p in zip(found, prominences, strict=True)]
    columns = (one.axis.label(), f"{one.name} ({one.unit or 'unit not stated'})", "prominence")
    findings.artifacts.append(views.table(f"{name}_peaks.csv", columns, rows[:MAX_ROWS], f"Peaks of {one.name}"))


def _anomalies_(one: Series, findings: Findings, threshold: float, name: str) -> None:
    found, scores = series.anomalies(one.values, threshold)
    order = sorted(found.tolist(), key=lambda at: -abs(scores[at]))[:MAX_TOLD]
    listed = ", ".join(f"{one.amount(one.values[at])} at {one.place(at)} (z {scores[at]:.1f})" for at in order)
    strongest = f"; strongest: {listed}" if len(found) else f"; the largest |z| is {np.nanmax(np.abs(scores)):.2f}"
    findings.facts.append(
        f"{len(found):,} anomalies with a robust z-score (median, MAD) beyond {threshold:g}{strongest}."
    )
    findings.marks += [
        {"x": _x(one, at), "label": f"z {scores[at]:.1f}", "kind": "warning"} for at in found[:MAX_MARKS].tolist()
    ]
    rows = [[_x(one, at), float(one.values[at]), float(scores[at])] for at in found.tolist()[:MAX_ROWS]]
    columns = (one.axis.label(), f"{one.name} ({one.unit or 'unit not stated'})", "robust z-score")
    findings.artifacts.append(views.table(f"{name}_anomalies.csv", columns, rows, f"Anomalies of {one.name}"))


def _autocorrelation_(one: Series, findings: Findings, name: str) -> None:
    thin, step = series.thinned(one.filled, one.step)
    values = series.autocorrelation(thin)
    below = np.flatnonzero(values < 0)
    text = f"Autocorrelation: {values[1]:.3f} at lag 1 ({step:g} {one.axis.unit})"
    if len(below):
        at = int(below[0]) + int(values[below[0] :].argmax())
        text += (
            f"; below 0 from lag {below[0] * step:.4g} {one.axis.unit}s on; highest after that {values[at]:.3f} at "
            f"lag {at * step:.4g} {one.axis.unit}s"
        )
    findings.facts.append(text + ".")
    x, y = outline(np.arange(len(values)) * step, values)
    panel: views.Panel = {"label": "autocorrelation (1)", "curves": [{"name": one.name, "x": x, "y": y}]}
    label = f"lag ({one.axis.unit})"
    findings.artifacts.append(
        views.plot(f"{name}_autocorrelation.json", label, [panel], f"Autocorrelation of {one.name}")
    )


def _missing_(one: Series, findings: Findings) -> None:
    is_missing = np.isnan(one.values)
    edges = np.flatnonzero(np.diff(np.concatenate(([0], is_missing.view(np.int8), [0]))))
    if not len(edges):
        findings.facts.append("No missing values.")
        return
    lengths = edges[1::2] - edges[::2]
    longest = int(lengths.argmax())
    findings.facts.append(
        f"{int(is_missing.sum()):,} of {len(one.values):,} values are missing, in {len(lengths):,} stretches; the "
        f"longest has {lengths[longest]:,} from {one.place(int(edges[2 * longest]))} on."
    )


def _x(one: Series, index: int) -> float:
    return float(f"{one.axis.origin + index * one.step:.10g}")


def _drawing(one: Series, record: Record, findings: Findings, name: str) -> ToolArtifact:
    x, y = outline(one.axis.origin + np.arange(len(one.values)) * one.step, one.filled)
    if len(x) == len(one.values):
        y = [views.finite(value) for value in one.values.tolist()]
    panel: views.Panel = {
        "label": f"{one.name} ({one.unit or 'unit not stated'})",
        "curves": [{"name": one.name, "x": x, "y": y}],
        "marks": findings.marks,
    }
    return views.plot(
        f"{name}_series.json",
        one.axis.label(),
        [panel],
        f"{one.name} over {one.axis.name}",
        start_time=record.start_time,
    )
