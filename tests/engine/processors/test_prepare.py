from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from engine.errors import InvalidRequest
from engine.media import SignalInput, VideoInput
from engine.processors.prepare import describe, prepare
from engine.processors.settings import INTERN_S1, INTERN_S1_PRO


@pytest.fixture
def picture(tmp_path):
    path = tmp_path / "picture"
    Image.new("RGB", (640, 480)).save(path, "PNG")
    return path


@pytest.mark.parametrize(
    ("settings", "line"),
    [
        (INTERN_S1, "640 x 480 picture, 4 x 3 tiles + thumbnail, 3,328 tokens"),
        (replace(INTERN_S1, max_tiles=1), "640 x 480 picture, 1 tile, 256 tokens"),
        (INTERN_S1_PRO, "640 x 480 picture, 300 tokens"),
    ],
)
def test_a_picture_is_described_in_a_line(picture, settings, line):
    assert describe(prepare(picture, "image", settings)) == line


def test_a_signal_is_described_in_a_line(tmp_path):
    path = tmp_path / "a.npy"
    np.save(path, np.sin(np.arange(3_000)), allow_pickle=False)

    assert describe(prepare(path, "signal", INTERN_S1_PRO, 100.0)) == "1 channel, 100 Hz, 30.0 s, 31 tokens"


def test_a_given_rate_goes_before_the_file_s(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("time,v\n" + "".join(f"{index / 100},1\n" for index in range(500)))

    from_file, given = prepare(path, "signal", INTERN_S1_PRO), prepare(path, "signal", INTERN_S1_PRO, 20.0)

    assert isinstance(from_file, SignalInput)
    assert isinstance(given, SignalInput)
    assert from_file.sampling_rate == pytest.approx(100.0)
    assert given.sampling_rate == 20.0


@pytest.mark.parametrize(
    ("shape", "line"),
    [
        ((2, 3, 448, 448), "video, 2 frames around 0.5 to 1.5 s, 512 tokens"),
        ((32, 1536), "video, 4 frames around 0.5 to 1.5 s, 512 tokens"),
    ],
)
def test_a_video_is_described_in_a_line(shape, line):
    video = VideoInput(np.zeros(shape, np.uint8), (2, 4, 4), 512, (0.5, 1.5))

    assert describe(video) == line


def test_a_kind_that_the_model_cannot_read_is_refused(picture):
    with pytest.raises(
        InvalidRequest, match="cannot read a series of numbers; besides text it reads: pictures, videos"
    ):
        prepare(picture, "signal", INTERN_S1)


def test_content_counts_and_not_the_name(picture):
    with pytest.raises(InvalidRequest, match="should be a video and is a picture, whatever its name says"):
        prepare(picture, "video", INTERN_S1)


@pytest.mark.parametrize("kind", ["image", "video", "signal"])
def test_an_empty_file_is_refused(tmp_path, kind):
    (tmp_path / "a.mp4").touch()

    with pytest.raises(InvalidRequest, match="The file is empty"):
        prepare(tmp_path / "a.mp4", kind, INTERN_S1_PRO)


def test_a_table_with_text_says_which_line(tmp_path):
    (tmp_path / "a.csv").write_text("a\n1\n2\nthree\n")

    with pytest.raises(InvalidRequest, match="Line 4 of the file holds 'three'"):
        prepare(tmp_path / "a.csv", "signal", INTERN_S1_PRO)
