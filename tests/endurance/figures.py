"""What an endurance run prints: a figure a line, with its limit, and whether it was kept."""

from collections.abc import Sequence
from statistics import median
from typing import NamedTuple


class Figure(NamedTuple):
    """limit: the largest value that is allowed; None for what is only told."""

    name: str
    value: float
    limit: float | None = None
    unit: str = ""

    @property
    def is_kept(self) -> bool:
        return self.limit is None or self.value <= self.limit

    def __str__(self) -> str:
        line = f"{self.name:<58}{self.value:>12,.3f} {self.unit:<6}"
        if self.limit is None:
            return line.rstrip()
        return f"{line} at most {self.limit:g}: {'kept' if self.is_kept else 'BROKEN'}"


def spread(name: str, seconds: Sequence[float], limit: float) -> list[Figure]:
    return [
        Figure(f"{name}, median", median(seconds), None, "s"),
        Figure(f"{name}, largest", max(seconds), limit, "s"),
    ]


def report(figures: Sequence[Figure]) -> int:
    """Print all; the exit status, 1 when a limit is broken."""
    for figure in figures:
        print(figure, flush=True)
    return int(not all(figure.is_kept for figure in figures))
