import csv
import io
import json
import math

import numpy as np
import pytest
from PIL import Image, ImageDraw

from assistant.tools.images.count_objects import count_objects
from assistant.tools.images.digitize_chart import digitize_chart
from assistant.tools.images.measure_image import measure_image
from assistant.tools.result import ToolError
from tests.assistant.tools.pictures import attached_path, discs
from tests.assistant.tools.shared_files import needs_shared, shared_files


def refusal(function, *arguments, **named):
    with pytest.raises(ToolError) as caught:
        function(*arguments, **named)
    return caught.value


def rows(artifact):
    return list(csv.DictReader(io.StringIO(artifact.data)))


@pytest.fixture
def ramp(tmp_path):
    """Grey level = x, 200 x 100 px."""
    Image.fromarray(np.tile(np.arange(200, dtype=np.uint8), (100, 1))).save(tmp_path / "ramp.png")
    with attached_path(tmp_path / "ramp.png"):
        yield "ramp.png"


def test_a_3_4_5_triangle_is_measured_with_its_scale_bar(ramp):
    result = measure_image(ramp, 10, 20, 40, 60, 100, 20, "um")  # 100 px are 20 um: 0.2 um a pixel

    assert "length 50.00 px = 10 um" in result.summary
    assert "6 x 8 um, area 48 um^2" in result.summary and "1 px = 0.2 um" in result.summary
    assert "at -53.1 degrees" in result.summary  # atan(4/3), downwards


def test_the_profile_of_a_ramp_is_the_ramp(ramp):
    (panel,) = json.loads(measure_image(ramp, 10.5, 50, 60.5, 50).artifacts[1].data)["panels"]

    (curve,) = panel["curves"]
    assert curve["y"] == pytest.approx([10.5 + x for x in curve["x"]]) and len(curve["x"]) == 51


def test_without_a_scale_lengths_are_pixels_and_that_is_told(ramp):
    result = measure_image(ramp, 0, 0, 200, 100)

    assert "length 223.61 px," in result.summary  # the root of 50,000
    assert "pixels only" in result.warnings[0]


def test_the_line_is_shown_with_a_box_around_it(ramp):
    overlay = measure_image(ramp, 50, 40, 80, 60).artifacts[0]

    (box,) = overlay.meta["boxes"]
    assert (box["width"], box["height"], box["label"]) == (30.0, 20.0, "36.06 px")
    image = Image.open(io.BytesIO(overlay.data))
    assert image.getpixel((round(box["x"] + 15), round(box["y"] + 10))) == (255, 220, 0)


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        ((0, 0, 201, 0), "OUT_OF_BOUNDS", "The picture is 200 x 100 px."),
        ((0, 101, 5, 0), "OUT_OF_BOUNDS", "y 0 to 100"),
        ((7, 7, 7, 7), "NO_LENGTH", "Give two different points."),
        ((0, 0, 5, 5, 100), "NO_SCALE", "scale_length and scale_unit"),
        ((0, 0, 5, 5, 100, 50), "NO_SCALE", "lacks scale_unit"),
    ],
)
def test_a_line_that_cannot_be_measured_says_why(ramp, arguments, code, words):
    error = refusal(measure_image, ramp, *arguments)

    assert error.code == code and words in error.text


def test_a_short_scale_bar_is_warned_about(ramp):
    assert "uncertain by 10 %" in measure_image(ramp, 0, 0, 100, 0, 10, 1, "mm").warnings[0]


@needs_shared
def test_the_axis_of_the_calibration_chart_is_as_long_as_its_ticks_say():
    # the chart was drawn with ticks 0 and 10 mM at x = 115 and 623 px (its frame is 90 to 648 px wide)
    with shared_files():
        result = measure_image("calibration_chart.png", 115, 427, 623, 427, 508, 10, "mm")
        frame = measure_image("calibration_chart.png", 90, 427, 648, 427, 508, 10, "mm")

    assert "length 508.00 px = 10 mm" in result.summary and "558.00 px = 10.98 mm" in frame.summary


PLACES = [(60, 60, 30), (180, 70, 22), (300, 90, 40), (60, 200, 10), (120, 205, 8), (170, 200, 26), (300, 230, 35)]


@pytest.mark.parametrize("is_bright", [True, False])
def test_separate_discs_are_counted_exactly_with_their_sizes(tmp_path, is_bright):
    # constructed; a disc drawn with radius r covers about pi (r + 1/2)^2 pixels
    path = discs(tmp_path / "discs.png", PLACES, value=200)
    if not is_bright:
        Image.fromarray(240 - np.asarray(Image.open(path))).save(path)

    with attached_path(path):
        result = count_objects("discs.png", bright_objects=is_bright)

    assert f"Found 7 {'bright' if is_bright else 'dark'} objects" in result.summary
    names = ("x (px)", "y (px)", "diameter (px)")
    found = [tuple(float(row[name]) for name in names) for row in rows(result.artifacts[2])]
    for x, y, radius in PLACES:
        found_x, found_y, diameter = min(found, key=lambda disc: math.dist(disc[:2], (x, y)))
        assert math.dist((x, y), (found_x, found_y)) < 0.5 and diameter == pytest.approx(2 * radius + 1, abs=1.2)


TOUCHING = [(60, 60, 30), (110, 65, 26), (220, 100, 40), (285, 100, 30), (120, 210, 35), (180, 210, 35), (240, 210, 35)]


def test_touching_discs_are_split_and_counted_as_one_when_asked(tmp_path):
    with attached_path(discs(tmp_path / "discs.png", TOUCHING)):
        split, whole = count_objects("discs.png"), count_objects("discs.png", split_touching=False)

    assert "Found 7 bright objects" in split.summary and "Found 3 bright objects" in whole.summary
    assert any("counted as one" in warning for warning in whole.warnings)


def test_small_objects_are_left_out_and_sizes_have_the_unit_of_the_scale(tmp_path):
    with attached_path(discs(tmp_path / "discs.png", PLACES)):
        result = count_objects("discs.png", min_area_px=1000, um_per_px=0.5)

    assert "Found 5 bright objects of at least 1000 px area" in result.summary
    assert "40.5 um" in result.summary.split("Area")[0] or "to 40." in result.summary  # the largest: 81 px
    assert rows(result.artifacts[2])[0].keys() >= {"area (um^2)", "diameter (um)"}
    assert len(result.artifacts[0].meta["boxes"]) == 5


def test_light_that_falls_off_does_not_hide_or_make_objects(tmp_path):
    path = discs(tmp_path / "discs.png", PLACES, value=110)
    y, x = np.mgrid[0:300, 0:400]
    shade = 100 * (x / 400) ** 2 + 40 * y / 300
    Image.fromarray(np.clip(np.asarray(Image.open(path)) + shade, 0, 255).astype(np.uint8)).save(path)

    with attached_path(path):
        assert "Found 7 bright objects" in count_objects("discs.png").summary


def test_a_ring_counts_as_a_disc_and_the_edge_is_told(tmp_path):
    image = Image.new("L", (200, 200), 20)
    draw = ImageDraw.Draw(image)
    draw.ellipse((40, 40, 100, 100), outline=220, width=6)
    draw.rectangle((150, -1, 199, 30), fill=220)
    image.save(tmp_path / "a.png")

    with attached_path(tmp_path / "a.png"):
        result = count_objects("a.png")

    assert "Found 2 bright objects" in result.summary and "1 of them cut off by the edge" in result.summary
    assert max(float(row["area (px^2)"]) for row in rows(result.artifacts[2])) > 2700  # pi 30^2 = 2,827


def test_an_empty_field_counts_zero_and_noise_is_named(tmp_path):
    Image.new("L", (64, 64), 90).save(tmp_path / "flat.png")
    discs(tmp_path / "noise.png", [])

    with attached_path(tmp_path / "flat.png"):
        flat = count_objects("flat.png")
    with attached_path(tmp_path / "noise.png"):
        noise = count_objects("noise.png", min_area_px=1)

    assert flat.summary.startswith("Found 0 bright objects") and not flat.artifacts
    assert any("count may be of noise" in warning for warning in noise.warnings)


@pytest.mark.parametrize("size", [(1, 1), (1, 50), (3, 2)])
def test_the_smallest_pictures_can_be_counted(tmp_path, size):
    Image.new("L", size, 5).save(tmp_path / "a.png")

    with attached_path(tmp_path / "a.png"):
        assert "Found 0" in count_objects("a.png").summary


def test_a_picture_too_large_to_segment_is_refused(tmp_path):
    Image.new("1", (5000, 2500)).save(tmp_path / "a.png")

    with attached_path(tmp_path / "a.png"):
        error = refusal(count_objects, "a.png")

    assert error.code == "PIXEL_LIMIT" and "12.5 megapixels" in error.text and "crop_image" in error.hint


@needs_shared
def test_the_one_cell_of_the_shared_picture_is_found():
    # one round cell, 128 px across by eye (x 364 to 492)
    with shared_files():
        result = count_objects("cell.png")

    assert "Found 1 bright object " in result.summary
    (row,) = rows(result.artifacts[2])
    assert float(row["diameter (px)"]) == pytest.approx(125, abs=5)
    assert float(row["x (px)"]) == pytest.approx(428, abs=3) and float(row["y (px)"]) == pytest.approx(374, abs=3)


def chart(path, function, color=(214, 39, 40), width=2, extra=None):
    """x 0 to 10 at 100 to 700 px, y 0 to 5 at 400 to 50 px; drawn at four times the size and reduced, as plots are."""
    image = Image.new("RGB", (3200, 1800), "white")
    draw = ImageDraw.Draw(image)
    draw.rectangle((400, 200, 2800, 1600), outline="black", width=4)
    x = np.linspace(0, 10, 1000)
    points = [(4 * (100.5 + 60 * a), 4 * (400.5 - 70 * b)) for a, b in zip(x, function(x), strict=True)]
    draw.line(points, fill=color, width=4 * width, joint="curve")
    if extra:
        extra(draw)
    image.reduce(4).save(path)
    return attached_path(path)


X_AXIS, Y_AXIS = [100, 0, 700, 10], [400, 0, 50, 5]


@pytest.mark.parametrize(
    "function",
    [lambda x: 0.5 * x, lambda x: 2 + 1.5 * np.sin(x), lambda x: 4 * np.exp(-x / 3), lambda x: 3 + 0 * x],
    ids=["line", "sine", "decay", "constant"],
)
def test_a_drawn_curve_is_read_back_within_one_percent(tmp_path, function):
    # constructed: the error is counted in percent of the y axis (5)
    with chart(tmp_path / "chart.png", function):
        result = digitize_chart("chart.png", "#d62728", X_AXIS, Y_AXIS, 100)

    found = [(float(row["x"]), float(row["y"])) for row in rows(result.artifacts[1])]
    assert (
        len(found) == 100 and found[0][0] == pytest.approx(0, abs=0.05) and found[-1][0] == pytest.approx(10, abs=0.05)
    )
    assert max(abs(y - function(x)) for x, y in found) < 0.05


def test_a_legend_of_the_same_colour_is_not_part_of_the_curve(tmp_path):
    def legend(draw):
        draw.line([(2200, 300), (2500, 300)], fill=(214, 39, 40), width=8)

    with chart(tmp_path / "chart.png", lambda x: 0.3 * x, extra=legend):
        result = digitize_chart("chart.png", "#d62728", X_AXIS, Y_AXIS)

    assert all(abs(float(row["y"]) - 0.3 * float(row["x"])) < 0.05 for row in rows(result.artifacts[1]))
    assert any("several heights" in warning for warning in result.warnings)


def test_a_gap_in_the_curve_is_interpolated_and_told(tmp_path):
    def cover(draw):
        draw.rectangle((1200, 210, 1800, 1590), fill="white")

    with chart(tmp_path / "chart.png", lambda x: 0.4 * x, extra=cover):
        result = digitize_chart("chart.png", "#D62728", X_AXIS, Y_AXIS)

    assert all(abs(float(row["y"]) - 0.4 * float(row["x"])) < 0.05 for row in rows(result.artifacts[1]))
    assert any("missing in 25 %" in warning for warning in result.warnings)


@needs_shared
def test_the_calibration_chart_gives_its_points_and_slope():
    # MANIFEST.tsv: 6 points from (0, 0.01) to (10, 1.01), slope 0.099; ticks read from the picture
    with shared_files():
        result = digitize_chart("calibration_chart.png", "#1f77b4", [115, 0, 623, 10], [414, 0, 78, 1.0], 201)

    x, y = zip(*((float(row["x"]), float(row["y"])) for row in rows(result.artifacts[1])), strict=True)
    assert np.interp([0.2, 2, 6, 9.8], x, y) == pytest.approx([0.03, 0.21, 0.62, 0.988], abs=0.01)
    slope = float(result.summary.split("slope ")[1].split(",")[0])
    assert slope == pytest.approx(0.099, rel=0.01)


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("#00ff00", X_AXIS, Y_AXIS), "NO_PIXELS", "No pixel is within 60 of #00ff00"),
        (("#d62728", [100, 0, 100, 10], Y_AXIS), "BAD_CALIBRATION", "pixels of x_axis are equal"),
        (("#d62728", X_AXIS, [400, 5, 50, 5]), "BAD_CALIBRATION", "values of y_axis are equal"),
        (("#d62728", [100, 0, 801, 10], Y_AXIS), "OUT_OF_BOUNDS", "The picture is 800 x 450 px."),
        (("#d62728", X_AXIS, [-1, 0, 50, 5]), "OUT_OF_BOUNDS", "[px1, value1, px2, value2]"),
    ],
)
def test_a_chart_that_cannot_be_read_says_why(tmp_path, arguments, code, words):
    with chart(tmp_path / "chart.png", lambda x: 0.5 * x):
        error = refusal(digitize_chart, "chart.png", *arguments)

    assert error.code == code and words in error.text


def test_a_photograph_has_no_curve(tmp_path):
    noise = np.random.default_rng(3).integers(0, 256, (400, 300, 3), np.uint8)
    Image.fromarray(noise).save(tmp_path / "a.png")

    with attached_path(tmp_path / "a.png"):
        assert refusal(digitize_chart, "a.png", "#808080", [0, 0, 300, 1], [0, 0, 400, 1]).code == "TOO_MANY"
