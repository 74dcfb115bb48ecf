"""A structure as its backbone, seen along its thinnest direction."""

from collections.abc import Sequence

import numpy as np

from assistant.attachments.readers.structure_facts import Position

WIDTH, MAX_HEIGHT, MARGIN = 480, 320, 12
MAX_POINTS = 3_000
COLOURS = ("#0F766E", "#9A3412", "#1D4ED8", "#7E22CE", "#A16207", "#BE123C")


def trace_svg(chains: Sequence[Sequence[Position]]) -> str:
    """One line a chain; empty where there is no backbone to draw."""
    chains = [chain for chain in chains if len(chain) > 1]
    points = np.array([position for chain in chains for position in chain], dtype=np.float64)
    if len(points) < 3:
        return ""
    centred = points - points.mean(axis=0)
    axes = np.linalg.svd(centred, full_matrices=False)[2][:2]
    axes *= np.where(axes[np.arange(2), np.abs(axes).argmax(axis=1)] < 0, -1, 1)[:, None]
    flat = centred @ axes.T
    low, extent = flat.min(axis=0), np.maximum(np.ptp(flat, axis=0), 1.0)
    scale = min((WIDTH - 2 * MARGIN) / extent[0], (MAX_HEIGHT - 2 * MARGIN) / extent[1])
    placed = (flat - low) * scale + MARGIN
    width, height = (extent * scale + 2 * MARGIN).round().astype(int)
    step = len(points) // MAX_POINTS + 1
    lines, start = [], 0
    for place, chain in enumerate(chains):
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in placed[start : start + len(chain) : step])
        start += len(chain)
        colour = COLOURS[place % len(COLOURS)]
        lines.append(
            f'<polyline fill="none" stroke="{colour}" stroke-width="2.5" stroke-linejoin="round" points="{path}"/>'
        )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}">{"".join(lines)}</svg>'
    )
