"""Follow a curve of one colour through a picture: one height for each column of pixels that shows it."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assistant.tools.result import ToolError

MAX_DISTANCE = 60.0  # from the colour, in RGB space
MIN_COLUMNS = 2
MAX_RUNS = 8  # stretches of the colour in a column; more are a filled area or a photograph
JUMP_LIMIT_PX = 200.0  # what a jump between two columns costs at most

Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Trace:
    """x, y: pixels, y downwards, x ascending. share_missing: of columns between the ends without the colour;
    share_ambiguous: of columns with the colour at several heights."""

    x: Values
    y: Values
    share_missing: float
    share_ambiguous: float


@dataclass(frozen=True, slots=True)
class _Column:
    """The stretches of the colour in a column: their centres and weights, from top to bottom."""

    x: int
    centres: Values
    weights: Values


def trace_curve(pixels: NDArray[Any], color: str) -> Trace:
    """pixels [H, W, 3] uint8. ToolError NO_PIXELS where the colour does not occur, TOO_MANY where it is no curve."""
    closeness = _closeness(pixels, color)
    columns = [_column(int(x), closeness[:, x]) for x in np.flatnonzero(closeness.any(axis=0))]
    if len(columns) < MIN_COLUMNS:
        where = "No pixel is" if not columns else "Only one column of pixels is"
        raise ToolError(
            "NO_PIXELS",
            f"{where} within {MAX_DISTANCE:.0f} of {color} (distance in RGB); the commonest colours of the picture "
            f"are {', '.join(_common_colors(pixels))}.",
            "Take the colour from the picture itself.",
        )
    if np.median([len(column.centres) for column in columns]) > MAX_RUNS:
        raise ToolError(
            "TOO_MANY",
            f"{color} is all over the picture, so it is not the colour of a curve.",
            "Take a colour that only the curve has.",
        )
    x = np.array([column.x for column in columns], float)
    y = _most_continuous(columns)
    num_several = sum(len(column.centres) > 1 for column in columns)
    return Trace(x, y, 1 - len(x) / (x[-1] - x[0] + 1), num_several / len(columns))


def _closeness(pixels: NDArray[Any], color: str) -> NDArray[np.float32]:
    """[H, W]: 1 at the colour, falling to 0 at MAX_DISTANCE."""
    closeness = np.zeros(pixels.shape[:2], np.float32)
    target = [int(color[i : i + 2], 16) for i in (1, 3, 5)]
    for top in range(0, pixels.shape[0], 256):  # in stripes, for large pictures
        stripe = pixels[top : top + 256].astype(np.float32)
        distance = np.sqrt(sum((stripe[..., i] - target[i]) ** 2 for i in range(3)))
        closeness[top : top + 256] = np.maximum(0, 1 - distance / MAX_DISTANCE)
    return closeness


def _column(x: int, closeness: NDArray[np.float32]) -> _Column:
    rows = np.flatnonzero(closeness)
    ends = np.flatnonzero(np.diff(rows) > 2)  # a gap of one pixel does not end a stretch
    stretches = np.split(rows, ends + 1)
    weights = [closeness[stretch].astype(float) for stretch in stretches]
    centres = [float(np.average(stretch, weights=weight)) for stretch, weight in zip(stretches, weights, strict=True)]
    return _Column(x, np.array(centres), np.array([weight.sum() for weight in weights]))


def _most_continuous(columns: list[_Column]) -> Values:
    """One stretch of each column, so that the jumps between neighbours are smallest in all (Viterbi's algorithm)."""
    cost = np.zeros(len(columns[0].centres))
    came_from: list[NDArray[np.intp]] = []
    for before, column in zip(columns, columns[1:], strict=False):
        jumps = np.abs(column.centres[None, :] - before.centres[:, None])
        totals = cost[:, None] + np.minimum(jumps / (column.x - before.x), JUMP_LIMIT_PX)
        best = totals.argmin(axis=0)
        came_from.append(best)
        cost = totals[best, np.arange(len(column.centres))]
    place = int(cost.argmin())
    chosen = [place]
    for best in reversed(came_from):
        place = int(best[place])
        chosen.append(place)
    return np.array([column.centres[i] for column, i in zip(columns, reversed(chosen), strict=True)])


def _common_colors(pixels: NDArray[Any]) -> list[str]:
    """Up to five, white and nearly black apart, by how many pixels have them."""
    flat = pixels.reshape(-1, 3)[:: max(1, pixels.shape[0] * pixels.shape[1] // 1_000_000)].astype(np.int64)
    codes, counts = np.unique(flat[:, 0] << 16 | flat[:, 1] << 8 | flat[:, 2], return_counts=True)
    return [f"#{codes[i]:06x}" for i in np.argsort(-counts, kind="stable")[:5]]
