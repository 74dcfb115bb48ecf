import io
import json
import struct
import time

import numpy as np
import pytest
from PIL import Image, TiffImagePlugin

from assistant.tools.attached import attached_files
from assistant.tools.images.crop_image import crop_image
from assistant.tools.images.image_info import image_info
from assistant.tools.images.reading import read_picture, to_grey, to_rgb
from assistant.tools.result import ToolError
from tests.assistant.tools.pictures import attached_path, png_header
from tests.assistant.tools.shared_files import needs_shared, shared_files


def refusal(function, *arguments, **named):
    with pytest.raises(ToolError) as caught:
        function(*arguments, **named)
    return caught.value


def pixels(artifact):
    return np.asarray(Image.open(io.BytesIO(artifact.data)))


@pytest.mark.parametrize(("width", "height"), [(60_000, 60_000), (2**31 - 1, 2**31 - 1), (50_001, 1_000)])
def test_a_forged_size_is_refused_with_its_numbers_before_anything_is_decoded(tmp_path, width, height):
    path = png_header(tmp_path / "huge.png", width, height)

    with attached_path(path):
        error = refusal(image_info, "huge.png")

    assert path.stat().st_size == 65
    assert error.code == "PIXEL_LIMIT" and f"{width:,} x {height:,} px" in error.text and "50 megapixels" in error.text


def test_the_largest_picture_is_read(tmp_path):
    Image.new("1", (10_000, 5_000)).save(tmp_path / "large.png")

    with attached_path(tmp_path / "large.png"):
        assert read_picture("large.png").image.size == (10_000, 5_000)


def png_of(size):
    data = io.BytesIO()
    Image.fromarray(np.random.default_rng(1).integers(0, 256, (*size[::-1], 3), np.uint8)).save(data, "PNG")
    return data.getvalue()


def gif_header(width, height):
    screen = struct.pack("<HH", width, height)
    return b"GIF89a" + screen + b"\x00\x00\x00" + b",\x00\x00\x00\x00" + screen + b"\x00\x02\x02L\x01\x00;"


@pytest.mark.parametrize(
    ("content", "code", "words"),
    [
        (b"", "NOT_AN_IMAGE", "is empty"),
        (b"hello", "NOT_AN_IMAGE", "PNG, JPEG, WebP, GIF and BMP"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "NOT_AN_IMAGE", ""),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "NOT_AN_IMAGE", ""),
        (b"II*\x00\x08\x00\x00\x00", "NOT_AN_IMAGE", ""),
        (b"\x89PNG\r\n\x1a\n", "NOT_AN_IMAGE", ""),
        (png_of((40, 40))[:900], "DAMAGED_IMAGE", "damaged"),
        (b"BM" + b"\xff" * 60, "DAMAGED_IMAGE", ""),
        (b"GIF89a\xff\xff\xff\xff\xf7\x00\x00", "NOT_AN_IMAGE", ""),
        (gif_header(65_535, 65_535), "PIXEL_LIMIT", "65,535 x 65,535 px"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF\x00", "DAMAGED_IMAGE", ""),
        (b"RIFF\x10\x00\x00\x00WEBPVP8X\xff\xff", "DAMAGED_IMAGE", ""),
    ],
)
def test_what_is_no_readable_picture_is_refused(tmp_path, content, code, words):
    (tmp_path / "a.png").write_bytes(content)

    with attached_path(tmp_path / "a.png"):
        error = refusal(image_info, "a.png")

    assert error.code == code and words in error.text


def test_damage_anywhere_in_a_picture_is_an_ordinary_error(tmp_path):
    content = png_of((24, 24))
    random = np.random.default_rng(7)
    path = tmp_path / "a.png"
    started = time.perf_counter()

    for _ in range(150):
        damaged = bytearray(content)
        for place in random.integers(8, len(content), 4):
            damaged[place] = random.integers(256)
        path.write_bytes(damaged)
        with attached_path(path):
            try:
                read_picture("a.png")
            except ToolError as error:
                assert error.code in ("NOT_AN_IMAGE", "DAMAGED_IMAGE", "PIXEL_LIMIT")
    assert time.perf_counter() - started < 20


def test_a_file_is_what_its_content_says_whatever_its_name(tmp_path):
    Image.new("RGB", (3, 2)).save(tmp_path / "a.jpg", "BMP")

    with attached_path(tmp_path / "a.jpg"):
        assert "BMP, 3 x 2 px" in image_info("a.jpg").summary


def test_a_name_is_not_a_path(tmp_path):
    with attached_files({}):
        assert refusal(image_info, "/etc/hostname").code == "NO_FILE"


@pytest.mark.parametrize("form", ["GIF", "WEBP"])
def test_of_an_animation_the_first_frame_is_used_and_told(tmp_path, form):
    frames = [Image.new("RGB", (8, 8), color) for color in ("red", "lime", "blue")]
    path = tmp_path / f"a.{form.lower()}"
    frames[0].save(path, form, save_all=True, append_images=frames[1:], duration=100, lossless=True)

    with attached_path(path):
        result = image_info(path.name)
        picture = read_picture(path.name)

    assert f"{path.name} is animated, with 3 frames; only the first one was used." in result.warnings
    assert to_rgb(picture.image).getpixel((4, 4)) == (255, 0, 0)


def test_a_later_frame_cannot_make_an_animation_larger(tmp_path):
    frames = [Image.new("L", (8, 8)), Image.new("L", (8, 8), 255)]
    frames[0].save(tmp_path / "a.gif", save_all=True, append_images=frames[1:])
    content = bytearray((tmp_path / "a.gif").read_bytes())
    second = content.rindex(b",")
    content[second + 5 : second + 9] = b"\xff\xff\xff\xff"
    (tmp_path / "a.gif").write_bytes(content)

    with attached_path(tmp_path / "a.gif"):
        assert read_picture("a.gif").image.size == (8, 8)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_picture_is_turned_upright_and_that_is_told(tmp_path, orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.new("L", (30, 20)).save(tmp_path / "a.jpg", exif=exif)

    with attached_path(tmp_path / "a.jpg"):
        result = image_info("a.jpg")

    # EXIF 2.32: 5 to 8 exchange width and height
    assert ("20 x 30 px" if orientation >= 5 else "30 x 20 px") in result.summary
    assert any(f"EXIF orientation {orientation}" in note for note in result.warnings) == (orientation != 1)


def test_orientation_6_shows_the_stored_left_bottom_corner_at_the_top_left(tmp_path):
    image = Image.new("L", (64, 32))
    image.paste(255, (0, 16, 16, 32))
    exif = Image.Exif()
    exif[0x0112] = 6
    image.save(tmp_path / "a.jpg", exif=exif, quality=95)

    with attached_path(tmp_path / "a.jpg"):
        shown = to_grey(read_picture("a.jpg").image)

    assert shown.shape == (64, 32) and shown[:12, :12].mean() > 240 and shown[20:].mean() < 10


def test_exif_tells_the_camera_but_not_the_place(tmp_path):
    exif = Image.Exif()
    exif[0x010F], exif[0x0110] = "Zeiss\x00\n", "Axio <b>"
    exif.get_ifd(0x8769)[0x829A] = TiffImagePlugin.IFDRational(1, 250)
    exif.get_ifd(0x8825)[1], exif.get_ifd(0x8825)[2] = "N", (48.0, 8.0, 13.5)
    Image.new("L", (8, 8)).save(tmp_path / "a.jpg", exif=exif, dpi=(300, 300))

    with attached_path(tmp_path / "a.jpg"):
        result = image_info("a.jpg")

    told = result.text + "".join(str(artifact.data) for artifact in result.artifacts)
    assert "camera maker Zeiss, camera model Axio <b>, exposure time (s) 0.004" in result.summary
    assert "has GPS position (not shown)" in result.summary and "300 dpi" in result.summary
    assert "48" not in result.summary.split("EXIF")[1] and "13.5" not in told


def test_levels_of_a_picture_made_by_hand(tmp_path):
    Image.fromarray(np.array([[0, 100], [100, 200]], np.uint8)).save(tmp_path / "a.png")

    with attached_path(tmp_path / "a.png"):
        result = image_info("a.png")

    assert "grey mean 100.0, standard deviation 70.7, 0 to 200" in result.summary
    (panel,) = json.loads(result.artifacts[2].data)["panels"]
    counts = dict(zip(panel["curves"][0]["x"], panel["curves"][0]["y"], strict=True))
    assert (counts[0], counts[100], counts[200], sum(counts.values())) == (1, 2, 1, 4)


def test_sixteen_bits_keep_their_levels(tmp_path):
    Image.fromarray(np.array([[0, 1000], [65535, 40000]], np.uint16)).save(tmp_path / "a.png")

    with attached_path(tmp_path / "a.png"):
        result, picture = image_info("a.png"), read_picture("a.png")

    assert "grey, 16 bits" in result.summary and "0 to 65535" in result.summary
    assert to_grey(picture.image).tolist() == [[0, 1000], [65535, 40000]]
    assert to_rgb(picture.image).getpixel((0, 1)) == (255, 255, 255)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_every_mode_of_a_png_can_be_shown_and_measured(tmp_path, mode):
    Image.new(mode, (6, 4)).save(tmp_path / "a.png")

    with attached_path(tmp_path / "a.png"):
        picture = read_picture("a.png")
        result = image_info("a.png")

    assert to_rgb(picture.image).mode == "RGB" and to_grey(picture.image).shape == (4, 6)
    assert "6 x 4 px" in result.summary


def test_what_is_transparent_is_shown_on_white(tmp_path):
    Image.new("RGBA", (4, 4), (0, 0, 0, 0)).save(tmp_path / "a.png")

    with attached_path(tmp_path / "a.png"):
        assert to_rgb(read_picture("a.png").image).getpixel((0, 0)) == (255, 255, 255)


@needs_shared
def test_the_sizes_of_the_shared_pictures():
    # sizes from the PNG headers (bytes 16 to 24), read with `file`
    with shared_files():
        cell, chart = image_info("cell.png"), image_info("calibration_chart.png")

    assert "PNG, 550 x 660 px" in cell.summary and "74,183 bytes" in cell.summary
    assert "PNG, 720 x 480 px" in chart.summary and "30,275 bytes" in chart.summary


def test_a_crop_holds_the_pixels_of_its_region(tmp_path):
    image = np.zeros((100, 200, 3), np.uint8)
    image[30:40, 50:70] = (255, 0, 0)
    Image.fromarray(image).save(tmp_path / "a.png")

    with attached_path(tmp_path / "a.png"):
        result = crop_image("a.png", 50, 30, 20, 10, 4)

    crop, place = result.artifacts
    assert pixels(crop).shape == (40, 80, 3) and (pixels(crop) == (255, 0, 0)).all()
    assert place.meta["boxes"] == [{"x": 50.0, "y": 30.0, "width": 20.0, "height": 10.0, "label": "cropped region"}]
    assert "20 x 10 px of 200 x 100 px" in result.summary and not result.warnings


def test_a_crop_over_the_edge_is_cut_and_told(tmp_path):
    Image.new("L", (100, 80)).save(tmp_path / "a.png")

    with attached_path(tmp_path / "a.png"):
        result = crop_image("a.png", 90, 70, 50, 50)

    assert pixels(result.artifacts[0]).shape == (20, 20, 3) and "was cut to 10 x 10 px" in result.warnings[0]


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        ((100, 0, 5, 5), "OUT_OF_BOUNDS", "The picture is 100 x 80 px."),
        ((0, 80, 5, 5), "OUT_OF_BOUNDS", "y below 80"),
        ((10**9, 10**9, 10**9, 10**9), "OUT_OF_BOUNDS", ""),
    ],
)
def test_a_region_outside_names_the_size_of_the_picture(tmp_path, arguments, code, words):
    Image.new("L", (100, 80)).save(tmp_path / "a.png")

    with attached_path(tmp_path / "a.png"):
        error = refusal(crop_image, "a.png", *arguments)

    assert error.code == code and words in error.text


@pytest.mark.parametrize(
    ("width", "zoom", "hint"), [(600, 4, "Take zoom 3.4 at most."), (3000, 1, "Take a region of 2048 px a side")]
)
def test_too_large_a_crop_says_what_would_do(tmp_path, width, zoom, hint):
    Image.new("L", (3000, 10)).save(tmp_path / "a.png")

    with attached_path(tmp_path / "a.png"):
        error = refusal(crop_image, "a.png", 0, 0, width, 10, zoom)

    assert error.code == "RESULT_TOO_LARGE" and hint in error.text
