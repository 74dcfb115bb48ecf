"""Find bright objects on an uneven background: level the background, threshold, and split what touches.

H, W: height and width of the picture in pixels.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assistant.tools.images.reading import Grey
from assistant.tools.optional import optional

Labels = NDArray[np.int32]

SMOOTHING_PX = 1.0
BACKGROUND_SAMPLES = 128  # along the longer side
BACKGROUND_ROUNDS = 10
MIN_BACKGROUND_SAMPLES = 20
# A neck splits an object where it is narrower than the lesser part by this share of the component's radius; tried on
# skimage's coins and on overlapping discs.
MIN_NECK_DEPTH = 0.15
MIN_NECK_DEPTH_PX = 0.75


@dataclass(frozen=True, slots=True)
class Segmentation:
    """labels [H, W], 0 is background. separation: Otsu's share of the variance that the threshold explains."""

    labels: Labels
    threshold: float
    separation: float


def segment(grey: Grey, min_area_px: int, split_touching: bool) -> Segmentation:
    """Objects brighter than the background, of min_area_px pixels or more. Their holes count as part of them."""
    ndimage = optional("scipy.ndimage", "scipy")
    filters = optional("skimage.filters", "scikit-image")
    levelled = ndimage.gaussian_filter(_without_background(grey), SMOOTHING_PX)
    if float(np.ptp(levelled)) <= 1e-6 * max(1.0, float(np.abs(grey).max())):
        return Segmentation(np.zeros(grey.shape, np.int32), 0.0, 0.0)
    threshold = float(filters.threshold_otsu(levelled))
    is_object = ndimage.binary_opening(ndimage.binary_fill_holes(levelled > threshold))
    labels, _ = ndimage.label(is_object)
    if split_touching:
        labels = _split(labels)
    return Segmentation(_without_small(labels, min_area_px), threshold, _separation(levelled, threshold))


def _without_background(grey: Grey) -> Grey:
    """Minus a quadratic surface through what is neither an object nor a shadow."""
    height, width = grey.shape
    step = max(1, max(grey.shape) // BACKGROUND_SAMPLES)
    y, x = np.linspace(-1, 1, height, dtype=np.float32), np.linspace(-1, 1, width, dtype=np.float32)
    rows, columns = np.meshgrid(y[::step], x[::step], indexing="ij")
    terms = np.stack([np.ones_like(rows), columns, rows, columns**2, columns * rows, rows**2], -1).reshape(-1, 6)
    values = grey[::step, ::step].ravel().astype(np.float64)
    is_background = np.ones(values.shape, bool)
    surface: NDArray[Any] = np.zeros(6)
    for _ in range(BACKGROUND_ROUNDS):
        surface = np.linalg.lstsq(terms[is_background], values[is_background], rcond=None)[0]
        rest = values - terms @ surface
        inside = rest[is_background]
        spread = 1.4826 * float(np.median(np.abs(inside - np.median(inside)))) + 1e-6
        is_background = (rest < 1.5 * spread) & (rest > -4 * spread)
        if is_background.sum() < MIN_BACKGROUND_SAMPLES:
            break
    c = surface.astype(np.float32)
    along_x, along_y = c[0] + c[1] * x + c[3] * x**2, c[2] * y + c[5] * y**2
    background = along_x[None, :] + along_y[:, None] + (c[4] * y)[:, None] * x[None, :]
    return np.asarray(grey - background, np.float32)


def _split(labels: Labels) -> Labels:
    """Watershed on the distance to the background, from the maxima that rise above their necks (h-maxima)."""
    ndimage = optional("scipy.ndimage", "scipy")
    morphology = optional("skimage.morphology", "scikit-image")
    watershed = optional("skimage.segmentation", "scikit-image").watershed
    is_object = labels > 0
    distance = ndimage.gaussian_filter(ndimage.distance_transform_edt(is_object).astype(np.float32), SMOOTHING_PX)
    radii = np.zeros(int(labels.max()) + 1, np.float32)
    np.maximum.at(radii, labels[is_object], distance[is_object])
    depth = np.maximum(MIN_NECK_DEPTH_PX, MIN_NECK_DEPTH * radii)[labels]
    flooded = morphology.reconstruction(np.where(is_object, distance - depth, -2), np.where(is_object, distance, -2))
    seeds, _ = ndimage.label(morphology.local_maxima(flooded) & is_object, np.ones((3, 3)))
    return np.asarray(watershed(-distance, seeds, mask=is_object), np.int32)


def _without_small(labels: Labels, min_area_px: int) -> Labels:
    """Numbered 1, 2, ... in the order of their first pixels, row by row."""
    areas = np.bincount(labels.ravel())
    areas[0] = 0
    numbers: NDArray[Any] = np.zeros(areas.shape, np.int32)
    is_kept = areas >= min_area_px
    numbers[is_kept] = np.arange(1, int(is_kept.sum()) + 1)
    return np.asarray(numbers[labels], np.int32)


def _separation(levelled: Grey, threshold: float) -> float:
    above = levelled > threshold
    share = float(above.mean())
    total = float(levelled.var(dtype=np.float64))
    if share in (0.0, 1.0) or total == 0:
        return 0.0
    between = float(levelled[above].mean(dtype=np.float64) - levelled[~above].mean(dtype=np.float64))
    return share * (1 - share) * between**2 / total
