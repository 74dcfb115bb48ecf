import hashlib
import io
import json
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from engine.errors import InvalidRequest
from engine.processors.images import MAX_PIXELS, open_image
from tests.golden import GOLDEN, needs_golden

FOLDER = GOLDEN / "image-processing"
CASES = json.loads((FOLDER / "cases.json").read_text()) if FOLDER.is_dir() else []


def png(image: Image.Image, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "PNG", **options)
    return buffer.getvalue()


def png_header(width: int, height: int) -> bytes:
    fields = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + fields + struct.pack(">I", zlib.crc32(fields)) + b"\0\0\0\0IDAT"
    )


@needs_golden
@pytest.mark.parametrize("case", [c for c in CASES if c["stored_mode"] != "I;16"], ids=lambda c: c["file"])
def test_every_mode_becomes_the_pixels_of_the_reference(case):
    image = open_image(FOLDER / case["file"])

    assert image.mode == "RGB"
    assert list(image.size) == case["loaded_size_wh"]
    assert hashlib.sha256(image.tobytes()).hexdigest() == case["loaded_rgb_sha256"]


def test_sixteen_bits_are_scaled():
    levels = np.array([[0, 257, 25_700, 65_535]], dtype=np.uint16)

    image = open_image(png(Image.fromarray(levels)))

    assert np.asarray(image)[0, :, 0].tolist() == [0, 1, 100, 255]


def test_floats_are_scaled_from_their_smallest_to_their_largest():
    buffer = io.BytesIO()
    Image.fromarray(np.array([[-1.0, 0.0, np.nan, 1.0]], dtype=np.float32)).save(buffer, "TIFF")

    image = open_image(buffer.getvalue())

    assert np.asarray(image)[0, :, 0].tolist() == [0, 128, 0, 255]


def test_a_palette_with_half_transparent_colours_keeps_its_colours():
    image = Image.new("P", (2, 1))
    image.putpalette([255, 0, 0, 0, 0, 255])
    image.putpixel((1, 0), 1)

    opened = open_image(png(image, transparency=bytes([0, 128])))

    assert np.asarray(opened).tolist() == [[[255, 0, 0], [0, 0, 255]]]


def test_of_an_animation_the_first_frame_is_read():
    first, second = Image.new("RGB", (4, 4), "red"), Image.new("RGB", (4, 4), "blue")
    buffer = io.BytesIO()
    first.save(buffer, "GIF", save_all=True, append_images=[second])

    assert open_image(buffer.getvalue()).getpixel((0, 0)) == (255, 0, 0)


@pytest.mark.parametrize(
    ("width", "height"), [(9_400, 9_400), (50_000, 50_000), (1, 80_000_000), (16_385, 1), (13_000, 13_000)]
)
def test_a_header_that_announces_too_much_is_refused_before_decoding(width, height):
    with pytest.raises(InvalidRequest, match=rf"{MAX_PIXELS // 10**6} million") as caught:
        open_image(png_header(width, height))

    assert "16,384" in str(caught.value)


@pytest.mark.parametrize("part", [0.1, 0.5, 0.9])
def test_a_picture_that_is_cut_off_says_so(part):
    whole = png(Image.fromarray(np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)))

    with pytest.raises(InvalidRequest, match="cut off or damaged"):
        open_image(whole[: int(len(whole) * part)])


@pytest.mark.parametrize(
    "content", [b"", b"%PDF-1.7", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"%!PS-Adobe EPSF"]
)
def test_what_is_no_picture_is_refused(content):
    with pytest.raises(InvalidRequest, match="not a picture that can be read; send PNG"):
        open_image(content)


def test_every_damaged_byte_ends_in_a_picture_or_an_error_for_a_person():
    whole = bytearray(png(Image.new("RGB", (8, 8), "green")))
    outcomes = set()

    for position in range(len(whole)):
        damaged = whole.copy()
        damaged[position] ^= 0xFF
        try:
            outcomes.add(type(open_image(bytes(damaged))))
        except InvalidRequest as error:
            outcomes.add(type(error))

    assert outcomes <= {InvalidRequest, Image.Image}
