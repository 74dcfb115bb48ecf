import base64
import io
from dataclasses import replace

import numpy as np
from PIL import Image

from assistant.remote.media_parts import media_parts
from engine.media import SignalInput
from engine.processors.prepare import prepare
from engine.processors.settings import PLAIN
from engine.processors.stored_input import load_input, save_input


def decoded(part):
    head, _, data = part["image_url"]["url"].partition(",")
    return head, Image.open(io.BytesIO(base64.b64decode(data)))


def test_a_drawing_arrives_pixel_by_pixel_and_without_what_else_its_file_held(tmp_path):
    drawing = Image.new("RGB", (90, 60), "white")
    drawing.paste("teal", (10, 10, 40, 40))
    drawing.save(tmp_path / "drawing.tif", description="where it was made")

    (part,) = media_parts(prepare(tmp_path / "drawing.tif", "image", PLAIN))

    head, picture = decoded(part)
    assert head == "data:image/png;base64"
    assert picture.tobytes() == drawing.tobytes()
    assert not picture.info


def test_a_photograph_of_many_pixels_becomes_a_smaller_jpeg(tmp_path):
    noise = np.random.default_rng(0).integers(0, 256, (250, 300, 3), dtype=np.uint8)
    Image.fromarray(noise).save(tmp_path / "photo.bmp")

    (part,) = media_parts(prepare(tmp_path / "photo.bmp", "image", replace(PLAIN, image_pixels=(1, 100**2))))

    head, picture = decoded(part)
    assert head == "data:image/jpeg;base64"
    assert picture.size == (109, 91)


def test_a_plain_picture_survives_the_way_from_the_child(tmp_path):
    Image.new("RGB", (30, 20), "teal").save(tmp_path / "a.png")
    item = prepare(tmp_path / "a.png", "image", PLAIN)

    save_input(item, tmp_path / "input.npz")

    assert np.array_equal(load_input(tmp_path / "input.npz").pixels, item.pixels)


def test_a_signal_is_sent_as_numbers_with_its_rate():
    values = np.linspace(-1, 1, 50, dtype=np.float32)[:, None]

    (part,) = media_parts(SignalInput(values, 100.0, 1, 5))

    url = part["time_series_url"]["url"]
    assert url.startswith("data:time_series/npy;base64,")
    assert np.array_equal(np.load(io.BytesIO(base64.b64decode(url.partition(",")[2]))), values)
    assert part["time_series_url"]["sampling_rate"] == 100.0
