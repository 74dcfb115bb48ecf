"""Artifacts that the page has a viewer for: what each viewer is given. The reader of all this is assets/web/sciview.js.

A value that does not exist (a gap in a trace, an empty cell) is None. Times are seconds since the first sample.
"""

import csv
import io
import json
import math
from collections.abc import Sequence
from typing import Any, Literal, TypedDict

from assistant.tools.result import ToolArtifact

Cell = str | int | float | bool | None
AxisScale = Literal["linear", "log"]
StructureFormat = Literal["pdb", "cif", "sdf", "xyz"]


class Curve(TypedDict, total=False):
    """x is left out where the panel's own x serves. style "line" is the default."""

    name: str  # required
    y: list[float | None]  # required, as long as x
    x: list[float]
    style: Literal["line", "points", "bars", "steps"]


class Mark(TypedDict, total=False):
    """A vertical line at x, or a band from x to x_end; kind gives it its colour."""

    x: float  # required
    label: str  # required
    kind: Literal["p", "s", "trigger", "peak", "warning", "fit"]
    x_end: float


class HeatMap(TypedDict):
    """Below a panel's curves, a spectrogram: values[row][column] in dB, rows from low to high y."""

    x: list[float]
    y: list[float]
    values: list[list[float]]
    unit: str


class Panel(TypedDict, total=False):
    """One drawing area. All panels of a plot zoom along x together."""

    label: str  # of the y axis, unit included; required
    curves: list[Curve]  # required, may be empty beside a heat map
    x: list[float]  # shared by the curves without an x of their own
    marks: list[Mark]
    y_scale: AxisScale
    heat_map: HeatMap


class Feature(TypedDict):
    """Residues start to end, 1-based and inclusive. kind gives the colour: motif, helix, strand, orf, site, ..."""

    start: int
    end: int
    label: str
    kind: str


def svg(name: str, markup: str, alt: str, **meta: Any) -> ToolArtifact:
    """meta smiles: offers the molecule in 3D and for copying. meta atoms: [[x, y], ...] or [[x, y, element], ...] in
    the SVG's units, so that a click tells an atom's index."""
    return ToolArtifact("svg", name, "image/svg+xml", markup, alt, meta)


def png(name: str, data: bytes, alt: str, **meta: Any) -> ToolArtifact:
    """meta boxes: [{"x", "y", "width", "height", "label"}] in pixels of the picture; meta times: [seconds, ...] of the
    frames of a contact sheet, with meta columns."""
    return ToolArtifact("png", name, "image/png", data, alt, meta)


def structure(name: str, text: str, form: StructureFormat, alt: str, **meta: Any) -> ToolArtifact:
    """Macromolecule or crystal in 3D.

    meta style: cartoon, stick, sphere, line, surface or ball_and_stick; meta color_by: spectrum (along each chain),
    chain, secondary_structure, residue, bfactor, plddt or element; meta highlight: [{"chain", "residue", "label"}], the
    label if there is one; meta cell: whether a unit cell is drawn; meta replicate: [a, b, c].
    """
    media_type = {"pdb": "chemical/x-pdb", "cif": "chemical/x-cif", "sdf": "chemical/x-mdl-sdfile"}.get(
        form, "text/plain"
    )
    return ToolArtifact("structure3d", name, media_type, text, alt, {"format": form, **meta})


def table(name: str, columns: Sequence[str], rows: Sequence[Sequence[Cell]], alt: str) -> ToolArtifact:
    """CSV (RFC 4180). A column's name holds its unit: "mass (Da)"."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(["" if cell is None else cell for cell in row] for row in rows)
    return ToolArtifact("table", name, "text/csv", text.getvalue(), alt, {"num_rows": len(rows)})


def plot(
    name: str,
    x_label: str,
    panels: Sequence[Panel],
    alt: str,
    x_scale: AxisScale = "linear",
    start_time: str = "",
    notes: Sequence[str] = (),
) -> ToolArtifact:
    """Curves that a person can zoom. x_label holds the unit. start_time: ISO 8601, of x = 0 s. notes: what was done to
    the data ("band-pass 1-10 Hz, zero phase"). At most some 10,000 points a curve: decimate() before."""
    view = {
        "x_label": x_label,
        "x_scale": x_scale,
        "start_time": start_time,
        "panels": list(panels),
        "notes": list(notes),
    }
    return _json("plot", name, view, alt)


def sequence(
    name: str,
    title: str,
    residues: str,
    alphabet: Literal["protein", "dna", "rna"],
    alt: str,
    features: Sequence[Feature] = (),
) -> ToolArtifact:
    """One sequence with a ruler, its composition, and features in colour."""
    view = {"title": title, "residues": residues, "alphabet": alphabet, "features": list(features)}
    return _json("sequence", name, view, alt)


def alignment(
    name: str,
    names: Sequence[str],
    rows: Sequence[str],
    starts: Sequence[int],
    alphabet: Literal["protein", "dna", "rna"],
    alt: str,
) -> ToolArtifact:
    """Rows of equal length with "-" for gaps. starts: the 1-based number of each row's first residue."""
    assert len({len(row) for row in rows}) == 1
    view = {"names": list(names), "rows": list(rows), "starts": list(starts), "alphabet": alphabet}
    return _json("alignment", name, view, alt)


def file(name: str, data: str | bytes, media_type: str, alt: str) -> ToolArtifact:
    """Something to keep, and to name in the next call."""
    return ToolArtifact("file", name, media_type, data, alt)


def decimate(x: Sequence[float], y: Sequence[float | None], max_points: int = 4_000) -> tuple[list[float], list[Any]]:
    """Fewer points with the same outline: the lowest and the highest of every stretch, in their order."""
    if len(x) <= max_points:
        return [float(value) for value in x], [finite(value) for value in y]
    stretch = math.ceil(2 * len(x) / max_points)
    chosen: list[int] = []
    for start in range(0, len(x), stretch):
        indices = [i for i in range(start, min(start + stretch, len(x))) if finite(y[i]) is not None]
        if indices:
            low = min(indices, key=lambda i: y[i] or 0.0)
            high = max(indices, key=lambda i: y[i] or 0.0)
            chosen += sorted({low, high})
        else:
            chosen.append(start)
    return [float(x[i]) for i in chosen], [finite(y[i]) for i in chosen]


def finite(value: float | None) -> float | None:
    """None for what JSON cannot hold."""
    return float(value) if value is not None and math.isfinite(value) else None


def _json(kind: Literal["plot", "sequence", "alignment"], name: str, view: dict[str, Any], alt: str) -> ToolArtifact:
    return ToolArtifact(kind, name, "application/json", json.dumps(view, allow_nan=False), alt)
