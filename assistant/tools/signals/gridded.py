"""A channel as one array on an even grid, for analyses that need no clock and bear no holes."""

from dataclasses import dataclass

import numpy as np

from assistant.tools.result import ToolError
from assistant.tools.signals import series
from assistant.tools.signals.record import LARGEST, MAX_SAMPLES, Axis, Channel, Floats, Record

MIN_SAMPLES = 4


@dataclass(frozen=True, slots=True)
class Series:
    """values [T], NaN where one is missing; filled: interpolated there."""

    name: str
    unit: str
    axis: Axis
    step: float
    values: Floats
    filled: Floats

    def place(self, index: int) -> str:
        return self.axis.place(index * self.step)

    def amount(self, value: float) -> str:
        return f"{value:.5g}" + (f" {self.unit}" if self.unit else "")


def on_grid(record: Record, channel: Channel) -> Series:
    """The pieces of a channel on one grid."""
    count = round((channel.end - channel.start) * channel.rate) + 1
    if count > MAX_SAMPLES:
        raise ToolError(
            "TOO_LARGE", f"With its gaps the series has {count:,} places; at most {MAX_SAMPLES:,} can be analysed."
        )
    values = np.full(count, np.nan)
    for piece in channel.pieces:
        first = round((piece.offset - channel.start) * channel.rate)
        part = piece.values[: count - first]
        values[first : first + len(part)] = part
    values[~np.isfinite(values)] = np.nan
    num_finite = int(np.count_nonzero(np.isfinite(values)))
    if num_finite < MIN_SAMPLES:
        raise ToolError("TOO_SHORT", f"{channel.name} has {num_finite} finite values; {MIN_SAMPLES} are needed.")
    largest = float(np.nanmax(np.abs(values)))
    if largest > LARGEST:
        raise ToolError(
            "TOO_LARGE", f"{channel.name} has values up to {largest:.0e}, too large to square.", "Scale them."
        )
    return Series(channel.name, channel.unit, record.axis, 1 / channel.rate, values, series.fill(values))
