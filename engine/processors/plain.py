"""Pictures and frames as they are, only smaller where they are large: for a server that has a processor of its own.

pixels [N, H, W, 3], grid (N, H, W). num_tokens is 0: how many they become, only the server knows.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from engine.media import ImageInput, Pixels, VideoInput
from engine.processors.frame_sampling import ASSUMED_FPS
from engine.processors.settings import ProcessorSettings
from engine.processors.tiles import resize


def is_plain(pixels: NDArray[Any]) -> bool:
    return pixels.ndim == 4 and pixels.shape[-1] == 3


def plain_image(image: Image.Image, settings: ProcessorSettings) -> ImageInput:
    height, width = plain_size(image.height, image.width, settings.image_pixels[1])
    pixels = np.ascontiguousarray(resize(image, (width, height)))[None]
    return ImageInput(pixels, grid=(1, height, width), num_tokens=0, size=image.size)


def plain_video(indices: list[int], frames: list[Pixels], fps: float | None) -> VideoInput:
    pixels = np.stack(frames)
    num_frames, height, width, _ = pixels.shape
    times = tuple(index / (fps or ASSUMED_FPS) for index in indices)
    return VideoInput(pixels, grid=(num_frames, height, width), num_tokens=0, timestamps=times)


def plain_size(height: int, width: int, max_pixels: int) -> tuple[int, int]:
    """(height, width) of at most max_pixels in the same shape."""
    scale = min(1.0, (max_pixels / (height * width)) ** 0.5)
    return max(1, int(height * scale)), max(1, int(width * scale))
