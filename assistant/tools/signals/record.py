"""A recording in memory, whatever file it came from: channels of evenly spaced samples, in stretches between gaps."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assistant.tools.result import ToolError

MAX_SAMPLES = 12_000_000  # of one file
MAX_CHANNELS = 500
MAX_PIECES = 2_000  # of one channel
NUM_NAMES = 12  # in a message
LARGEST = 1e100  # a sample beyond cannot be squared and summed, and was measured by nobody

Values = NDArray[Any]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Axis:
    """What the samples stand along. unit: s, year, month, day, or sample where nothing is known of the spacing.

    origin: where the first sample stands on an axis of plain numbers, such as the year 1700.
    """

    unit: str = "s"
    name: str = "time"
    origin: float = 0.0

    @property
    def is_time(self) -> bool:
        return self.unit == "s"

    @property
    def frequency_unit(self) -> str:
        return "Hz" if self.is_time else f"1/{self.unit}"

    def label(self) -> str:
        return "time since the first sample (s)" if self.is_time else f"{self.name} ({self.unit})"

    def place(self, offset: float) -> str:
        """A position in words: "12.30 s", "year 1957", "sample 17"."""
        return f"{offset:.2f} s" if self.is_time else f"{self.unit} {self.origin + offset:.10g}"


@dataclass(frozen=True, slots=True)
class Piece:
    """values [T] from offset (in units of the axis, since the record's start) on, evenly spaced."""

    offset: float
    values: Values

    def end(self, rate: float) -> float:
        """Where the last sample stands."""
        return self.offset + (len(self.values) - 1) / rate


@dataclass(frozen=True, slots=True)
class Channel:
    """name: a trace id such as BW.RJOB..EHZ, or a column's name. rate: samples per unit of the axis.

    unit: of the samples; "counts" for raw records, "" where the file says nothing.
    """

    name: str
    rate: float
    pieces: tuple[Piece, ...]
    unit: str = ""

    @property
    def num_samples(self) -> int:
        return sum(len(piece.values) for piece in self.pieces)

    @property
    def station(self) -> str:
        """Network and station; the whole name where it is no trace id."""
        parts = self.name.split(".")
        return ".".join(parts[:2]) if len(parts) == 4 else self.name

    @property
    def component(self) -> str:
        """The last letter of the channel code, such as Z."""
        return self.name.rsplit(".", 1)[-1][-1:].upper()

    @property
    def start(self) -> float:
        return self.pieces[0].offset

    @property
    def end(self) -> float:
        return max(piece.end(self.rate) for piece in self.pieces)

    @property
    def num_bad(self) -> int:
        """Samples that are NaN or infinite."""
        return sum(int(np.count_nonzero(~np.isfinite(piece.values))) for piece in self.pieces)

    @property
    def y_unit(self) -> str:
        return self.unit or "unit not stated"


@dataclass(frozen=True, slots=True)
class Record:
    """form: what the file is. start: of the first sample, where the file says so. facts: more from the header."""

    form: str
    channels: tuple[Channel, ...]
    axis: Axis = Axis()
    start: datetime | None = None
    warnings: tuple[str, ...] = ()
    facts: tuple[str, ...] = ()

    @property
    def duration(self) -> float:
        """From the first sample to the last, in units of the axis."""
        return max(channel.end for channel in self.channels)

    @property
    def start_time(self) -> str:
        return utc(self.start, 0.0)


def utc(start: datetime | None, offset_s: float) -> str:
    """ISO 8601 to the millisecond; empty without a start."""
    if start is None:
        return ""
    moment = start.astimezone(UTC) + timedelta(seconds=offset_s)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def select_channels(record: Record, wanted: str) -> list[Channel]:
    """By trace id, channel code, station.channel, component letter, column name or 0-based index."""
    text = wanted.strip()
    key = text.upper()
    ways: tuple[Callable[[Channel], bool], ...] = (
        lambda channel: channel.name.upper() == key,
        lambda channel: channel.name.upper().rsplit(".", 1)[-1] == key,
        lambda channel: channel.station.rsplit(".", 1)[-1].upper() == key,
        lambda channel: len(key) == 1 and key.isalpha() and "." in channel.name and channel.component == key,
    )
    for fits in ways:
        found = [channel for channel in record.channels if fits(channel)]
        if found:
            return found
    if text.isdecimal() and int(text) < len(record.channels):
        return [record.channels[int(text)]]
    raise ToolError("NO_CHANNEL", f"There is no channel '{text[:40]}' in this file.", f"It has: {names(record)}.")


def names(record: Record) -> str:
    more = len(record.channels) - NUM_NAMES
    shown = ", ".join(channel.name for channel in record.channels[:NUM_NAMES])
    return shown + (f" and {more} more" if more > 0 else "")


def choose_channel(record: Record, wanted: str | None) -> Channel:
    """One channel; the first where none is named."""
    return select_channels(record, wanted)[0] if wanted else record.channels[0]


def whole_pieces(channel: Channel) -> tuple[Piece, ...]:
    """The pieces without NaN and infinities in them: those part a piece as a gap does."""
    pieces = tuple(part for piece in channel.pieces for part in _finite_parts(piece, channel.rate))
    if not pieces:
        raise ToolError("NO_DATA", f"The channel {channel.name} holds no finite sample.")
    largest = max(float(max(abs(float(piece.values.min())), abs(float(piece.values.max())))) for piece in pieces)
    if largest > LARGEST:
        raise ToolError(
            "TOO_LARGE", f"{channel.name} has samples up to {largest:.0e}.", f"Scale them below {LARGEST:.0e}."
        )
    if len(pieces) > MAX_PIECES:
        raise ToolError(
            "TOO_MANY_GAPS",
            f"The channel {channel.name} is in {len(pieces):,} pieces; at most {MAX_PIECES:,} can be worked on.",
            "Fill the gaps, or use analyze_timeseries, which interpolates.",
        )
    return pieces


def _finite_parts(piece: Piece, rate: float) -> Iterator[Piece]:
    is_finite = np.isfinite(piece.values)
    if is_finite.all():
        yield piece
        return
    edges = np.flatnonzero(np.diff(np.concatenate(([0], is_finite.astype(np.int8), [0]))))
    for first, last in zip(edges[::2], edges[1::2], strict=True):
        yield Piece(piece.offset + first / rate, piece.values[first:last])


def longest_piece(channel: Channel) -> Piece:
    return max(channel.pieces, key=lambda piece: len(piece.values))


def cut(record: Record, channel: Channel, start: float | None, end: float | None) -> Channel:
    """What lies between start and end, in units of the axis since the record's first sample."""
    low, high = start or 0.0, record.duration if end is None else end
    unit = record.axis.unit
    if end is not None and high <= low:
        raise ToolError("WINDOW_ORDER", f"end_s {high:g} is not after start_s {low:g}.", "Give a later end_s.")
    pieces = []
    for piece in channel.pieces:
        first = max(0, math.ceil((low - piece.offset) * channel.rate - 1e-6))
        last = math.floor((high - piece.offset) * channel.rate + 1e-6) + 1
        if first < min(last, len(piece.values)):
            pieces.append(Piece(piece.offset + first / channel.rate, piece.values[first:last]))
    if not pieces:
        raise ToolError(
            "EMPTY_WINDOW",
            f"{channel.name} runs from {channel.start:.2f} to {channel.end:.2f} {unit}; between {low:g} and {high:g} "
            f"{unit} it has no sample.",
            f"Choose a window inside 0 to {record.duration:.2f} {unit}.",
        )
    return replace(channel, pieces=tuple(pieces))


def gap_warnings(channel: Channel) -> list[str]:
    """What a reader must know of the holes in a channel."""
    told = []
    gaps = [
        (before.end(channel.rate), after.offset - before.end(channel.rate) - 1 / channel.rate)
        for before, after in zip(channel.pieces, channel.pieces[1:], strict=False)
    ]
    holes = [length for _, length in gaps if length > 0]
    overlaps = [length for _, length in gaps if length < 0]
    if holes:
        told.append(
            f"{channel.name} has {len(holes)} gap{'s' * (len(holes) > 1)} ({sum(holes):.2f} s in all); "
            "each piece was worked on by itself."
        )
    if overlaps:
        told.append(f"{channel.name} has {len(overlaps)} overlap{'s' * (len(overlaps) > 1)} of differing samples.")
    if channel.num_bad:
        told.append(
            f"{channel.num_bad:,} of {channel.num_samples:,} samples of {channel.name} are NaN or infinite; "
            "they count as gaps."
        )
    return told
