import json

import numpy as np
import pytest
from safetensors.numpy import load_file

from engine.errors import InvalidRequest
from engine.processors.images import open_image
from engine.processors.patches import cut_patches, image_size, patch_image, video_size
from engine.processors.settings import INTERN_S1_PRO
from tests.golden import GOLDEN, needs_golden

FOLDER = GOLDEN / "image-processing"
CASES = json.loads((FOLDER / "cases.json").read_text()) if FOLDER.is_dir() else []
SAME_PIXELS = [case for case in CASES if case["stored_mode"] != "I;16"]  # the reference makes those white


def table(name: str) -> list[list[int]]:
    rows: list[list[int]] = json.loads((FOLDER / "resize_tables.json").read_text())[name]["rows"]
    return rows


@needs_golden
def test_every_picture_size_of_the_table_is_resized_or_refused_as_by_the_reference():
    rows = table("pro_image_resize")

    for width, height, *expected_size, tokens in rows:
        try:
            size = image_size(height, width, INTERN_S1_PRO)
        except InvalidRequest:
            assert expected_size == [None, None], (width, height)
        else:
            assert (*size, size[0] * size[1] // 1024) == (*expected_size, tokens), (width, height)
    assert len(rows) > 400


@needs_golden
def test_every_video_size_of_the_table_is_resized_or_refused_as_by_the_reference():
    rows = table("pro_video_resize")

    for frames, width, height, *expected_size, _ in rows:
        try:
            size = video_size(frames, height, width, INTERN_S1_PRO)
        except InvalidRequest:
            size = (None, None)
        assert size == tuple(expected_size), (frames, width, height)
    assert len(rows) > 200


@needs_golden
@pytest.mark.parametrize("case", CASES, ids=lambda case: case["file"])
def test_patches_and_tokens_are_counted_as_by_the_reference(case):
    patched = patch_image(open_image(FOLDER / case["file"]), INTERN_S1_PRO)

    assert list(patched.grid) == case["pro"]["grid_thw"]
    assert patched.num_tokens == case["pro"]["tokens"]
    assert patched.pixels.shape == (4 * case["pro"]["tokens"], 1536)


@needs_golden
@pytest.mark.parametrize("case", SAME_PIXELS, ids=lambda case: case["file"])
def test_pixels_are_within_a_level_of_the_reference(case, expected):
    patched = patch_image(open_image(FOLDER / case["file"]), INTERN_S1_PRO)

    sample = expected(case, "pro_pil.u8_rows").astype(int)
    assert (np.abs(patched.pixels[expected(case, "pro.rows")] - sample) <= 1).mean() >= 0.999


@needs_golden
def test_the_pictures_of_pro_tiny_become_its_patches():
    inputs = load_file(GOLDEN / "pro-tiny" / "inputs.safetensors")

    pictures = [patch_image(open_image(GOLDEN / "pro-tiny" / f"image_{i}.png"), INTERN_S1_PRO) for i in range(2)]

    assert [list(picture.grid) for picture in pictures] == inputs["image.grid_thw"].tolist()
    pixels = np.concatenate([picture.pixels for picture in pictures]).astype(int)
    assert (np.abs(pixels - inputs["image.patches_u8"]) <= 1).mean() >= 0.999


def test_four_neighbouring_patches_follow_each_other():
    frame = np.zeros((32, 64, 3), np.uint8)
    frame[..., 0] = np.arange(2)[:, None].repeat(16, 0) * 4 + np.arange(4).repeat(16)

    patches, grid = cut_patches([frame, frame], INTERN_S1_PRO)

    assert grid == (1, 2, 4)
    assert patches[:, 0].tolist() == [0, 1, 4, 5, 2, 3, 6, 7]


def test_a_row_holds_channel_then_frame_then_pixels():
    first = np.broadcast_to(np.array([1, 2, 3], np.uint8), (32, 32, 3))

    patches, _ = cut_patches([first, first + 10], INTERN_S1_PRO)

    assert patches[0].reshape(3, 2, 256)[:, :, 0].tolist() == [[1, 11], [2, 12], [3, 13]]


def test_a_picture_far_too_long_names_the_limit():
    with pytest.raises(InvalidRequest, match="one side may be 200 times the other"):
        image_size(10, 2_001, INTERN_S1_PRO)


def test_a_single_frame_is_sent_as_a_picture():
    with pytest.raises(InvalidRequest, match="send it as a picture"):
        video_size(1, 64, 64, INTERN_S1_PRO)
