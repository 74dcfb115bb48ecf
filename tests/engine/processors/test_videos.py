import json
import logging
import sys
from dataclasses import replace
from importlib.util import find_spec

import numpy as np
import pytest
from safetensors.numpy import load_file

from engine.errors import InvalidRequest
from engine.processors.settings import INTERN_S1, INTERN_S1_PRO
from engine.processors.video_readers import DecordReader, PyAVReader, Unreadable, read_header
from engine.processors.videos import check_limits, prepare_video, read_video
from tests.golden import GOLDEN, needs_golden

pytest.importorskip("av", reason="PyAV makes the videos of these tests")
from tests.engine.processors.videos import LEVELS, ListReader, grey_frames, turn, write_video

needs_decord = pytest.mark.skipif(find_spec("decord") is None, reason="decord is not installed")
both_readers = pytest.mark.parametrize("reader", [pytest.param(DecordReader, marks=needs_decord), PyAVReader])


@needs_golden
def test_the_video_of_pro_tiny_becomes_its_input():
    folder = GOLDEN / "pro-tiny"
    inputs, case = load_file(folder / "inputs.safetensors"), json.loads((folder / "inputs.json").read_text())["video"]
    frames = list(np.load(folder / "video.npz", allow_pickle=False)["frames"])

    video = read_video(ListReader(frames, case["fps"], len(frames)), INTERN_S1_PRO)

    assert [list(video.grid)] == inputs["video.grid_thw"].tolist()
    assert video.num_tokens == case["expanded_text"].count("<|video_pad|>")
    assert all(f"<{seconds:.1f} seconds>" in case["expanded_text"] for seconds in video.timestamps)
    assert (np.abs(video.pixels.astype(int) - inputs["video.patches_u8"]) <= 1).mean() >= 0.999


@both_readers
def test_a_5_second_mp4_gives_10_frames_to_pro(tmp_path, reader):
    path = write_video(tmp_path / "a.mp4", grey_frames(30), fps=6)

    video = prepare_video(path, INTERN_S1_PRO, readers=[reader])

    assert video.grid == (5, 4, 4)
    assert video.num_tokens == 20
    assert video.timestamps[0] == pytest.approx((0 + 3 / 6) / 2)
    # A patch holds two frames; the sampled ones are 0, 3, 6, 10, 13, 16, 19, 23, 26, 29.
    means = video.pixels.reshape(5, 16, 3, 2, 256).mean(axis=(1, 2, 4)).ravel()
    assert np.allclose(means, [index * LEVELS for index in (0, 3, 6, 10, 13, 16, 19, 23, 26, 29)], atol=4)


@both_readers
def test_a_5_second_mp4_gives_10_tiles_to_s1(tmp_path, reader):
    path = write_video(tmp_path / "a.mp4", grey_frames(30), fps=6)

    video = prepare_video(path, INTERN_S1, readers=[reader])

    assert video.pixels.shape == (10, 3, 448, 448)
    assert video.grid == (10, 32, 32)
    assert video.num_tokens == 2_560
    assert video.timestamps == tuple(index / 6 for index in range(1, 30, 3))
    assert np.allclose(video.pixels.mean(axis=(1, 2, 3)), [index * LEVELS for index in range(1, 30, 3)], atol=4)


def test_an_odd_number_of_frames_repeats_the_last_one():
    video = read_video(ListReader(grey_frames(5), 2.0, 5), INTERN_S1_PRO)

    assert video.timestamps == (0.25, 1.25, 2.0)
    assert video.pixels.reshape(3, -1, 3, 2, 256)[2, 0, 0, :, 0].tolist() == [4 * LEVELS, 4 * LEVELS]


def test_what_decord_cannot_read_is_read_by_pyav_with_a_note(tmp_path, caplog):
    path = write_video(tmp_path / "a.mp4", grey_frames(30), fps=6, codec="libsvtav1")

    with caplog.at_level(logging.INFO):
        video = prepare_video(path, INTERN_S1)

    assert len(video.timestamps) == 10
    assert "falling back to the next reader" in caplog.text


@needs_decord
def test_frames_that_decord_misreads_are_read_by_pyav(tmp_path):
    path = write_video(tmp_path / "a.mp4", grey_frames(8, width=48), fps=2)

    with pytest.raises(Unreadable, match="misreads rows of 48 pixels"):
        next(DecordReader(path).frames([0]))

    assert np.allclose(prepare_video(path, INTERN_S1).pixels[3].mean(), 3 * LEVELS, atol=4)


def test_what_fails_in_the_middle_is_read_by_the_next_reader(tmp_path):
    class Failing(ListReader):
        def frames(self, indices):
            yield self.stored[0]
            raise Unreadable("the second frame is damaged")

    path = write_video(tmp_path / "a.mp4", grey_frames(8), fps=2)
    readers = [lambda _: Failing(grey_frames(8), 2.0, 8), lambda _: ListReader(grey_frames(8), 2.0, 8)]

    video = prepare_video(path, INTERN_S1, readers)

    assert video.pixels[:, 0, 0, 0].tolist() == [index * LEVELS for index in range(8)]


def test_of_a_file_that_ends_early_the_frames_before_its_end_are_read():
    video = read_video(ListReader(grey_frames(20), 2.0, 40), INTERN_S1)

    assert video.timestamps[-1] < 10
    assert len(video.timestamps) == 20


def test_of_half_a_file_that_half_is_read(tmp_path):
    path = write_video(tmp_path / "a.mkv", noise_frames(60), fps=6, codec="mpeg4")
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])

    video = prepare_video(path, INTERN_S1, readers=[PyAVReader])

    assert 0 < video.timestamps[-1] < 6


def noise_frames(num_frames):
    random = np.random.default_rng(0)
    return [random.integers(0, 256, (48, 64, 3), dtype=np.uint8) for _ in range(num_frames)]


@both_readers
def test_a_turned_video_is_shown_upright(tmp_path, reader):
    frame = np.zeros((56, 64, 3), np.uint8)
    frame[:, :32] = 255
    path = write_video(tmp_path / "a.mp4", [frame] * 4, fps=2)
    turn(path)

    upright = next(reader(path).frames([0]))

    assert upright.shape == (64, 56, 3)
    assert upright[:28].mean() > 240
    assert upright[36:].mean() < 15


def test_the_header_is_read_without_decoding(tmp_path):
    header = read_header(write_video(tmp_path / "a.mp4", grey_frames(30), fps=6))

    assert header is not None
    assert (header.num_frames, header.duration_s, header.width, header.height) == (30, 5.0, 64, 48)


def test_a_header_that_claims_2_billion_frames_never_reaches_decord(tmp_path):
    path = write_video(tmp_path / "a.mp4", grey_frames(4), fps=2)
    content = bytearray(path.read_bytes())
    counts = content.index(b"stts") + 12
    content[counts : counts + 4] = (2**31 - 1).to_bytes(4, "big")
    path.write_bytes(content)

    with pytest.raises(InvalidRequest, match=r"2,147,483,647 frames; at most 1,000,000"):
        prepare_video(path, INTERN_S1)


@pytest.mark.parametrize(
    ("field", "value", "complaint"),
    [
        ("duration_s", 86_400.0, "24.0 hours long; at most 2"),
        ("width", 7_680, "7,680 x 4,320 pixels; at most 9.4 million"),
        ("num_frames", 2_000_000, "2,000,000 frames; at most 1,000,000"),
    ],
)
def test_each_limit_is_named(tmp_path, field, value, complaint):
    header = read_header(write_video(tmp_path / "a.mp4", grey_frames(2), fps=2))
    assert header is not None
    check_limits(header)

    with pytest.raises(InvalidRequest, match=complaint):
        check_limits(replace(header, height=4_320, **{field: value}))


@pytest.mark.parametrize(
    "content", [b"", b"hello", b"\0\0\0\x20ftypisom" + bytes(1_000)], ids=["empty", "text", "no moov"]
)
def test_what_is_no_video_is_refused_without_its_path(tmp_path, content):
    path = tmp_path / "a.mp4"
    path.write_bytes(content)

    with pytest.raises(InvalidRequest, match="not a video that can be played") as caught:
        prepare_video(path, INTERN_S1_PRO)

    assert str(tmp_path) not in str(caught.value)


def test_without_a_decoder_the_error_says_what_to_install(tmp_path, monkeypatch):
    path = write_video(tmp_path / "a.mp4", grey_frames(4), fps=2)
    for module in ("av", "decord"):
        monkeypatch.setitem(sys.modules, module, None)

    with pytest.raises(InvalidRequest, match=r"pip install 'benchside\[video\]'"):
        prepare_video(path, INTERN_S1)


def test_a_video_too_small_for_pro_names_the_limit():
    with pytest.raises(InvalidRequest, match="64 x 24 pixels and this model reads none with a side below 32"):
        read_video(ListReader(grey_frames(8, height=24), 2.0, 8), INTERN_S1_PRO)


def test_a_video_without_a_rate_counts_as_24_frames_per_second():
    video = read_video(ListReader(grey_frames(48), None, 48), INTERN_S1_PRO)

    assert video.timestamps[-1] == pytest.approx((31 + 47) / 2 / 24)
