"""The findings as a table in Markdown, and as JSON."""

from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

from engine.bench.findings import Findings
from engine.bench.measures import is_better_higher


@dataclass(frozen=True)
class Subject:
    """What was measured, and what follows from it. labels: of the sides, ours first."""

    model: str
    dtype: str
    machine: str
    num_threads: int
    num_rounds: int
    weight_bytes: int
    active_weight_bytes: int
    labels: list[str]


def as_json(subject: Subject, findings: Findings) -> dict[str, Any]:
    return {"subject": asdict(subject), "findings": vars(findings)}


def table(subject: Subject, findings: Findings) -> str:
    """A row per figure, a column per side, and beside each peer how many times as fast ours is."""
    ours, *peers = subject.labels
    headings = ["", ours, *(text for peer in peers for text in (peer, f"ours / {peer}"))]
    lines = [_introduction(subject, findings), "", _row(headings), "|" + "---|" * len(headings)]
    for measure, by_side in findings.figures.items():
        for figure in by_side[ours][0]:
            values = {label: [figures[figure] for figures in by_side[label]] for label in subject.labels}
            lines.append(_figure_row(f"{measure}: {figure}", values, ours, is_better_higher(figure)))
        lines.append(_foreign_row(measure, findings.foreign_cores[measure], subject.labels))
        if peers:
            lines.append(_same_row(measure, findings.same_tokens[measure], peers))
    lines.append(_figure_row("start to first token s", findings.start_s, ours, False, subject.labels))
    memory = {label: [bytes_ / 1e6] for label, bytes_ in findings.peak_memory.items() if bytes_}
    lines.append(_figure_row("peak memory MB", memory, ours, False, subject.labels))
    shares = {label: [1e6 * values[0] / subject.weight_bytes] for label, values in memory.items()}
    lines.append(_figure_row(f"peak memory / {subject.dtype} weights", shares, ours, False, subject.labels))
    return "\n".join(lines)


def _introduction(subject: Subject, findings: Findings) -> str:
    bandwidth = median(findings.bandwidths)
    bound = bandwidth / subject.active_weight_bytes
    return (
        f"{subject.model}, {subject.dtype}, {subject.num_threads} threads of {subject.machine}. "
        f"Medians (lowest to highest, n) of {subject.num_rounds} rounds taken in turns. Ratios are taken within a "
        "round; above 1, ours is that many times as fast, or as small. "
        f"Repeated because others used the processors: {findings.num_repeated}.\n\n"
        f"Memory bound at batch 1: {subject.active_weight_bytes / 1e6:.0f} MB of weights a token at "
        f"{bandwidth / 1e9:.1f} GB/s read ({min(findings.bandwidths) / 1e9:.1f} to "
        f"{max(findings.bandwidths) / 1e9:.1f}, n{len(findings.bandwidths)}) = {bound:.1f} tokens/s."
    )


def _figure_row(
    name: str, values: dict[str, list[float]], ours: str, is_higher_better: bool, labels: list[str] | None = None
) -> str:
    """values: by side, one per round. labels: the columns, where a side may have no value."""
    cells = [name]
    for label in labels or list(values):
        theirs = values.get(label, [])
        cells.append(_spread(theirs))
        if label != ours:
            pairs = zip(values.get(ours, []), theirs, strict=False)
            ratios = [a / b if is_higher_better else b / a for a, b in pairs if a and b]
            cells.append(_spread(ratios) + " x" if ratios else "-")
    return _row(cells)


def _foreign_row(measure: str, cores: dict[str, list[float | None]], labels: list[str]) -> str:
    cells = [f"{measure}: cores busy with other work"]
    for i, label in enumerate(labels):
        cells.append(_spread([value for value in cores[label] if value is not None]))
        cells += [""] if i else []
    return _row(cells)


def _spread(values: list[float]) -> str:
    if not values:
        return "-"
    middle, low, high = (_digits(value) for value in (median(values), min(values), max(values)))
    return f"{middle} ({low} to {high}, n{len(values)})" if len(values) > 1 else f"{middle} (n1)"


def _digits(value: float) -> str:
    """Three that count."""
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def _same_row(measure: str, shares: dict[str, float], peers: list[str]) -> str:
    """In the first round, up to where the answers part."""
    cells = [text for peer in peers for text in (f"{shares[peer]:.0%}", "")]
    return _row([f"{measure}: greedy tokens same as ours", "", *cells])


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"
