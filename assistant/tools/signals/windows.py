"""The two windows of STA/LTA, fitted to a record."""

from dataclasses import dataclass

from assistant.tools.result import ToolError
from assistant.tools.signals.record import Channel, whole_pieces
from assistant.tools.signals.triggers import Method

LONGEST_LTA, ADAPTED_LTA = 1 / 6, 1 / 8  # of the record: obspy counts the first LTA as zero
MIN_LTA_OF_STA = 2


@dataclass(frozen=True, slots=True)
class Windows:
    """In seconds, with the thresholds."""

    short: float
    long: float
    on: float
    off: float
    method: Method


def adapted(windows: Windows, channels: list[Channel]) -> tuple[Windows, list[str]]:
    """A long window that leaves most of the record to be searched."""
    duration = max(len(piece.values) / one.rate for one in channels for piece in whole_pieces(one))
    if windows.long <= windows.short:
        raise ToolError(
            "WINDOW_ORDER", f"lta_s {windows.long:g} is not above sta_s {windows.short:g}.", "Exchange them."
        )
    slowest = min(one.rate for one in channels)
    if round(windows.short * slowest) < 1:
        raise ToolError(
            "STA_TOO_SHORT",
            f"sta_s {windows.short:g} is less than one sample ({1 / slowest:g} s at {slowest:g} Hz).",
            f"Give at least {1 / slowest:g}, better {5 / slowest:g}.",
        )
    if windows.method == "z_detect" or windows.long <= LONGEST_LTA * duration:
        return windows, []
    shorter = ADAPTED_LTA * duration
    if shorter < MIN_LTA_OF_STA * windows.short:
        raise ToolError(
            "LTA_TOO_LONG",
            f"The longest piece lasts {duration:.2f} s: no long window fits in it beside sta_s {windows.short:g}.",
            f"Give sta_s of at most {shorter / MIN_LTA_OF_STA:.3g}, or attach a longer record.",
        )
    told = (
        f"lta_s {windows.long:g} is more than a sixth of the {duration:.2f} s there are, and nothing is found in the "
        f"first long window; {shorter:.3g} s was used instead."
    )
    return Windows(windows.short, float(f"{shorter:.3g}"), windows.on, windows.off, windows.method), [told]
