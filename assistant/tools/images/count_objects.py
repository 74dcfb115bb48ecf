"""Count cells, particles, coins: whatever stands out from its background."""

from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from assistant.tools.base import Schema
from assistant.tools.images.drawing import box, reduced, to_png
from assistant.tools.images.reading import Picture, read_picture, to_grey, to_rgb
from assistant.tools.images.segmentation import Labels, Segmentation, segment
from assistant.tools.optional import optional
from assistant.tools.parameters import FileName
from assistant.tools.result import ToolArtifact, ToolError, ToolResult
from assistant.tools.views import plot, png, table

MAX_PIXELS = 12_000_000  # some 40 bytes of work space a pixel
MAX_OBJECTS = 20_000
MAX_ROWS = 2_000
MAX_BOXES = 200
NOISE_SEPARATION = 0.70  # Gaussian noise alone gives 2/pi = 0.64
OUTLINE = (255, 64, 64)

Values = NDArray[np.float64]
Properties = dict[str, Values]


def count_objects(
    file: FileName,
    bright_objects: bool = True,
    min_area_px: Annotated[int, Schema(minimum=1, maximum=1000000)] = 64,
    split_touching: bool = True,
    um_per_px: Annotated[float, Schema(exclusiveMinimum=0)] | None = None,
) -> ToolResult:
    """Segment and count bright or dark objects; areas and diameters.

    file: Name of a file attached to the conversation, exactly as listed
    bright_objects: Objects brighter than background
    min_area_px: Ignore smaller
    split_touching: Watershed on the distance transform
    um_per_px: Scale
    """
    picture = read_picture(file)
    if (num_pixels := picture.image.width * picture.image.height) > MAX_PIXELS:
        raise ToolError(
            "PIXEL_LIMIT",
            f"{file} has {num_pixels / 1e6:.1f} megapixels; objects are counted in up to {MAX_PIXELS // 10**6}.",
            "Crop a part of it first (crop_image with zoom 1).",
        )
    grey = to_grey(picture.image)
    found = segment(grey if bright_objects else -grey, min_area_px, split_touching)
    number = int(found.labels.max())
    if number > MAX_OBJECTS:
        raise ToolError(
            "TOO_MANY",
            f"{number:,} objects were found; the limit is {MAX_OBJECTS:,}.",
            "Ask for larger objects with min_area_px.",
        )
    objects = _properties(found.labels, grey)
    scale, unit = (um_per_px, "um") if um_per_px else (1.0, "px")
    return ToolResult(
        summary=_summary(picture, objects, ("bright" if bright_objects else "dark", min_area_px), scale, unit),
        artifacts=_artifacts(picture, objects, found.labels, scale, unit) if number else (),
        warnings=picture.notes + _warnings(number, found, bright_objects, split_touching, um_per_px),
        provenance={
            "library": f"scikit-image {optional('skimage', 'scikit-image').__version__}",
            "method": "quadratic background subtracted, Gaussian 1 px, Otsu threshold, holes filled, opening 3 x 3"
            + (", watershed on the distance transform from h-maxima" if split_touching else ""),
            "parameters": {
                "bright_objects": bright_objects,
                "min_area_px": min_area_px,
                "split_touching": split_touching,
                "um_per_px": um_per_px,
            },
        },
    )


def _properties(labels: Labels, grey: NDArray[Any]) -> Properties:
    """Columns, one value an object: number, x, y, area (px), diameter (px), level, bounding box, whether it is cut off
    by the edge of the picture."""
    wanted = ("label", "centroid", "area", "bbox", "mean_intensity", "eccentricity")
    measure = optional("skimage.measure", "scikit-image")
    if not labels.any():
        return {}
    found: Properties = measure.regionprops_table(labels, intensity_image=grey, properties=wanted)
    height, width = labels.shape
    found["diameter"] = np.sqrt(4 * found["area"] / np.pi)
    found["is_cut"] = (
        (found["bbox-0"] == 0) | (found["bbox-1"] == 0) | (found["bbox-2"] == height) | (found["bbox-3"] == width)
    )
    return found


def _summary(picture: Picture, objects: Properties, wanted: tuple[str, int], scale: float, unit: str) -> str:
    """wanted: bright or dark, and the least area in pixels."""
    kind, min_area_px = wanted
    where = f"of at least {min_area_px} px area in {picture.name[:80]} ({picture.size_text})"
    if not objects:
        return f"Found 0 {kind} objects {where}."
    areas, diameters = objects["area"] * scale**2, objects["diameter"] * scale
    share = 100 * float(objects["area"].sum()) / (picture.image.width * picture.image.height)
    noun, spread = "object", ""
    if len(areas) > 1:
        noun, spread = "objects", f" ± {diameters.std(ddof=1):.4g} (standard deviation)"
    return (
        f"Found {len(areas)} {kind} {noun} {where}, {int(objects['is_cut'].sum())} of them cut off by the edge of the "
        f"picture. Equivalent circular diameter: mean {diameters.mean():.4g}{spread}, median "
        f"{np.median(diameters):.4g}, {diameters.min():.4g} to {diameters.max():.4g} {unit}. Area: mean "
        f"{areas.mean():.5g}, median {np.median(areas):.5g}, {areas.min():.5g} to {areas.max():.5g} {unit}^2; all "
        f"together {areas.sum():.6g} {unit}^2, {share:.1f} % of the picture."
    )


def _warnings(
    number: int, found: Segmentation, bright_objects: bool, split_touching: bool, um_per_px: float | None
) -> tuple[str, ...]:
    said = []
    if found.separation < NOISE_SEPARATION:
        other = "dark" if bright_objects else "bright"
        said.append(
            f"Objects and background hardly differ (Otsu separation {found.separation:.2f}; noise alone gives 0.64), "
            f"so the count may be of noise. If the objects are {other}, set bright_objects to "
            f"{str(not bright_objects).lower()}."
        )
    if number:
        said.append("The count is that of a threshold: look at the outlines before it is relied on.")
    if number and not split_touching:
        said.append("Objects that touch were counted as one.")
    if um_per_px is None:
        said.append("Sizes are in pixels: no scale was given (um_per_px).")
    return tuple(said)


def _artifacts(
    picture: Picture, objects: Properties, labels: Labels, scale: float, unit: str
) -> tuple[ToolArtifact, ...]:
    return (
        _outlined(picture, objects, labels),
        _sizes(objects["diameter"] * scale, unit),
        _listed(objects, scale, unit),
    )


def _outlined(picture: Picture, objects: Properties, labels: Labels) -> ToolArtifact:
    small, factor = reduced(to_rgb(picture.image))
    shown = np.asarray(Image.fromarray(labels).resize(small.size, Image.Resampling.NEAREST))
    pixels = np.array(small)
    differs = np.zeros(shown.shape, bool)
    differs[:, 1:] |= shown[:, 1:] != shown[:, :-1]
    differs[1:, :] |= shown[1:, :] != shown[:-1, :]
    pixels[differs] = OUTLINE
    columns = zip(*(objects[name] for name in ("label", "bbox-1", "bbox-0", "bbox-3", "bbox-2")), strict=True)
    boxes = [
        box(left, top, right - left, bottom - top, str(int(number)), factor)
        for number, left, top, right, bottom in list(columns)[:MAX_BOXES]
    ]
    alt = f"{picture.name} with the outlines of {len(objects['label'])} objects"
    return png("objects.png", to_png(Image.fromarray(pixels)), alt, boxes=boxes)


def _sizes(diameters: Values, unit: str) -> ToolArtifact:
    counts, edges = np.histogram(diameters, bins=min(30, max(5, int(np.sqrt(len(diameters))))))
    middles = (edges[:-1] + edges[1:]) / 2
    curve: Any = {"name": "objects", "x": middles.tolist(), "y": counts.tolist(), "style": "bars"}
    panel: Any = {"label": "objects", "curves": [curve]}
    alt = f"Histogram of the diameters of {len(diameters)} objects"
    return plot("diameters.json", f"equivalent circular diameter ({unit})", [panel], alt)


def _listed(objects: Properties, scale: float, unit: str) -> ToolArtifact:
    columns = ("label", "centroid-1", "centroid-0", "area", "diameter", "mean_intensity", "eccentricity", "is_cut")
    rows = [
        [
            int(number),
            round(x, 2),
            round(y, 2),
            _rounded(area * scale**2),
            _rounded(diameter * scale),
            round(level, 2),
            round(eccentricity, 3),
            "yes" if is_cut else "no",
        ]
        for number, x, y, area, diameter, level, eccentricity, is_cut in zip(
            *(objects[name].tolist() for name in columns), strict=True
        )
    ]
    names = [
        "object",
        "x (px)",
        "y (px)",
        f"area ({unit}^2)",
        f"diameter ({unit})",
        "mean level",
        "eccentricity",
        "cut off by the edge",
    ]
    alt = f"Position and size of {min(len(rows), MAX_ROWS)} of {len(rows)} objects"
    return table("objects.csv", names, rows[:MAX_ROWS], alt)


def _rounded(value: float) -> float:
    return float(f"{value:.5g}")
