"""How long a line in a picture is, in the unit of its scale bar, and the levels along it."""

import math
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from assistant.tools.base import Schema
from assistant.tools.images.drawing import box, reduced, to_png
from assistant.tools.images.reading import PILLOW, Grey, Picture, read_picture, to_grey, to_rgb
from assistant.tools.parameters import FileName
from assistant.tools.result import ToolArtifact, ToolError, ToolResult
from assistant.tools.views import plot, png

MAX_SAMPLES = 4_000
MIN_MARGIN_PX = 24  # of the picture shown around the line
LINE, EDGE = (255, 220, 0), (0, 0, 0)
Unit = Literal["nm", "um", "mm", "cm", "m", "km"]
Pixel = Annotated[float, Schema(minimum=0)]
Positive = Annotated[float, Schema(exclusiveMinimum=0)]


@dataclass(frozen=True, slots=True)
class _Line:
    """From (x1, y1) to (x2, y2) in pixels, y downwards."""

    x1: float
    y1: float
    x2: float
    y2: float

    @property
    def length(self) -> float:
        return math.hypot(self.x2 - self.x1, self.y2 - self.y1)

    @property
    def angle_deg(self) -> float:
        """Counter-clockwise from the x axis, in (-180, 180]."""
        return math.degrees(math.atan2(self.y1 - self.y2, self.x2 - self.x1))


def measure_image(
    file: FileName,
    x1: Pixel,
    y1: Pixel,
    x2: Pixel,
    y2: Pixel,
    scale_px: Positive | None = None,
    scale_length: Positive | None = None,
    scale_unit: Unit | None = None,
) -> ToolResult:
    """Length/area in an image with a scale bar calibration.

    file: Name of a file attached to the conversation, exactly as listed
    x1: px
    y1: px
    x2: px
    y2: px
    scale_px: Length of the scale bar, px
    scale_length: Length it stands for
    scale_unit: Unit
    """
    scale = _scale(scale_px, scale_length, scale_unit)
    picture = read_picture(file)
    line = _Line(x1, y1, x2, y2)
    _check(line, picture)
    levels = _profile(to_grey(picture.image), line)
    per_px, unit = scale or (1.0, "px")
    width, height = abs(x2 - x1), abs(y2 - y1)
    in_pixels = f"{line.length:.2f} px" + (f" = {line.length * per_px:.4g} {unit}" if scale else "")
    sides = f"{width * per_px:.4g} x {height * per_px:.4g} {unit}"
    area = f"{width * height * per_px**2:.4g} {unit}^2"
    calibration = (
        f" Scale: 1 px = {per_px:.4g} {unit} ({scale_px:g} px stand for {scale_length:g} {unit})." if scale else ""
    )
    return ToolResult(
        summary=f"Line from ({x1:g}, {y1:g}) to ({x2:g}, {y2:g}) in {file[:80]}: length {in_pixels}, at "
        f"{line.angle_deg:.1f} degrees from the x axis. The rectangle with these corners: {sides}, area {area}."
        f"{calibration} Grey levels along the line: mean {levels.mean():.1f}, {levels.min():.0f} to "
        f"{levels.max():.0f}.",
        artifacts=(_overlay(picture, line, in_pixels), _plotted(levels, line.length * per_px, unit, file)),
        warnings=picture.notes + _warnings(scale_px, scale),
        provenance={
            "library": PILLOW,
            "method": "Euclidean length; levels by bilinear interpolation, one sample a pixel",
            "parameters": {
                "x1": x1,
                "y1": y1,
                "x2": x2,
                "y2": y2,
                "scale_px": scale_px,
                "scale_length": scale_length,
                "scale_unit": scale_unit,
            },
        },
    )


def _scale(scale_px: float | None, scale_length: float | None, unit: str | None) -> tuple[float, str] | None:
    """Length of a pixel and its unit."""
    given = {"scale_px": scale_px, "scale_length": scale_length, "scale_unit": unit}
    missing = [name for name, value in given.items() if value is None]
    if len(missing) == len(given):
        return None
    if scale_px is None or scale_length is None or unit is None:
        raise ToolError(
            "NO_SCALE",
            f"The scale lacks {' and '.join(missing)}.",
            "Give all of scale_px, scale_length and scale_unit, or none of them.",
        )
    return scale_length / scale_px, unit


def _check(line: _Line, picture: Picture) -> None:
    width, height = picture.image.size
    for x, y in ((line.x1, line.y1), (line.x2, line.y2)):
        if x > width or y > height:
            raise ToolError(
                "OUT_OF_BOUNDS",
                f"The point ({x:g}, {y:g}) is outside the picture. The picture is {picture.size_text}.",
                f"x may be 0 to {width} and y 0 to {height}.",
            )
    if line.length == 0:
        raise ToolError("NO_LENGTH", f"Both points are ({line.x1:g}, {line.y1:g}).", "Give two different points.")


def _warnings(scale_px: float | None, scale: tuple[float, str] | None) -> tuple[str, ...]:
    if scale is None or scale_px is None:
        return ("No scale was given, so lengths are in pixels only: give scale_px, scale_length and scale_unit.",)
    if scale_px < 20:
        return (f"A scale bar of {scale_px:g} px, read to a pixel, makes lengths uncertain by {100 / scale_px:.0f} %.",)
    return ()


def _profile(grey: Grey, line: _Line) -> NDArray[np.float64]:
    """Levels at evenly spaced places along the line, between pixels interpolated."""
    height, width = grey.shape
    number = min(MAX_SAMPLES, max(2, math.ceil(line.length) + 1))
    x = np.clip(np.linspace(line.x1, line.x2, number), 0, width - 1)
    y = np.clip(np.linspace(line.y1, line.y2, number), 0, height - 1)
    left, top = np.floor(x).astype(int), np.floor(y).astype(int)
    right, bottom = np.minimum(left + 1, width - 1), np.minimum(top + 1, height - 1)
    across, down = x - left, y - top
    upper = grey[top, left] * (1 - across) + grey[top, right] * across
    lower = grey[bottom, left] * (1 - across) + grey[bottom, right] * across
    return np.asarray(upper * (1 - down) + lower * down, np.float64)


def _plotted(levels: NDArray[np.float64], length: float, unit: str, file: str) -> ToolArtifact:
    places = np.linspace(0, length, len(levels))
    panel: Any = {"label": "grey level", "curves": [{"name": "level", "x": places.tolist(), "y": levels.tolist()}]}
    return plot("profile.json", f"distance ({unit})", [panel], f"Grey levels along the measured line in {file}")


def _overlay(picture: Picture, line: _Line, length: str) -> ToolArtifact:
    """The part of the picture around the line, which is drawn into it."""
    margin = max(MIN_MARGIN_PX, line.length / 4)
    width, height = picture.image.size
    left, right = (int(min(max(x, 0), width)) for x in (min(line.x1, line.x2) - margin, max(line.x1, line.x2) + margin))
    top, bottom = (
        int(min(max(y, 0), height)) for y in (min(line.y1, line.y2) - margin, max(line.y1, line.y2) + margin)
    )
    part, factor = reduced(to_rgb(picture.image.crop((left, top, right, bottom))))
    shown = part.copy()
    ends = [((x - left) * factor, (y - top) * factor) for x, y in ((line.x1, line.y1), (line.x2, line.y2))]
    _draw_line_(shown, ends)
    outline = box(
        min(line.x1, line.x2) - left,
        min(line.y1, line.y2) - top,
        abs(line.x2 - line.x1),
        abs(line.y2 - line.y1),
        length,
        factor,
    )
    alt = f"{picture.name}, x {left} to {right} and y {top} to {bottom} px, with the measured line"
    return png("measured.png", to_png(shown), alt, boxes=[outline])


def _draw_line_(image: Image.Image, ends: list[tuple[float, float]]) -> None:
    draw = ImageDraw.Draw(image)
    draw.line(ends, EDGE, 3)
    draw.line(ends, LINE, 1)
    for x, y in ends:
        draw.ellipse((x - 3, y - 3, x + 3, y + 3), outline=LINE)
