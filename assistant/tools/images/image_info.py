"""What an attached picture is, before anything is done with it."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image

from assistant.tools.attached import attached
from assistant.tools.images.reading import DAMAGE, DEEP_MODES, PILLOW, Picture, read_picture, to_rgb
from assistant.tools.parameters import FileName
from assistant.tools.result import ToolArtifact, ToolResult
from assistant.tools.views import Cell, plot, table

MAX_TEXT_LENGTH = 80
NUM_BINS = 256
DEEP_LEVELS = 65_536
Counts = NDArray[np.int64]
MODES = {
    "1": "black and white, 1 bit",
    "L": "grey, 8 bits",
    "I;16": "grey, 16 bits",
    "I": "grey, 32 bits",
    "P": "palette of up to 256 colours",
    "LA": "grey with transparency, 8 bits a channel",
    "PA": "palette with transparency",
    "RGB": "colour (RGB), 8 bits a channel",
    "RGBA": "colour with transparency (RGBA), 8 bits a channel",
    "CMYK": "printing colours (CMYK), 8 bits a channel",
}
EXIF_FIELDS = {
    "Make": "camera maker",
    "Model": "camera model",
    "Software": "software",
    "DateTimeOriginal": "taken at",
    "DateTime": "file date",
    "ExposureTime": "exposure time (s)",
    "FNumber": "f-number",
    "ISOSpeedRatings": "ISO speed",
    "FocalLength": "focal length (mm)",
    "ImageDescription": "description",
}


def image_info(file: FileName) -> ToolResult:
    """Size, mode, format, DPI, EXIF, colour statistics of an image.

    file: Name of a file attached to the conversation, exactly as listed
    """
    picture = read_picture(file)
    channels = _channels(picture.image)
    statistics = [(name, *_statistics(counts)) for name, counts in channels]
    exif = dict(_exif(picture))
    facts: dict[str, Cell] = {
        "format": picture.format,
        "width (px)": picture.image.width,
        "height (px)": picture.image.height,
        "megapixels": round(picture.image.width * picture.image.height / 1e6, 3),
        "file size (bytes)": attached(file).stat().st_size,
        "mode": f"{picture.image.mode}: {MODES.get(picture.image.mode, 'other')}",
        "resolution": _resolution(picture.info) or "not stated",
        "frames": picture.num_frames,
        **exif,
    }
    levels = "; ".join(
        f"{name} mean {mean:.1f}, standard deviation {spread:.1f}, {low:g} to {high:g}"
        for name, mean, spread, _, low, high in statistics
    )
    told_exif = f" EXIF: {', '.join(f'{name} {value}' for name, value in exif.items())}." if exif else " No EXIF data."
    return ToolResult(
        summary=f"{file[:80]}: {picture.format}, {picture.size_text} (width x height), {facts['megapixels']:g} "
        f"megapixels, {facts['mode']}, {facts['file size (bytes)']:,} bytes, resolution {facts['resolution']}. "
        f"Levels: {levels}.{told_exif}",
        artifacts=(
            table("image_info.csv", ["property", "value"], list(facts.items()), f"Properties of {file}"),
            table(
                "levels.csv",
                ["channel", "mean", "standard deviation", "median", "minimum", "maximum"],
                [[name, *(round(value, 3) for value in numbers)] for name, *numbers in statistics],
                f"Statistics of the levels of {file}",
            ),
            _histogram(file, channels),
        ),
        warnings=picture.notes,
        provenance={"library": PILLOW, "method": "header, EXIF and all pixels", "parameters": {"file": file}},
    )


def _channels(image: Image.Image) -> list[tuple[str, Counts]]:
    """Name and number of pixels of each level of each channel; colours as shown for palettes and printing colours."""
    if image.mode in DEEP_MODES:
        return [("grey", np.bincount(np.asarray(image).ravel().astype(np.int64), minlength=DEEP_LEVELS))]
    shown = image if image.mode == "L" else to_rgb(image)
    counts = np.array(shown.histogram(), np.int64).reshape(-1, 256)
    if image.mode in ("1", "L", "LA"):
        return [("grey", counts[0])]
    return list(zip(("red", "green", "blue"), counts, strict=True))


def _statistics(counts: Counts) -> tuple[float, float, float, float, float]:
    """Mean, standard deviation, median, minimum, maximum of the levels."""
    levels, total = np.arange(len(counts)), counts.sum()
    mean = float((counts * levels).sum() / total)
    spread = float(np.sqrt((counts * (levels - mean) ** 2).sum() / total))
    present = np.flatnonzero(counts)
    median = int(np.searchsorted(np.cumsum(counts), total / 2))
    return mean, spread, float(median), float(present[0]), float(present[-1])


def _histogram(file: str, channels: list[tuple[str, Counts]]) -> ToolArtifact:
    curves = []
    for name, counts in channels:
        width = len(counts) // NUM_BINS
        heights = counts.reshape(NUM_BINS, width).sum(axis=1)
        curves.append(
            {"name": name, "x": (width * np.arange(NUM_BINS)).tolist(), "y": heights.tolist(), "style": "steps"}
        )
    panel: Any = {"label": "pixels", "curves": curves}
    return plot("histogram.json", "level", [panel], f"Histogram of the levels of {file}")


def _resolution(info: dict[Any, Any]) -> str:
    dpi = info.get("dpi")
    if not dpi or not all(np.isfinite(float(value)) and float(value) > 1 for value in dpi):
        return ""
    across, down = (round(float(value), 1) for value in dpi)
    return f"{across:g} dpi" if across == down else f"{across:g} x {down:g} dpi"


def _exif(picture: Picture) -> Iterator[tuple[str, str]]:
    """What tells how the picture was made. That it has a position is told; the position is not."""
    details: dict[int, Any] = {}
    with suppress(*DAMAGE):  # of the EXIF data, which the picture can do without
        details = picture.exif.get_ifd(ExifTags.IFD.Exif)
    named = {ExifTags.TAGS.get(tag, ""): value for tag, value in (*picture.exif.items(), *details.items())}
    for tag, label in EXIF_FIELDS.items():
        if tag in named and (text := _text(named[tag])):
            yield label, text
    if ExifTags.Base.GPSInfo in picture.exif:
        yield "position", "has GPS position (not shown)"


def _text(value: Any) -> str:
    """On one line, of printable characters."""
    if isinstance(value, bytes):
        value = value.decode(errors="replace")
    if not isinstance(value, str):
        try:
            value = f"{float(value):.6g}"
        except (TypeError, ValueError, ZeroDivisionError):
            value = str(value)
    return "".join(c for c in " ".join(value.split()) if c.isprintable())[:MAX_TEXT_LENGTH]
