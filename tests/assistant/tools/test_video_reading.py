import csv
import io
import json
import struct
import time
from importlib.util import find_spec
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from assistant.cancel import CancelToken
from assistant.child.runner import ToolRunner
from assistant.tools.result import ToolError
from assistant.tools.video import catalogue, frames
from assistant.tools.video.contact_sheet import contact_sheet
from assistant.tools.video.detect_scenes import detect_scenes
from assistant.tools.video.extract_frames import extract_frames
from assistant.tools.video.reading import read_video
from assistant.tools.video.video_info import video_info
from tests.assistant.tools.pictures import attached_path, grey_steps, patch, sound_only, video
from tests.assistant.tools.shared_files import DATA, SHARED, needs_shared, shared_files

RED, GREEN, BLUE = (200, 30, 30), (30, 180, 30), (30, 30, 200)


def refusal(function, *arguments, **named):
    with pytest.raises(ToolError) as caught:
        function(*arguments, **named)
    return caught.value


def levels(artifacts):
    return [float(np.asarray(Image.open(io.BytesIO(artifact.data))).mean()) for artifact in artifacts]


@pytest.fixture(scope="module")
def runner():
    runner = ToolRunner("assistant.tools.video.catalogue")
    runner.start()
    yield runner
    runner.close()


@pytest.fixture
def steps(tmp_path):
    """3 s at 10 frames/s, frame i of the level 16 + 7 i."""
    path = video(tmp_path / "steps.mp4", grey_steps(30, 7))
    with attached_path(path):
        yield "steps.mp4"


@needs_shared
@pytest.mark.parametrize(
    ("name", "size", "num_frames", "seconds", "audio"),
    [
        # science-tools.md, section 4: sizes and frame counts; 30 frames/s each
        ("world.mp4", "480 x 270 px", 901, "30.03 s", "aac"),
        ("a.mp4", "1920 x 1080 px", 209, "6.97 s", "aac"),
    ],
)
def test_facts_of_the_shared_videos(name, size, num_frames, seconds, audio):
    with shared_files():
        summary = video_info(name).summary

    assert f"H.264 video, {size}" in summary and f"{num_frames} frames," in summary
    assert "frame rate 30 frames/s" in summary and f"duration {seconds}" in summary and f"audio: {audio}" in summary


@pytest.mark.parametrize(
    ("name", "codec", "audio"),
    [("b.mp4", "H.264", "aac"), ("muted_b.mp4", "H.264", "none"), ("b.avi", "MPEG-4 part 2", "mp3")],
)
def test_facts_of_the_videos_that_come_with_gradio(name, codec, audio):
    # science-tools.md, section 4: 480 x 270, 150 frames
    place = Path(find_spec("gradio").origin).parent / "media_assets/videos" / name
    if not place.exists():
        pytest.skip("this gradio has no videos")
    with attached_path(place):
        summary = video_info(name).summary

    assert f"{codec} video, 480 x 270 px" in summary and "150 frames," in summary and f"audio: {audio}" in summary


def test_facts_of_a_video_made_here(steps):
    result = video_info(steps)

    assert "64 x 48 px (width x height), frame rate 10 frames/s, duration 3.00 s, 30 frames" in result.summary
    assert "audio: none" in result.summary and not result.warnings


def test_frames_are_those_shown_at_their_times(steps):
    # frame i is shown from i/10 s and has the level 16 + 7 i
    result = extract_frames(steps, times_s=[0.0, 0.55, 1.7, 2.95, 3.0])

    assert levels(result.artifacts) == pytest.approx([16, 16 + 5 * 7, 16 + 17 * 7, 16 + 29 * 7], abs=2)
    assert [artifact.meta["time_s"] for artifact in result.artifacts] == [0.0, 0.5, 1.7, 2.9]
    assert "The 5 times fall on 4 different frames" in result.warnings[0]


@pytest.mark.parametrize(
    ("name", "codec", "options"),
    [
        ("b.mp4", "libx264", {"bf": "3", "g": "12"}),
        ("b.mkv", "libx264", {}),
        ("b.avi", "mpeg4", {}),
        ("b.webm", "libvpx-vp9", {}),
        ("hevc.mp4", "libx265", {"x265-params": "keyint=10:open-gop=1:log-level=none"}),
        ("b.ts", "libx264", {"g": "10"}),
    ],
)
def test_every_container_gives_the_same_frames(tmp_path, name, codec, options):
    colors = grey_steps(60, 7)
    path = video(tmp_path / name, colors, codec=codec, **options)
    wanted = [0, 9, 10, 11, 29, 30, 45, 59]

    with attached_path(path):
        result = extract_frames(name, times_s=[index / 10 + 0.05 for index in wanted])

    assert levels(result.artifacts) == pytest.approx([colors[index][0] for index in wanted], abs=3)


def test_pyav_reads_what_decord_does_not_with_the_same_result(steps, monkeypatch):
    by_decord = levels(extract_frames(steps, n_frames=12).artifacts)
    monkeypatch.setattr(frames, "_decord_reader", lambda *_: None)

    assert levels(extract_frames(steps, n_frames=12).artifacts) == pytest.approx(by_decord, abs=2)


def test_pyav_seeks_over_long_gaps(tmp_path, monkeypatch):
    monkeypatch.setattr(frames, "_decord_reader", lambda *_: None)
    colors = grey_steps(300, 1)
    with attached_path(video(tmp_path / "long.mp4", colors, g="25", bf="2")):
        result = extract_frames("long.mp4", times_s=[0.05, 7.05, 14.05, 14.15, 29.95])

    assert levels(result.artifacts) == pytest.approx([colors[i][0] for i in (0, 70, 140, 141, 299)], abs=2.5)


def test_evenly_spaced_frames_reach_from_the_first_to_the_last(steps):
    result = extract_frames(steps, n_frames=4)

    assert [artifact.meta["time_s"] for artifact in result.artifacts] == [0.0, 1.0, 2.0, 2.9]
    assert extract_frames(steps, n_frames=1).artifacts[0].meta["time_s"] == 1.5


def test_more_frames_than_there_are_is_told(tmp_path):
    with attached_path(video(tmp_path / "short.mp4", grey_steps(3))):
        result = extract_frames("short.mp4", n_frames=32)

    assert len(result.artifacts) == 3 and "32 times fall on 3 different frames" in result.warnings[0]


def test_frames_that_would_not_fit_are_made_smaller_and_that_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr("assistant.tools.video.extract_frames.MAX_TOTAL_BYTES", 600)
    with attached_path(video(tmp_path / "a.mp4", grey_steps(4), size=(320, 240))):
        result = extract_frames("a.mp4", n_frames=4)

    assert sum(len(artifact.data) for artifact in result.artifacts) <= 600
    assert any("reduced to" in warning for warning in result.warnings)


def turn(path):
    """A quarter clockwise, in the matrix of the track's header (ISO/IEC 14496-12, 8.3.2)."""
    matrix = (0, 1, 0, -1, 0, 0, 0, 0, 2**14)
    return patch(path, b"tkhd", 40, b"".join((value * 2**16).to_bytes(4, "big", signed=True) for value in matrix))


def test_a_turned_video_is_shown_upright(tmp_path):
    left_half = np.zeros((48, 64, 3), np.uint8)
    left_half[:, :32] = 220
    path = tmp_path / "turned.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for _ in range(5):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(left_half, format="rgb24")))
        container.mux(stream.encode())
    turn(path)

    with attached_path(path):
        info, result = video_info("turned.mp4"), extract_frames("turned.mp4", n_frames=1)

    shown = np.asarray(Image.open(io.BytesIO(result.artifacts[0].data)))
    assert "48 x 64 px (width x height), turned 270 degrees counter-clockwise" in info.summary
    assert shown.shape == (64, 48, 3) and shown[:28].mean() > 200 and shown[36:].mean() < 20  # what was left is on top


@pytest.mark.parametrize(
    ("function", "arguments"),
    [(extract_frames, {"times_s": [1.0, 3.2]}), (contact_sheet, {"end_s": 3.2}), (contact_sheet, {"start_s": 9.0})],
)
def test_a_time_outside_is_refused_with_the_length_of_the_video(steps, function, arguments):
    error = refusal(function, steps, **arguments)

    assert error.code == "TIME_OUT_OF_RANGE" and "The video is 3.00 s long." in error.text


def test_a_contact_sheet_is_a_grid_of_stamped_frames(steps):
    result = contact_sheet(steps, n_frames=6, columns=4)

    (sheet,) = result.artifacts
    assert sheet.meta == {"times": [0.0, 0.6, 1.2, 1.8, 2.4, 2.9], "columns": 4}
    image = np.asarray(Image.open(io.BytesIO(sheet.data)))
    assert image.shape == (2 * 48, 4 * 64, 3)
    corners = [image[48 * (i // 4) + 4, 64 * (i % 4) + 50, 0] for i in range(6)]
    assert corners == pytest.approx([16 + 7 * i for i in (0, 6, 12, 18, 24, 29)], abs=3)
    assert (image[30:48, :40] > 250).any()  # the time is written in the corner


def test_a_range_must_not_be_empty(steps):
    assert refusal(contact_sheet, steps, start_s=2.0, end_s=2.0).code == "EMPTY_RANGE"
    times = contact_sheet(steps, n_frames=4, start_s=1.0, end_s=2.0).artifacts[0].meta["times"]
    assert times[0] == 1.0 and times[-1] == 2.0


def test_cuts_are_found_at_their_times(tmp_path):
    # constructed: cuts at frames 23, 41 and 77 of 100, at 10 frames/s
    colors = [RED] * 23 + [GREEN] * 18 + [BLUE] * 36 + [RED] * 23
    with attached_path(video(tmp_path / "cuts.mp4", colors)):
        result = detect_scenes("cuts.mp4")

    scenes = list(csv.DictReader(io.StringIO(result.artifacts[1].data)))
    assert [float(scene["start (s)"]) for scene in scenes] == [0, 2.3, 4.1, 7.7]
    assert "Found 3 cuts, so 4 scenes" in result.summary and "2.30 s (distance" in result.summary
    assert result.artifacts[0].meta["times"] == [0.0, 2.3, 4.1, 7.7]
    (panel,) = json.loads(result.artifacts[2].data)["panels"]
    assert [mark["x"] for mark in panel["marks"]] == [2.3, 4.1, 7.7]
    assert "fades" in result.warnings[0]


def test_short_scenes_are_merged_only_as_far_as_asked(tmp_path):
    with attached_path(video(tmp_path / "flash.mp4", [RED] * 30 + [GREEN] * 6 + [RED] * 30)):
        merged, all_cuts = detect_scenes("flash.mp4"), detect_scenes("flash.mp4", min_scene_s=0)

    assert "Found 1 cut" in merged.summary and "Found 2 cuts" in all_cuts.summary


def test_one_scene_has_no_cut_and_a_slow_fade_is_not_one(tmp_path):
    fade = [(200 - 2 * i, 30, 30 + 2 * i) for i in range(80)]
    with attached_path(video(tmp_path / "fade.mp4", fade, size=(160, 96))):
        assert "Found no cut" in detect_scenes("fade.mp4", threshold=0.7).summary


def test_a_fast_fade_is_told_from_a_cut(tmp_path):
    fade = [(200 - 6 * i, 30, 30) for i in range(31)]
    colors = [(200, 30, 30)] * 20 + fade + [(20, 30, 30)] * 20 + [BLUE] * 20
    with attached_path(video(tmp_path / "fade.mp4", colors)):
        summary = detect_scenes("fade.mp4", threshold=0.2).summary

    assert "gradual" in summary.split(" 7.10 s (")[0] and "gradual" not in summary.split(" 7.10 s (")[1]


def test_a_single_frame_is_one_scene(tmp_path):
    with attached_path(video(tmp_path / "one.mp4", [RED])):
        assert "Found no cut" in detect_scenes("one.mp4").summary
        assert len(extract_frames("one.mp4").artifacts) == 1
        assert "1 frames" in video_info("one.mp4").summary


def test_too_long_a_video_for_scenes_names_the_limit(steps, monkeypatch):
    monkeypatch.setattr("assistant.tools.video.detect_scenes.MAX_DECODED_PIXELS", 64 * 48 * 10)

    error = refusal(detect_scenes, steps)

    assert error.code == "LIMIT" and "contact_sheet" in error.hint


def test_sound_without_pictures_is_no_video(tmp_path):
    with attached_path(sound_only(tmp_path / "sound.mp4")):
        error = refusal(video_info, "sound.mp4")

    assert error.code == "NOT_A_VIDEO" and "has no video track, only sound (aac, 44100 Hz, 2 channels)" in error.text


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "NOT_A_VIDEO"),
        (b"hello world, this is no video", "NOT_A_VIDEO"),
        (b"#EXTM3U\n#EXTINF:9,\n/etc/hostname\n", "NOT_A_VIDEO"),
        (b"ffconcat version 1.0\nfile '/etc/hostname'\n", "NOT_A_VIDEO"),
        (b"\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isomiso2", "TRUNCATED"),
        (b"\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isomiso2\x7f\xff\xff\xffmdat", "TRUNCATED"),
        (b"\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isomiso2\x00\x00\x00\x08moov", "DAMAGED_VIDEO"),
        (b"RIFF\x10\x00\x00\x00AVI LIST", "DAMAGED_VIDEO"),
        (b"\x1aE\xdf\xa3" + b"\x00" * 40, "DAMAGED_VIDEO"),
        (b"G" + (b"\x00" * 187 + b"G") * 8, "DAMAGED_VIDEO"),
        (b"OggS" + b"\x00" * 40, "DAMAGED_VIDEO"),
        (b"FLV\x01" + b"\x00" * 40, "DAMAGED_VIDEO"),
    ],
)
def test_what_is_no_readable_video_is_refused(tmp_path, content, code):
    (tmp_path / "a.mp4").write_bytes(content)

    with attached_path(tmp_path / "a.mp4"):
        error = refusal(video_info, "a.mp4")

    assert error.code in (code, "NOT_A_VIDEO") if code == "DAMAGED_VIDEO" else error.code == code


def forged(path, what):
    """An MP4 whose header lies. Box layouts: ISO/IEC 14496-12."""
    match what:
        case "frame size":
            return patch(path, b"avc1", 24, struct.pack(">HH", 65_535, 65_535))
        case "duration of frames":
            return patch(path, b"stts", 8, struct.pack(">II", 2**32 - 1, 2**31 - 1))
        case "number of frames":
            return patch(path, b"stsz", 4, struct.pack(">II", 1, 2**31 - 1))
        case "number of times":
            return patch(path, b"stts", 4, struct.pack(">I", 2**32 - 1))
        case "number of chunks":
            return patch(path, b"stco", 4, struct.pack(">I", 2**32 - 1))
        case "duration":
            return patch(path, b"mdhd", 12, struct.pack(">II", 1, 2**32 - 1))
        case "time scale":
            return patch(path, b"mdhd", 12, struct.pack(">I", 0))
    raise AssertionError(what)


LIES = [
    "frame size",
    "duration of frames",
    "number of frames",
    "number of times",
    "number of chunks",
    "duration",
    "time scale",
]


@pytest.mark.parametrize("what", LIES)
def test_a_lie_in_the_header_ends_in_an_answer_within_5_s(tmp_path, runner, what):
    path = forged(video(tmp_path / "lie.mp4", grey_steps(30)), what)

    for name in ("video_info", "extract_frames", "contact_sheet", "detect_scenes"):
        started = time.perf_counter()
        outcome = runner.call(name, {"file": "lie.mp4"}, CancelToken(), {"lie.mp4": path})
        assert time.perf_counter() - started < 5, name
        assert outcome.ok or (outcome.error and outcome.error["code"] != "tool_timeout"), outcome.text


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.99])
def test_a_video_that_is_cut_off_says_so(tmp_path, runner, share):
    content = video(tmp_path / "whole.mp4", grey_steps(90), movflags="").read_bytes()
    path = tmp_path / "cut.mp4"
    path.write_bytes(content[: int(len(content) * share)])

    outcome = runner.call("video_info", {"file": "cut.mp4"}, CancelToken(), {"cut.mp4": path})

    assert outcome.error and outcome.error["code"] in ("TRUNCATED", "DAMAGED_VIDEO"), outcome.text


def test_a_stream_that_is_cut_off_gives_the_frames_that_it_has(tmp_path):
    content = video(tmp_path / "whole.mkv", grey_steps(90), g="10").read_bytes()
    path = tmp_path / "cut.mkv"
    path.write_bytes(content[: int(len(content) * 0.6)])

    with attached_path(path):
        found = read_video("cut.mkv")
        result = extract_frames("cut.mkv", n_frames=4)

    assert 20 < found.num_frames < 90 and len(result.artifacts) == 4


def test_damage_anywhere_in_a_video_is_an_ordinary_answer(tmp_path, runner):
    content = video(tmp_path / "whole.mp4", grey_steps(20)).read_bytes()
    random = np.random.default_rng(5)
    path = tmp_path / "a.mp4"
    codes = set()

    for _ in range(25):
        damaged = bytearray(content)
        for place in random.integers(8, len(content), 6):
            damaged[place] = random.integers(256)
        path.write_bytes(damaged)
        outcome = runner.call("extract_frames", {"file": "a.mp4", "n_frames": 4}, CancelToken(), {"a.mp4": path})
        assert outcome.seconds < 5
        codes.add(outcome.error["code"] if outcome.error else "ok")

    assert codes <= {"ok", "NOT_A_VIDEO", "DAMAGED_VIDEO", "TRUNCATED", "UNSUPPORTED_CODEC", "LIMIT", "tool_failed"}
    assert "ok" in codes


@needs_shared
def test_the_expected_calls_on_videos_run_clean(runner):
    tools = {tool.name: tool for tool in catalogue.TOOLS}
    lines = (SHARED / "evaluation/tool_calls.jsonl").read_text().splitlines()
    calls = [call for line in lines for call in json.loads(line)["expected_calls"] if call["name"] in tools]
    files = {path.name: path for path in DATA.rglob("*") if path.is_file()}

    assert calls
    for call in calls:
        tools[call["name"]].check_arguments(call["arguments"])
        outcome = runner.call(call["name"], call["arguments"], CancelToken(), files)
        assert outcome.ok, outcome.text


@needs_shared
def test_the_fade_to_black_at_the_end_of_the_shared_video_is_one_gradual_change():
    # science-tools.md: changes at 6.50, 6.67 and 6.83 s, sampled every 5th frame, for one change at its end: by eye,
    # a dark blue picture that fades to black between 6.1 and 6.9 s
    with shared_files():
        result = detect_scenes("a.mp4", threshold=0.3)

    assert "Found 1 cut, so 2 scenes" in result.summary and "gradual" in result.summary
    assert 6.1 < float(result.summary.split("at ")[1].split(" s")[0]) <= 6.9
