"""Simulate a powder diffraction pattern."""

from typing import Annotated, Literal

from assistant.tools.base import Schema
from assistant.tools.materials.crystal_summary import composition, disorder_warning
from assistant.tools.materials.diffraction import WAVELENGTHS, Line, powder_pattern
from assistant.tools.materials.reading import read_crystal
from assistant.tools.optional import optional
from assistant.tools.parameters import FileName
from assistant.tools.result import ToolError, ToolResult
from assistant.tools.views import Mark, Panel, plot, table

SHOWN_LINES = 12
LABELLED_LINES = 8
MAX_BARS = 2_000
MAX_ROWS = 2_000


def xrd_pattern(
    file: FileName,
    radiation: Literal["CuKa", "MoKa", "CoKa", "FeKa", "CrKa", "AgKa"] = "CuKa",
    two_theta_min: Annotated[float, Schema(minimum=0, maximum=170)] = 10,
    two_theta_max: Annotated[float, Schema(minimum=5, maximum=180)] = 90,
) -> ToolResult:
    """Simulated powder XRD pattern.

    file: Name of a file attached to the conversation, exactly as listed
    radiation: Source
    two_theta_min: deg
    two_theta_max: deg
    """
    if two_theta_min >= two_theta_max:
        raise ToolError(
            "OUT_OF_RANGE", f"two_theta_min is {two_theta_min:g} and two_theta_max {two_theta_max:g}.", "Swap them."
        )
    crystal = read_crystal(file)
    wavelength = WAVELENGTHS[radiation]
    lines = powder_pattern(crystal, wavelength, two_theta_min, two_theta_max)
    if not lines:
        hint = "Widen the range of two theta."
        raise ToolError("NO_LINES", f"{file} has no line from {two_theta_min:g}° to {two_theta_max:g}°.", hint)
    strongest = sorted(lines, key=lambda line: -line.percent)
    shown = sorted(strongest[:SHOWN_LINES], key=lambda line: line.two_theta_deg)
    title = f"{crystal.name}, {composition(crystal)}"
    alt = f"Powder pattern of {title}, {radiation}, {two_theta_min:g}-{two_theta_max:g}° 2θ, {len(lines)} lines"
    more = f"the {SHOWN_LINES} strongest of {len(lines)}" if len(lines) > SHOWN_LINES else f"all {len(lines)}"
    notes = [f"wavelength {wavelength} Å", "no thermal motion, no texture, no instrument broadening"]
    return ToolResult(
        summary=f"Simulated powder XRD of {title}, {radiation} (wavelength {wavelength} Å, mean of Kα1 and Kα2), 2θ "
        f"{two_theta_min:g}-{two_theta_max:g}°. Lines ({more}; intensity relative to the strongest of this range): "
        f"{'; '.join(map(_words, shown))}. Strongest: {strongest[0].label} at {strongest[0].two_theta_deg:.2f}°.",
        artifacts=(
            plot("xrd.json", "2θ (°)", [_panel(strongest)], alt, notes=notes),
            table(
                "xrd.csv",
                ["2theta (deg)", "d (Å)", "hkl", "multiplicity", "relative intensity (%)"],
                [_row(line) for line in lines[:MAX_ROWS]],
                alt,
            ),
        ),
        warnings=disorder_warning(crystal),
        provenance={
            "library": f"gemmi {optional('gemmi').__version__}",
            "method": "kinematic structure factors with neutral-atom form factors (International Tables C 6.1.1.4), "
            "Lorentz-polarisation factor and multiplicity; thermal motion and anomalous scattering neglected",
            "parameters": {"file": file, "radiation": radiation, "wavelength_a": wavelength},
        },
    )


def _words(line: Line) -> str:
    return f"{line.label} {line.two_theta_deg:.2f}° d = {line.d_a:.3f} Å {line.percent:.1f} %"


def _row(line: Line) -> list[str | float | int]:
    multiplicity = " + ".join(str(number) for _, number in line.families)
    return [round(line.two_theta_deg, 4), round(line.d_a, 5), line.label, multiplicity, round(line.percent, 3)]


def _panel(strongest: list[Line]) -> Panel:
    drawn = sorted(strongest[:MAX_BARS], key=lambda line: line.two_theta_deg)
    marks: list[Mark] = [
        {"x": round(line.two_theta_deg, 4), "label": line.label, "kind": "peak"} for line in strongest[:LABELLED_LINES]
    ]
    return {
        "label": "relative intensity (%)",
        "x": [round(line.two_theta_deg, 4) for line in drawn],
        "curves": [{"name": "lines", "y": [round(line.percent, 3) for line in drawn], "style": "bars"}],
        "marks": marks,
    }
