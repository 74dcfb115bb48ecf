"""Peak values, intensity, duration and response spectrum of a strong-motion record."""

from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from assistant.tools import views
from assistant.tools.optional import optional
from assistant.tools.parameters import FileName
from assistant.tools.result import ToolArtifact, ToolError, ToolResult
from assistant.tools.signals.drawing import rounded, stem, wave_panel
from assistant.tools.signals.libraries import version
from assistant.tools.signals.processing import Band, detrended, filtered
from assistant.tools.signals.reading import read_record
from assistant.tools.signals.record import Channel, Floats, Piece, Record, gap_warnings, longest_piece, whole_pieces
from assistant.tools.signals.response import (
    Deconvolution,
    check_response,
    default_pre_filter,
    read_inventory,
    to_ground,
)
from assistant.tools.signals.strong_motion import (
    DAMPING,
    GRAVITY,
    PERIODS,
    arias_intensity,
    response_spectrum,
    significant_window,
)

Unit = Literal["counts", "m/s", "m/s2", "gal", "g"]

TO_ACCELERATION = {"m/s2": 1.0, "gal": 0.01, "g": GRAVITY}  # m/s2
MAX_CHANNELS = 6
MAX_SAMPLES = 1_000_000
MIN_SAMPLES = 100
VELOCITY_HIGHPASS_HZ = 0.1
TOLD_PERIODS = (0.1, 0.2, 0.5, 1.0, 2.0)


@dataclass(frozen=True, slots=True)
class Motion:
    """acceleration in m/s2 and velocity in m/s of one channel's longest piece."""

    acceleration: Channel
    velocity: Channel
    spectrum: Floats
    pga: float
    pga_s: float
    pgv: float
    pgv_s: float
    arias: float
    window: tuple[float, float]


def ground_motion(file: FileName, inventory_file: FileName | None = None, unit: Unit | None = None) -> ToolResult:
    """PGA, PGV, Arias intensity, significant duration (D5-95), response spectrum.

    file: Name of a file attached to the conversation, exactly as listed
    inventory_file: StationXML when the record is in counts
    unit: Unit of the samples when known
    """
    record = read_record(file)
    if not record.axis.is_time:
        raise ToolError("NO_SAMPLING_RATE", f"'{file}' has no time axis in seconds.", "Attach a record with one.")
    chosen = record.channels[:MAX_CHANNELS]
    inventory = read_inventory(inventory_file, record) if inventory_file else None
    motions, how = [], ""
    for one in chosen:
        acceleration, velocity, how = _motion(record, one, inventory, unit)
        motions.append(_measured(acceleration, velocity))
    warnings = [*record.warnings, *(told for one in chosen for told in gap_warnings(one))]
    if any(len(one.pieces) > 1 for one in chosen):
        warnings.append("Only the longest piece without a gap was measured.")
    if len(record.channels) > MAX_CHANNELS:
        warnings.append(f"The first {MAX_CHANNELS} of {len(record.channels)} channels were measured.")
    lines = [f"Ground motion of {file} ({how}):", *record.facts, *(_in_words(motion) for motion in motions)]
    return ToolResult(
        summary="\n".join(lines)[:1500],
        artifacts=(
            _table(motions, file),
            views.plot(
                f"{stem(file)}_ground_motion.json",
                record.axis.label(),
                [panel for motion in motions for panel in _panels(motion)],
                f"Acceleration and velocity of {file}",
                start_time=record.start_time,
                notes=[how],
            ),
            _spectra(motions, file),
        ),
        warnings=tuple(warnings),
        provenance={
            "library": version("numpy", "scipy", "obspy"),
            "method": "Arias 1970; D5-95 of Trifunac and Brady 1975; response spectrum by Smallwood 1981, 5 % damping",
            "parameters": {"unit": unit, "inventory_file": inventory_file, "processing": how},
        },
    )


def _motion(record: Record, channel: Channel, inventory: Any, unit: Unit | None) -> tuple[Channel, Channel, str]:
    """Acceleration, velocity, and how they came about. Errors: UNITS_UNKNOWN."""
    if inventory is not None and unit in (None, "counts"):
        check_response(record, channel, inventory)
        whole = _longest(channel)
        wanted = Deconvolution("ACC", default_pre_filter(whole), 60.0)
        acceleration = to_ground(record, whole, inventory, wanted)
        return acceleration, to_ground(record, whole, inventory, replace(wanted, output="VEL")), wanted.in_words()
    known = unit if unit not in (None, "counts") else channel.unit
    whole = _longest(channel)
    values, rate = detrended(whole.pieces[0].values), channel.rate
    if known == "m/s":
        velocity = _like(whole, values, "m/s")
        return _like(whole, np.gradient(values) * rate, "m/s2"), velocity, "samples in m/s, differentiated"
    if known not in TO_ACCELERATION:
        raise ToolError(
            "UNITS_UNKNOWN",
            f"The unit of the samples of {channel.name} is {known or 'not stated'}.",
            "Give inventory_file (StationXML), or unit where the person knows it: m/s, m/s2, gal or g.",
        )
    numbers = whole.pieces[0].values.astype(np.float64)
    acceleration = _like(whole, (numbers - numbers.mean()) * TO_ACCELERATION[known], "m/s2")
    velocity, note = _integrated(acceleration, record)
    return acceleration, velocity, f"samples in {known}, mean removed; velocity by integration{note}"


def _longest(channel: Channel) -> Channel:
    piece = longest_piece(replace(channel, pieces=whole_pieces(channel)))
    if not MIN_SAMPLES <= len(piece.values) <= MAX_SAMPLES:
        raise ToolError(
            "TOO_SHORT" if len(piece.values) < MIN_SAMPLES else "TOO_LONG",
            f"{channel.name} has {len(piece.values):,} samples in one piece; {MIN_SAMPLES} to {MAX_SAMPLES:,} can be "
            "measured.",
            "Attach a part that holds the event.",
        )
    return replace(channel, pieces=(piece,))


def _like(channel: Channel, values: Floats, unit: str) -> Channel:
    return replace(channel, pieces=(Piece(channel.start, values),), unit=unit)


def _integrated(acceleration: Channel, record: Record) -> tuple[Channel, str]:
    """Velocity without its linear trend, and high-passed where the record is long enough for it."""
    integrate: Any = optional("scipy.integrate", "scipy").cumulative_trapezoid
    raw = _like(acceleration, integrate(acceleration.pieces[0].values, dx=1 / acceleration.rate, initial=0), "m/s")
    if raw.num_samples / raw.rate < 2 / VELOCITY_HIGHPASS_HZ:
        return _like(raw, detrended(raw.pieces[0].values), "m/s"), " and removal of the linear trend"
    velocity, _ = filtered(raw, Band("highpass", VELOCITY_HIGHPASS_HZ), record.axis)
    return velocity, f" and a {VELOCITY_HIGHPASS_HZ:g} Hz high-pass"


def _measured(acceleration: Channel, velocity: Channel) -> Motion:
    a, v, rate = acceleration.pieces[0].values, velocity.pieces[0].values, acceleration.rate
    first, last = significant_window(a, rate)
    at_a, at_v = int(np.abs(a).argmax()), int(np.abs(v).argmax())
    start = acceleration.start
    return Motion(
        acceleration,
        velocity,
        response_spectrum(a, rate),
        pga=float(abs(a[at_a])),
        pga_s=start + at_a / rate,
        pgv=float(abs(v[at_v])),
        pgv_s=start + at_v / rate,
        arias=arias_intensity(a, rate),
        window=(start + first, start + last),
    )


def _in_words(motion: Motion) -> str:
    strongest = int(motion.spectrum.argmax())
    nearest = [int(np.abs(np.array(PERIODS) - period).argmin()) for period in TOLD_PERIODS]
    spectrum = ", ".join(f"{100 * motion.spectrum[i]:.4g} at {PERIODS[i]:.3g} s" for i in nearest)
    first, last = motion.window
    return (
        f"{motion.acceleration.name}: PGA {motion.pga:.4g} m/s2 = {100 * motion.pga:.4g} gal = "
        f"{motion.pga / GRAVITY:.3g} g at {motion.pga_s:.2f} s; PGV {100 * motion.pgv:.4g} cm/s at "
        f"{motion.pgv_s:.2f} s; Arias intensity {motion.arias:.3g} m/s; significant duration D5-95 "
        f"{last - first:.2f} s (from {first:.2f} to {last:.2f} s); response spectrum (5 % damping, gal): "
        f"{spectrum}; highest {100 * motion.spectrum[strongest]:.4g} at {PERIODS[strongest]:.3g} s"
    )


def _table(motions: list[Motion], file: str) -> ToolArtifact:
    columns = (
        "channel",
        "PGA (gal)",
        "PGA at (s)",
        "PGV (cm/s)",
        "PGV at (s)",
        "Arias intensity (m/s)",
        "D5-95 (s)",
    )
    rows: list[list[views.Cell]] = [
        [
            motion.acceleration.name,
            *(
                float(f"{value:.5g}")
                for value in (
                    100 * motion.pga,
                    motion.pga_s,
                    100 * motion.pgv,
                    motion.pgv_s,
                    motion.arias,
                    motion.window[1] - motion.window[0],
                )
            ),
        ]
        for motion in motions
    ]
    return views.table(f"{stem(file)}_ground_motion.csv", columns, rows, f"Ground motion of {file}")


def _panels(motion: Motion) -> list[views.Panel]:
    marks: list[views.Mark] = [
        {"x": motion.pga_s, "label": "PGA", "kind": "peak"},
        {"x": motion.window[0], "x_end": motion.window[1], "label": "D5-95", "kind": "fit"},
    ]
    return [wave_panel(motion.acceleration, marks), wave_panel(motion.velocity)]


def _spectra(motions: list[Motion], file: str) -> ToolArtifact:
    panel: views.Panel = {
        "label": "absolute acceleration (gal)",
        "x": list(PERIODS),
        "curves": [{"name": motion.acceleration.name, "y": [*rounded(100 * motion.spectrum)]} for motion in motions],
        "y_scale": "log",
    }
    alt = f"Response spectrum of {file}, {100 * DAMPING:g} % damping"
    name = f"{stem(file)}_response_spectrum.json"
    return views.plot(name, "period (s)", [panel], alt, x_scale="log", notes=["5 % damping"])
