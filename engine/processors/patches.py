"""Pictures for Intern-S1-Pro: resized to multiples of 32 pixels within bounds, cut into patches of 16 x 16.

Facts: sections 4.4 and 4.5 of the family's description.
"""

import math
from collections.abc import Iterable

import numpy as np
from PIL import Image

from engine.errors import InvalidRequest
from engine.media import ImageInput, Pixels
from engine.processors.settings import Bounds, ProcessorSettings
from engine.processors.tiles import resize

MAX_ASPECT_RATIO = 200
FRAMES_PER_SLICE = 2


def patch_image(image: Image.Image, settings: ProcessorSettings) -> ImageInput:
    height, width = image_size(image.height, image.width, settings)
    frame = resize(image, (width, height))
    pixels, grid = cut_patches([frame, frame], settings)
    return ImageInput(pixels, grid, num_tokens=height * width // settings.side_factor**2, size=image.size)


def image_size(height: int, width: int, settings: ProcessorSettings) -> tuple[int, int]:
    """(height, width) that a picture is resized to."""
    _check_shape(height, width, "picture")
    return _fit(height, width, 1.0, 1, settings.image_pixels, settings.side_factor)


def video_size(num_frames: int, height: int, width: int, settings: ProcessorSettings) -> tuple[int, int]:
    """(height, width) that each of num_frames frames is resized to."""
    factor = settings.side_factor
    if min(height, width) < factor:
        raise InvalidRequest(
            f"The video is {width} x {height} pixels and this model reads none with a side below {factor}."
        )
    if num_frames < FRAMES_PER_SLICE:
        raise InvalidRequest(f"The video has {num_frames} frame and this model needs 2: send it as a picture.")
    _check_shape(height, width, "video")
    counted = round(num_frames / FRAMES_PER_SLICE) * FRAMES_PER_SLICE
    return _fit(height, width, num_frames, counted, settings.video_pixels, factor)


def _check_shape(height: int, width: int, what: str) -> None:
    if max(height, width) / min(height, width) > MAX_ASPECT_RATIO:
        raise InvalidRequest(
            f"The {what} is {width} x {height} pixels; one side may be {MAX_ASPECT_RATIO} times the other at most: "
            "cut out a part."
        )


def _fit(height: int, width: int, frames: float, counted: int, bounds: Bounds, factor: int) -> tuple[int, int]:
    """Multiples of factor (halves go to the even one) with counted frames in bounds; frames are for the scale.

    The two counts differ for an odd number of frames in the released code.
    """
    new_height, new_width = round(height / factor) * factor, round(width / factor) * factor
    fewest, most = bounds
    if counted * new_height * new_width > most:
        shrink = math.sqrt(frames * height * width / most)
        new_height = max(factor, math.floor(height / shrink / factor) * factor)
        new_width = max(factor, math.floor(width / shrink / factor) * factor)
    elif counted * new_height * new_width < fewest:
        grow = math.sqrt(fewest / (frames * height * width))
        new_height = math.ceil(height * grow / factor) * factor
        new_width = math.ceil(width * grow / factor) * factor
    return new_height, new_width


def cut_patches(frames: Iterable[Pixels], settings: ProcessorSettings) -> tuple[Pixels, tuple[int, int, int]]:
    """An even number of frames [H, W, 3] -> patches [P, 2 * 3 * 16 * 16] and their grid (slices, rows, columns).

    The four patches that become one token are neighbours; within a patch the order is channel, frame, row, column.
    """
    video = np.stack(list(frames))
    num_frames, height, width, channels = video.shape
    assert num_frames % FRAMES_PER_SLICE == 0, num_frames
    side, merge = settings.patch_size, settings.merge_size
    slices, rows, columns = num_frames // FRAMES_PER_SLICE, height // side, width // side
    cut = video.reshape(
        slices, FRAMES_PER_SLICE, rows // merge, merge, side, columns // merge, merge, side, channels
    )  # [slice, frame, row group, row, y, column group, column, x, channel]
    patches = cut.transpose(0, 2, 5, 3, 6, 8, 1, 4, 7).reshape(slices * rows * columns, -1)
    return np.ascontiguousarray(patches), (slices, rows, columns)
