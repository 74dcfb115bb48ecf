import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from assistant.cancel import CancelToken
from assistant.child.runner import ToolRunner
from assistant.tools.images import catalogue
from assistant.tools.images.read_text_in_image import read_text_in_image
from assistant.tools.result import ToolError
from tests.assistant.tools.pictures import attached_path, png_header, written
from tests.assistant.tools.shared_files import DATA, SHARED, needs_shared

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def runner():
    runner = ToolRunner("assistant.tools.images.catalogue")
    runner.start()
    yield runner
    runner.close()


def test_text_drawn_by_pillow_is_read_back_with_its_places(tmp_path, runner):
    lines = ["Absorbance 0.482 at 280 nm", "Sample 7: 12.5 mg/mL"]
    path = written(tmp_path / "label.png", lines)

    outcome = runner.call("read_text_in_image", {"file": "label.png"}, CancelToken(), {"label.png": path})

    assert outcome.ok, outcome.text
    for i, (line, row) in enumerate(zip(lines, csv.DictReader(io.StringIO(outcome.artifacts[0].data)), strict=True)):
        assert row["text"].replace(" ", "") == line.replace(" ", "") and float(row["score"]) > 0.8
        assert abs(float(row["left (px)"]) - 30) < 12 and abs(float(row["top (px)"]) - (34 + 60 * i)) < 14
    assert [box["label"] for box in outcome.artifacts[1].meta["boxes"]][0].startswith("Absorbance")
    assert "PP-OCRv6" in outcome.warnings[0]


def test_only_the_region_is_read_and_places_are_those_of_the_whole_picture(tmp_path, runner):
    path = written(tmp_path / "label.png", ["FIRST 111", "SECOND 222", "THIRD 333"])

    arguments = {"file": "label.png", "x": 10, "y": 80, "width": 400, "height": 60}
    outcome = runner.call("read_text_in_image", arguments, CancelToken(), {"label.png": path})

    assert '"SECOND 222"' in outcome.summary and "111" not in outcome.summary and "333" not in outcome.summary
    (row,) = csv.DictReader(io.StringIO(outcome.artifacts[0].data))
    assert 80 <= float(row["top (px)"]) <= 110


def test_a_picture_without_text_says_so(tmp_path, runner):
    Image.new("RGB", (300, 200), "white").save(tmp_path / "white.png")

    outcome = runner.call(
        "read_text_in_image", {"file": "white.png"}, CancelToken(), {"white.png": tmp_path / "white.png"}
    )

    assert outcome.error and outcome.error["code"] == "NO_TEXT" and "crop_image" in outcome.text


def test_a_region_outside_is_refused_before_anything_is_loaded(tmp_path):
    Image.new("RGB", (30, 20)).save(tmp_path / "a.png")

    with attached_path(tmp_path / "a.png"), pytest.raises(ToolError, match="The picture is 30 x 20 px"):
        read_text_in_image("a.png", 30, 0)


@needs_shared
def test_the_labels_of_the_calibration_chart_are_read_in_a_job(runner):
    # what stands in the picture, by eye
    path = DATA / "calibration_chart.png"
    files = {path.name: path} if path.exists() else {p.name: p for p in DATA.rglob("*.png")}

    outcome = runner.call("read_text_in_image", {"file": "calibration_chart.png"}, CancelToken(), files)

    assert outcome.ok, outcome.text
    for label in ("Calibration curve", "Absorbance at 280 nm", "Concentration (mM)", '"0.8"', '"10"'):
        assert label in outcome.summary
    assert len(outcome.summary) <= 1500


@needs_shared
def test_the_expected_calls_on_pictures_run_clean(runner):
    tools = {tool.name: tool for tool in catalogue.TOOLS}
    lines = (SHARED / "evaluation/tool_calls.jsonl").read_text().splitlines()
    calls = [call for line in lines for call in json.loads(line)["expected_calls"] if call["name"] in tools]

    assert calls
    for call in calls:
        if any(str(value).startswith("$") for value in call["arguments"].values()):
            continue
        tools[call["name"]].check_arguments(call["arguments"])
        files = {path.name: path for path in DATA.rglob("*") if path.is_file()}
        outcome = runner.call(call["name"], call["arguments"], CancelToken(), files)
        assert outcome.ok, outcome.text


def test_every_tool_refuses_a_forged_size_in_its_job(tmp_path, runner):
    path = png_header(tmp_path / "huge.png", 60_000, 60_000)
    more = {
        "image_info": {},
        "crop_image": {"x": 0, "y": 0, "width": 5, "height": 5},
        "read_text_in_image": {},
        "measure_image": {"x1": 0, "y1": 0, "x2": 5, "y2": 5},
        "count_objects": {},
        "digitize_chart": {"line_color": "#ff0000", "x_axis": [0, 0, 1, 1], "y_axis": [0, 0, 1, 1]},
    }

    for tool in catalogue.TOOLS:
        arguments = {"file": "huge.png", **more[tool.name]}
        outcome = runner.call(tool.name, arguments, CancelToken(), {"huge.png": path})
        assert outcome.error and outcome.error["code"] == "PIXEL_LIMIT", outcome.text
        assert outcome.seconds < 5


def test_fifty_megapixels_fit_into_a_job(tmp_path, runner):
    path = tmp_path / "large.png"
    Image.new("RGB", (8_000, 6_000), (9, 80, 160)).save(path)

    for name, more in (("image_info", {}), ("crop_image", {"x": 4000, "y": 9, "width": 99, "height": 99})):
        outcome = runner.call(name, {"file": path.name, **more}, CancelToken(), {path.name: path})
        assert outcome.ok, outcome.text


@pytest.mark.parametrize("field", ["images", "video"])
def test_warming_up_starts_no_thread(field):
    code = (
        f"import os; from assistant.tools.{field} import catalogue; catalogue.warm_up();"
        "print(len(os.listdir('/proc/self/task')))"
    )
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}

    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.split() == ["1"]
