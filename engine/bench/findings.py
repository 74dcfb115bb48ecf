"""What the rounds have found."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from engine.bench.measures import Figures


def _by_measure(kind: Callable[[], object]) -> Callable[[], dict[str, dict[str, Any]]]:
    return lambda: defaultdict(lambda: defaultdict(kind))


@dataclass
class Findings:
    """By measure, then by side; by side only where no measure has to do with it. A list holds one entry per round.

    foreign_cores: processors that others kept busy, None where nobody can say. same_tokens: the share of our greedy
    tokens that a peer has too, before the answers part, in the first round; 1 in float32, near ties aside.
    start_s: from the start of the process to its first token. bandwidths: bytes per second read from memory.
    num_repeated: how often a measure was taken again because others disturbed it.
    """

    figures: dict[str, dict[str, list[Figures]]] = field(default_factory=_by_measure(list))
    foreign_cores: dict[str, dict[str, list[float | None]]] = field(default_factory=_by_measure(list))
    same_tokens: dict[str, dict[str, float]] = field(default_factory=_by_measure(float))
    start_s: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    peak_memory: dict[str, int] = field(default_factory=dict)
    bandwidths: list[float] = field(default_factory=list)
    num_repeated: int = 0
