"""Turn counts into ground motion."""

from typing import Annotated

import numpy as np

from assistant.tools import views
from assistant.tools.base import Schema
from assistant.tools.parameters import FileName
from assistant.tools.result import ToolResult
from assistant.tools.signals.drawing import series_file, stem, wave_panel
from assistant.tools.signals.libraries import version
from assistant.tools.signals.reading import read_record
from assistant.tools.signals.record import Channel, gap_warnings
from assistant.tools.signals.response import UNITS, Deconvolution, Output, check_pre_filter, read_inventory, to_ground

MAX_CHANNELS = 6
IN_WORDS = {"DISP": "displacement", "VEL": "velocity", "ACC": "acceleration"}


def remove_response(
    file: FileName,
    inventory_file: FileName,
    output: Output = "VEL",
    pre_filt_hz: Annotated[list[Annotated[float, Schema(exclusiveMinimum=0)]], Schema(minItems=4, maxItems=4)]
    | None = None,
    water_level_db: Annotated[float, Schema(minimum=0, maximum=200)] = 60,
) -> ToolResult:
    """Remove the instrument response with StationXML/RESP/dataless.

    file: Name of a file attached to the conversation, exactly as listed
    inventory_file: Name of a file attached to the conversation, exactly as listed
    output: Ground quantity
    pre_filt_hz: Four corner frequencies, Hz, rising
    water_level_db: Water level, dB
    """
    record = read_record(file)
    chosen = record.channels[:MAX_CHANNELS]
    corners = check_pre_filter(pre_filt_hz, min(one.rate for one in chosen)) if pre_filt_hz else None
    inventory = read_inventory(inventory_file, record)
    wanted = Deconvolution(output, corners, water_level_db)
    done = [to_ground(record, one, inventory, wanted) for one in chosen]
    warnings = [*record.warnings, *(told for one in chosen for told in gap_warnings(one))]
    if len(record.channels) > MAX_CHANNELS:
        warnings.append(f"The first {MAX_CHANNELS} of {len(record.channels)} channels were worked on.")
    if corners is None:
        warnings.append(
            "No pre_filt_hz was given, so noise at long periods may be amplified: give four corners that hold the band "
            "of interest."
        )
    panels = [
        panel for before, after in zip(chosen, done, strict=True) for panel in (wave_panel(before), wave_panel(after))
    ]
    kept = series_file(
        f"{stem(file)}_{output.lower()}", record, done, f"{IN_WORDS[output]} from {file}, {UNITS[output]}"
    )
    lines = [f"{IN_WORDS[output].capitalize()} from {file}: {wanted.in_words()}."]
    lines += [_in_words(one) for one in done]
    if kept:
        lines.append(f"The {IN_WORDS[output]} is in {kept.name} ({UNITS[output]}).")
    return ToolResult(
        summary="\n".join(lines)[:1500],
        artifacts=(
            views.plot(
                f"{stem(file)}_{output.lower()}.json",
                record.axis.label(),
                panels,
                f"Before and after the response was removed from {file}",
                start_time=record.start_time,
                notes=[wanted.in_words()],
            ),
            *([kept] if kept else []),
        ),
        warnings=tuple(warnings),
        provenance={
            "library": version("obspy"),
            "method": f"linear trend removed, 5 % cosine taper, {wanted.in_words()}",
            "parameters": {"output": output, "pre_filt_hz": pre_filt_hz, "water_level_db": water_level_db},
        },
    )


def _in_words(one: Channel) -> str:
    peaks = [(float(np.abs(piece.values).max()), piece) for piece in one.pieces]
    peak, piece = max(peaks, key=lambda pair: pair[0])
    at = piece.offset + int(np.abs(piece.values).argmax()) / one.rate
    return f"{one.name}: peak {peak:.4g} {one.unit} at {at:.2f} s"
