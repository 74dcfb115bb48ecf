import io
import re
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from assistant.attachments.preview import PLOT_WIDTH, patched_frames, signal_svg, write_preview
from engine.media import ImageInput, SignalInput, VideoInput
from engine.processors.patches import cut_patches, patch_image
from engine.processors.settings import INTERN_S1, INTERN_S1_PRO
from engine.processors.signals import prepare_signal
from engine.processors.tiles import tile_image
from tests.assistant.attachments.files import png

SMALL_PRO = replace(INTERN_S1_PRO, image_pixels=(4096, 128 * 128))


def gradient(width=320, height=200):
    return Image.open(io.BytesIO(png(width, height))).convert("RGB")


def preview(item, settings, tmp_path):
    write_preview(item, settings, tmp_path)
    with Image.open(tmp_path / "preview.jpg") as picture:
        return np.asarray(picture).astype(int)


def test_frames_come_back_out_of_their_patches(tmp_path):
    frames = np.random.default_rng(0).integers(0, 256, (4, 64, 96, 3), dtype=np.uint8)

    patches, grid = cut_patches(frames, INTERN_S1_PRO)

    assert np.array_equal(patched_frames(patches, grid, INTERN_S1_PRO), frames)


@pytest.mark.parametrize(
    ("prepare", "settings"),
    [pytest.param(patch_image, SMALL_PRO, id="pro"), pytest.param(tile_image, INTERN_S1, id="intern-s1")],
)
def test_a_picture_is_shown_upright_in_its_shape_and_colours(prepare, settings, tmp_path):
    shown = preview(prepare(gradient(), settings), settings, tmp_path)

    height, width, _ = shown.shape
    assert width / height == pytest.approx(320 / 200, rel=0.15)
    assert np.allclose(shown[0, 0], [0, 0, 40], atol=25)
    assert np.allclose(shown[-1, -1], [255, 255, 40], atol=25)
    assert np.allclose(shown[0, -1], [255, 0, 40], atol=25)


@pytest.mark.parametrize(
    ("pixels", "settings"),
    [
        pytest.param(lambda frames: cut_patches(frames, INTERN_S1_PRO), INTERN_S1_PRO, id="pro"),
        pytest.param(lambda frames: (frames.transpose(0, 3, 1, 2), (len(frames), 4, 4)), INTERN_S1, id="intern-s1"),
    ],
)
def test_a_video_is_shown_as_frames_from_beginning_to_end(pixels, settings, tmp_path):
    frames = np.repeat(np.arange(20, 220, 10, dtype=np.uint8), 64 * 64 * 3).reshape(20, 64, 64, 3)
    cut, grid = pixels(frames)
    video = VideoInput(cut, grid, num_tokens=80, timestamps=tuple(range(grid[0])))

    shown = preview(video, settings, tmp_path)

    assert shown.shape[1] == 6 * 120 + 5 * 2
    assert abs(shown[60, 60, 0] - 20) < 8 and shown[60, -60, 0] > 190
    assert (np.diff([shown[60, 60 + 122 * place, 0] for place in range(6)]) > 0).all()


def test_a_signal_is_one_line_a_channel_within_its_frame():
    values = np.stack([np.sin(np.linspace(0, 60, 50_000)), np.zeros(50_000), np.ones(50_000), np.ones(50_000)], axis=1)

    svg = signal_svg(prepare_signal(values, 100.0))

    lines = re.findall(r'points="([^"]+)"', svg)
    numbers = np.array([list(map(float, point.split(","))) for point in lines[0].split()])
    height = float(re.search(r'height="(\d+)"', svg)[1])
    assert len(lines) == 3
    assert numbers.min() >= 0 and numbers[:, 0].max() <= PLOT_WIDTH and numbers[:, 1].max() <= height
    assert len(svg) < 100_000
    assert ">500 s</text>" in svg


def test_a_peak_of_one_sample_is_not_lost():
    values = np.zeros(100_000, np.float32)
    values[54_321] = 1.0

    svg = signal_svg(SignalInput(values[:, None], 100.0, 2, 10))

    heights = {point.split(",")[1] for point in re.search(r'points="([^"]+)"', svg)[1].split()}
    assert len(heights) == 2


@pytest.mark.parametrize("samples", [1, 2, 5])
def test_a_very_short_signal_is_drawn(samples):
    svg = signal_svg(SignalInput(np.ones((samples, 1), np.float32), 1.0, 2, 1))

    assert "nan" not in svg and "inf" not in svg


def test_a_picture_of_one_pixel_is_drawn(tmp_path):
    item = ImageInput(np.zeros((1, 3, 448, 448), np.uint8), (1, 32, 32), 256, size=(1, 1000))

    write_preview(item, INTERN_S1, tmp_path)

    with Image.open(tmp_path / "preview.jpg") as picture:
        assert picture.size == (1, 448)
