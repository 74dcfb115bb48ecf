import json

import numpy as np
import pytest
from PIL import Image

from engine.processors.images import open_image
from engine.processors.settings import INTERN_S1
from engine.processors.tiles import choose_grid, grids, tile_image
from tests.golden import GOLDEN, needs_golden

FOLDER = GOLDEN / "image-processing"
CASES = json.loads((FOLDER / "cases.json").read_text()) if FOLDER.is_dir() else []
SAME_PIXELS = [case for case in CASES if case["stored_mode"] != "I;16"]  # the reference makes those white


def test_there_are_35_grids_of_up_to_12_tiles():
    candidates = grids(1, 12)

    assert len(candidates) == 35
    assert candidates[:9] == [(1, 1), (1, 2), (2, 1), (1, 3), (3, 1), (1, 4), (2, 2), (4, 1), (1, 5)]


@needs_golden
def test_every_size_of_the_table_gets_its_grid():
    rows = json.loads((FOLDER / "resize_tables.json").read_text())["s1_tiling"]["rows"]
    candidates = grids(1, 12)

    chosen = [choose_grid((width, height), candidates, 448) for width, height, *_ in rows]

    assert len(rows) > 400
    assert chosen == [(columns, tile_rows) for _, _, columns, tile_rows, _ in rows]


@needs_golden
@pytest.mark.parametrize("case", CASES, ids=lambda case: case["file"])
def test_tiles_and_tokens_are_counted_as_by_the_reference(case):
    tiled = tile_image(open_image(FOLDER / case["file"]), INTERN_S1)

    assert tiled.num_tokens == case["s1"]["tokens"]
    assert tiled.pixels.shape == (case["s1"]["n_tiles_with_thumbnail"], 3, 448, 448)
    assert tiled.grid == (case["s1"]["n_tiles_with_thumbnail"], 32, 32)
    assert list(tiled.size) == case["loaded_size_wh"]


@needs_golden
@pytest.mark.parametrize("case", SAME_PIXELS, ids=lambda case: case["file"])
def test_pixels_are_within_a_level_of_the_reference(case, expected):
    tiled = tile_image(open_image(FOLDER / case["file"]), INTERN_S1)

    sample = expected(case, "s1_pil.u8_every_28th").astype(int)
    assert (np.abs(tiled.pixels[:, :, 5::28, 5::28] - sample) <= 1).mean() >= 0.999


def test_tiles_go_row_by_row_and_the_thumbnail_comes_last():
    image = Image.new("RGB", (896, 448), "red")
    image.paste((0, 0, 255), (448, 0, 896, 448))

    tiled = tile_image(image, INTERN_S1)

    assert [tile[:, 224, 10].tolist() for tile in tiled.pixels] == [[255, 0, 0], [0, 0, 255], [255, 0, 0]]
    assert tiled.pixels[2, :, 224, 440].tolist() == [0, 0, 255]
