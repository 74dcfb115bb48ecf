"""A box plot as SVG: box from the lower to the upper quartile, a line at the median, whiskers to the extremes."""

from collections.abc import Callable
from html import escape

import numpy as np

WIDTH, HEIGHT = 560, 320
LEFT, TOP, BOTTOM = 70, 16, 40
COLOUR, INK = "#0F766E", "#3F3B34"
NUM_TICKS = 5
MAX_NAME = 14

FiveNumbers = tuple[float, float, float, float, float]


def five_numbers(values: list[float]) -> FiveNumbers:
    """Minimum, lower quartile, median, upper quartile, maximum (linear interpolation)."""
    low, first, median, third, high = (float(value) for value in np.quantile(values, (0, 0.25, 0.5, 0.75, 1)))
    return low, first, median, third, high


def box_plot_svg(boxes: dict[str, FiveNumbers]) -> str:
    low = min(numbers[0] for numbers in boxes.values())
    high = max(numbers[4] for numbers in boxes.values())
    span = (high - low) or 1.0

    def y(value: float) -> float:
        return TOP + (HEIGHT - TOP - BOTTOM) * (1 - (value - low) / span)

    parts = [_tick(low + span * i / (NUM_TICKS - 1), y) for i in range(NUM_TICKS)]
    step = (WIDTH - LEFT) / len(boxes)
    for i, (name, numbers) in enumerate(boxes.items()):
        parts.append(_box(LEFT + step * (i + 0.5), min(step * 0.5, 70), name, [y(number) for number in numbers]))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'font-family="sans-serif" font-size="12">{"".join(parts)}</svg>'
    )


def _tick(value: float, y: Callable[[float], float]) -> str:
    place = y(value)
    return (
        f'<line x1="{LEFT}" x2="{WIDTH}" y1="{place:.1f}" y2="{place:.1f}" stroke="{INK}" stroke-opacity="0.15"/>'
        f'<text x="{LEFT - 8}" y="{place + 4:.1f}" text-anchor="end" fill="{INK}">{value:.4g}</text>'
    )


def _box(x: float, width: float, name: str, ys: list[float]) -> str:
    low, first, median, third, high = ys
    left = x - width / 2
    shown = name if len(name) <= MAX_NAME else name[: MAX_NAME - 1] + "…"
    return (
        f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{high:.1f}" y2="{low:.1f}" stroke="{COLOUR}"/>'
        f'<rect x="{left:.1f}" y="{third:.1f}" width="{width:.1f}" height="{max(first - third, 1):.1f}" '
        f'fill="{COLOUR}" fill-opacity="0.25" stroke="{COLOUR}"/>'
        f'<line x1="{left:.1f}" x2="{left + width:.1f}" y1="{median:.1f}" y2="{median:.1f}" stroke="{COLOUR}" '
        f'stroke-width="2"/>'
        f'<text x="{x:.1f}" y="{HEIGHT - 16}" text-anchor="middle" fill="{INK}">{escape(shown)}</text>'
    )
