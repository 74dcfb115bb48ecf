"""Local magnitude."""

import math
import warnings
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np

from assistant.tools import views
from assistant.tools.base import Schema
from assistant.tools.parameters import FileName
from assistant.tools.result import ToolError, ToolResult
from assistant.tools.signals.drawing import stem, wave_panel
from assistant.tools.signals.libraries import version
from assistant.tools.signals.reading import read_record
from assistant.tools.signals.record import Channel, Floats, Piece, Record, gap_warnings
from assistant.tools.signals.response import Deconvolution, default_pre_filter, read_inventory, to_ground
from assistant.tools.signals.seismic_files import obspy

HORIZONTAL = "NE12RT"
MAX_CHANNELS = 12
LARGEST_KM = 600.0
GAIN = 2080  # of a Wood-Anderson seismometer (Uhrhammer and Collins 1990); 2800 in older texts
WOOD_ANDERSON = {"poles": [-6.2832 - 4.7124j, -6.2832 + 4.7124j], "zeros": [0j, 0j], "gain": 1.0, "sensitivity": GAIN}
FORMULA = "ML = log10 A + 1.11 log10 R + 0.00189 R - 2.09 (IASPEI 2013, Hutton and Boore 1987; A in nm, R in km)"


@dataclass(frozen=True, slots=True)
class Reading:
    """amplitude: of the Wood-Anderson record over its gain, 0 to peak, nm."""

    trace: Channel
    amplitude: float
    time: float
    magnitude: float


def estimate_magnitude(
    file: FileName,
    inventory_file: FileName,
    distance_km: Annotated[float, Schema(minimum=1, maximum=1000)],
) -> ToolResult:
    """Local magnitude ML from Wood-Anderson amplitude.

    file: Name of a file attached to the conversation, exactly as listed
    inventory_file: Name of a file attached to the conversation, exactly as listed
    distance_km: Hypocentral distance, km
    """
    record = read_record(file)
    chosen = _horizontals(record)
    inventory = read_inventory(inventory_file, record)
    readings = [_reading(record, one, inventory, distance_km) for one in chosen]
    mean = sum(reading.magnitude for reading in readings) / len(readings)
    told = [*record.warnings, *(note for one in chosen for note in gap_warnings(one))]
    if distance_km > LARGEST_KM:
        told.append(f"The formula holds up to {LARGEST_KM:g} km; {distance_km:g} km is outside.")
    if len(chosen) < len(record.channels):
        told.append(f"Only horizontal components count: {', '.join(one.name for one in chosen)}.")
    told.append(
        "ML of one station has an uncertainty of about 0.3; a regional calibration may differ from this formula."
    )
    how = _to_displacement(chosen[0]).in_words()
    lines = [
        f"ML {mean:.2f} (mean of {len(readings)} horizontal component{'s' * (len(readings) > 1)}) at a hypocentral "
        f"distance of {distance_km:g} km.",
        *(
            f"{reading.trace.name}: Wood-Anderson amplitude A {reading.amplitude:.4g} nm (of the trace, over the gain) "
            f"at {reading.time:.2f} s, ML {reading.magnitude:.2f}"
            for reading in readings
        ),
        f"{FORMULA}; Wood-Anderson gain {GAIN}; {how}.",
    ]
    return ToolResult(
        summary="\n".join(lines)[:1500],
        artifacts=(
            views.plot(
                f"{stem(file)}_wood_anderson.json",
                record.axis.label(),
                [_panel(reading) for reading in readings],
                f"Wood-Anderson records simulated from {file}",
                start_time=record.start_time,
                notes=[f"Wood-Anderson, gain {GAIN}", how],
            ),
        ),
        warnings=tuple(told),
        provenance={"library": version("obspy"), "method": FORMULA, "parameters": {"distance_km": distance_km}},
    )


def _horizontals(record: Record) -> list[Channel]:
    found = [one for one in record.channels if "." in one.name and one.component in HORIZONTAL]
    if not found:
        names = ", ".join(one.name for one in record.channels[:12])
        raise ToolError(
            "NO_HORIZONTAL", f"ML is read on horizontal components; the file has only {names}.", "Attach N and E."
        )
    return found[:MAX_CHANNELS]


def _reading(record: Record, channel: Channel, inventory: Any, distance_km: float) -> Reading:
    rate = channel.rate
    ground = to_ground(record, channel, inventory, _to_displacement(channel))
    pieces = tuple(Piece(piece.offset, _wood_anderson(piece.values, rate)) for piece in ground.pieces)
    trace = Channel(channel.name, rate, pieces, "mm")
    strongest = max(pieces, key=lambda piece: float(np.abs(piece.values).max()))
    at = int(np.abs(strongest.values).argmax())
    amplitude = float(abs(strongest.values[at])) * 1e6 / GAIN
    if amplitude == 0:
        raise ToolError("NO_SIGNAL", f"{channel.name} is constant, so it has no amplitude.", "Attach another record.")
    return Reading(trace, amplitude, strongest.offset + at / rate, local_magnitude(amplitude, distance_km))


def _to_displacement(channel: Channel) -> Deconvolution:
    return Deconvolution("DISP", default_pre_filter(channel), 60.0)


def local_magnitude(amplitude_nm: float, distance_km: float) -> float:
    """IASPEI's standard formula."""
    return math.log10(amplitude_nm) + 1.11 * math.log10(distance_km) + 0.00189 * distance_km - 2.09


def _wood_anderson(displacement: Floats, rate: float) -> Floats:
    """What the instrument would write, mm."""
    trace = obspy().Trace(displacement.copy(), {"sampling_rate": rate})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        trace.simulate(paz_simulate=WOOD_ANDERSON, taper=False)
    return np.asarray(trace.data, np.float64) * 1000


def _panel(reading: Reading) -> views.Panel:
    return wave_panel(reading.trace, [{"x": reading.time, "label": f"ML {reading.magnitude:.2f}", "kind": "peak"}])
