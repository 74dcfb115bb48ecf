"""Read the numbers behind a drawn curve."""

from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from assistant.tools.base import Schema
from assistant.tools.images.curve_tracing import Trace, trace_curve
from assistant.tools.images.drawing import reduced, to_png
from assistant.tools.images.reading import PILLOW, Picture, read_picture, to_rgb
from assistant.tools.parameters import FileName
from assistant.tools.result import ToolArtifact, ToolError, ToolResult
from assistant.tools.views import plot, png, table

MAX_TOLD = 12  # points in the summary
MARK = (255, 0, 255)
Calibration = Annotated[list[float], Schema(minItems=4, maxItems=4)]
Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _Axis:
    """A linear axis through two ticks."""

    px1: float
    value1: float
    px2: float
    value2: float

    def values(self, px: Values) -> Values:
        return self.value1 + (px - self.px1) * (self.value2 - self.value1) / (self.px2 - self.px1)


def digitize_chart(
    file: FileName,
    line_color: Annotated[str, Schema(pattern="^#[0-9A-Fa-f]{6}$")],
    x_axis: Calibration,
    y_axis: Calibration,
    n_points: Annotated[int, Schema(minimum=2, maximum=500)] = 50,
) -> ToolResult:
    """Read a curve from a chart by its colour and two axis calibrations.

    file: Name of a file attached to the conversation, exactly as listed
    line_color: Hex colour
    x_axis: [px1, value1, px2, value2]
    y_axis: [px1, value1, px2, value2]
    n_points: Points
    """
    picture = read_picture(file)
    across = _axis("x_axis", x_axis, picture.image.width, picture)
    down = _axis("y_axis", y_axis, picture.image.height, picture)
    image = to_rgb(picture.image)
    trace = trace_curve(np.asarray(image), line_color)
    px = np.linspace(trace.x[0], trace.x[-1], n_points)
    py = np.interp(px, trace.x, trace.y)
    order = np.argsort(across.values(px), kind="stable")
    x, y = across.values(px)[order], down.values(py)[order]
    return ToolResult(
        summary=_summary(file, line_color, x, y),
        artifacts=(_replotted(x, y, file), _listed(x, y), _overlay(picture, image, px, py)),
        warnings=picture.notes + _warnings(trace, line_color),
        provenance={
            "library": f"{PILLOW}, numpy {np.__version__}",
            "method": "pixels near the colour, one height a column, linear axes",
            "parameters": {"line_color": line_color, "x_axis": x_axis, "y_axis": y_axis, "n_points": n_points},
        },
    )


def _axis(name: str, numbers: list[float], size: int, picture: Picture) -> _Axis:
    axis = _Axis(*numbers)
    for px in (axis.px1, axis.px2):
        if not 0 <= px <= size:
            raise ToolError(
                "OUT_OF_BOUNDS",
                f"{name} names pixel {px:g}, outside the picture. The picture is {picture.size_text}.",
                "The order is [px1, value1, px2, value2].",
            )
    if axis.px1 == axis.px2 or axis.value1 == axis.value2:
        what = "pixels" if axis.px1 == axis.px2 else "values"
        raise ToolError(
            "BAD_CALIBRATION",
            f"The two {what} of {name} are equal ({numbers}).",
            "Give two different ticks as [px1, value1, px2, value2].",
        )
    return axis


def _summary(file: str, color: str, x: Values, y: Values) -> str:
    chosen = np.unique(np.linspace(0, len(x) - 1, min(MAX_TOLD, len(x))).round().astype(int))
    points = ", ".join(f"({x[i]:.4g}, {y[i]:.4g})" for i in chosen)
    low, high = int(np.argmin(y)), int(np.argmax(y))
    slope, intercept = np.polyfit(x, y, 1)
    spread = float(np.sum((y - y.mean()) ** 2))
    r2 = 1 - float(np.sum((y - intercept - slope * x) ** 2)) / spread if spread > 0 else 1.0
    return (
        f"Curve {color} of {file[:80]}, {len(x)} points on linear axes: x from {x[0]:.4g} to {x[-1]:.4g}; lowest y "
        f"{y[low]:.4g} at x = {x[low]:.4g}, highest y {y[high]:.4g} at x = {x[high]:.4g}. Points (x, y): {points}. "
        f"Straight line through all of them: slope {slope:.4g}, intercept {intercept:.4g}, R2 {r2:.4f}."
    )


def _warnings(trace: Trace, color: str) -> tuple[str, ...]:
    said = ["Axes are taken as linear. For a logarithmic axis, give log10 of its ticks and raise 10 to the results."]
    if trace.share_missing > 0.05:
        said.append(
            f"The colour {color} is missing in {100 * trace.share_missing:.0f} % of the columns between the curve's "
            "ends (dashes, markers, or another curve on top); these were interpolated."
        )
    if trace.share_ambiguous > 0.02:
        said.append(
            f"In {100 * trace.share_ambiguous:.0f} % of the columns the colour occurs at several heights (a legend, "
            "text, another curve of this colour); the one that continues the curve was taken."
        )
    return tuple(said)


def _replotted(x: Values, y: Values, file: str) -> ToolArtifact:
    panel: Any = {"label": "y", "curves": [{"name": "digitised", "x": x.tolist(), "y": y.tolist()}]}
    return plot("digitised.json", "x", [panel], f"The curve read from {file}", notes=["linear axes"])


def _listed(x: Values, y: Values) -> ToolArtifact:
    rows = [[float(f"{a:.6g}"), float(f"{b:.6g}")] for a, b in zip(x, y, strict=True)]
    return table("digitised.csv", ["x", "y"], rows, f"{len(rows)} points of the curve")


def _overlay(picture: Picture, image: Image.Image, px: Values, py: Values) -> ToolArtifact:
    shown, factor = reduced(image)
    shown = shown.copy()
    draw = ImageDraw.Draw(shown)
    for x, y in zip(px * factor, py * factor, strict=True):
        draw.ellipse((x - 2, y - 2, x + 2, y + 2), outline=MARK)
    return png("digitised.png", to_png(shown), f"{picture.name} with the points that were read")
