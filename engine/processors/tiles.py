"""Pictures for Intern-S1: cut into 1 to 12 tiles of 448 x 448 pixels, with a thumbnail where there are several.

The grid is the one whose shape is nearest to the picture's; section 4.1 of the family's description.
"""

import numpy as np
from PIL import Image

from engine.media import ImageInput, Pixels
from engine.processors.settings import ProcessorSettings

Grid = tuple[int, int]  # columns, rows


def tile_image(image: Image.Image, settings: ProcessorSettings) -> ImageInput:
    columns, rows = choose_grid(image.size, grids(settings.min_tiles, settings.max_tiles), settings.tile_size)
    side = settings.tile_size
    whole = resize(image, (columns * side, rows * side))
    tiles = whole.reshape(rows, side, columns, side, 3).transpose(0, 2, 4, 1, 3).reshape(-1, 3, side, side)
    if len(tiles) > 1:
        tiles = np.concatenate([tiles, resize(image, (side, side)).transpose(2, 0, 1)[None]])
    patches = side // settings.patch_size
    return ImageInput(
        pixels=np.ascontiguousarray(tiles),
        grid=(len(tiles), patches, patches),
        num_tokens=len(tiles) * (patches // settings.merge_size) ** 2,
        size=image.size,
    )


def grids(min_tiles: int, max_tiles: int) -> list[Grid]:
    """Every grid of so many tiles, few tiles first, and few columns first among those."""
    sides = range(1, max_tiles + 1)
    return sorted(
        ((columns, rows) for columns in sides for rows in sides if min_tiles <= columns * rows <= max_tiles),
        key=lambda grid: grid[0] * grid[1],
    )


def choose_grid(size: tuple[int, int], candidates: list[Grid], tile_size: int) -> Grid:
    """The candidate nearest to size (width, height) in shape; of two as near, the later one if the picture fills half
    of it."""
    width, height = size
    best, smallest = candidates[0], float("inf")
    for columns, rows in candidates:
        difference = abs(width / height - columns / rows)
        fills_half = width * height > 0.5 * tile_size**2 * columns * rows
        if difference < smallest or (difference == smallest and fills_half):
            best, smallest = (columns, rows), difference
    return best


def resize(image: Image.Image, size: tuple[int, int]) -> Pixels:
    """[height, width, 3] of size (width, height), bicubic."""
    return np.asarray(image.resize(size, Image.Resampling.BICUBIC))
