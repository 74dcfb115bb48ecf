"""Frames of a video, upright: decord for what it reads faithfully, PyAV for all the rest.

A reader belongs to one call and decodes in one thread: decord mixes up frames or ends the process when it is shared.
Frames are [H, W, 3] uint8.
"""

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from assistant.tools.optional import optional
from assistant.tools.result import ToolError
from assistant.tools.video.container import opened
from assistant.tools.video.reading import Video

# Not AV1, which decord 0.6.0 cannot read, and not HEVC, where it mixes up frames around keyframes (open GOP).
DECORD_CODECS = ("h264", "mpeg4", "vp8", "vp9")
DECORD_FORMATS = ("mov", "matroska")
NEAR_S = 3.0  # frames this far ahead are reached by decoding on, not by seeking

Frame = NDArray[np.uint8]


def read_frames(video: Video, indices: list[int], size: tuple[int, int]) -> Iterator[tuple[int, Frame]]:
    """Number and picture, of size (width, height), of each frame at these ascending indices without repetition.

    Frames that cannot be decoded are left out; ToolError DAMAGED_VIDEO where that is all of them.
    """
    num_read = 0
    for index, frame in _read(video, indices, size):
        num_read += 1
        yield index, frame
    if not num_read:
        what = "The wanted frame" if len(indices) == 1 else f"None of the {len(indices)} wanted frames"
        is_not = "cannot" if len(indices) == 1 else "can"
        raise ToolError(
            "DAMAGED_VIDEO", f"{what} of {video.name} {is_not} be decoded.", "Ask for other times, or the file again."
        )


def _read(video: Video, indices: list[int], size: tuple[int, int]) -> Iterator[tuple[int, Frame]]:
    num_done = 0
    for index, frame in _read_by_decord(video, indices, size):
        yield index, frame
        num_done += 1
    if num_done < len(indices):
        yield from _read_by_pyav(video, indices[num_done:], size)


def _read_by_decord(video: Video, indices: list[int], size: tuple[int, int]) -> Iterator[tuple[int, Frame]]:
    """Ends early where decord fails."""
    reader = _decord_reader(video, size)
    if reader is None:
        return
    for index in indices:
        try:
            frame = reader[index].asnumpy()
        except Exception:  # decord raises RuntimeError and its own DECORDError
            return
        if frame.shape != (size[1], size[0], 3):  # decord 0.6.0 takes the padding of some rows for channels
            return
        yield index, frame


def _decord_reader(video: Video, size: tuple[int, int]) -> Any:
    """None where decord would not give the frames that the time stamps name."""
    if video.codec not in DECORD_CODECS or video.format not in DECORD_FORMATS or video.rotation:
        return None
    try:
        decord = optional("decord")
        reader = decord.VideoReader(str(video.path), ctx=decord.cpu(0), num_threads=1, width=size[0], height=size[1])
        if len(reader) != video.num_frames:
            return None
        starts = reader.get_frame_timestamp(list(range(len(reader))))[:, 0]
    except Exception:  # RuntimeError, DECORDError, NOT_INSTALLED
        return None
    is_same = np.abs((starts - starts[0]) - np.array(video.times)) <= video.frame_duration_s / 2
    return reader if bool(is_same.all()) else None


def _read_by_pyav(video: Video, indices: list[int], size: tuple[int, int]) -> Iterator[tuple[int, Frame]]:
    wanted = {video.stamps[index]: index for index in indices}
    width, height = size[::-1] if video.rotation % 180 else size
    with opened(video.path, video.format, video.name) as (container, stream):
        for stamp, frame in _decoded(container, stream, list(wanted)):
            pixels = frame.to_ndarray(format="rgb24", width=width, height=height)
            yield wanted[stamp], np.ascontiguousarray(np.rot90(pixels, video.rotation // 90))


def _decoded(container: Any, stream: Any, stamps: list[int]) -> Iterator[tuple[int, Any]]:
    """The frames with these ascending stamps."""
    near = round(NEAR_S / Fraction(stream.time_base))
    frames: Iterator[Any] = iter(())
    position: int | None = None  # the stamp of the frame that was decoded last
    for stamp in stamps:
        if position is None or stamp - position > near:
            frames = _frames_from(container, stream, stamp)
            position = None
        while position is None or position < stamp:
            frame = _next(frames)
            if frame is None:
                position = None
                break
            position = int(frame.pts)
            if position == stamp:
                yield stamp, frame


def _frames_from(container: Any, stream: Any, stamp: int) -> Iterator[Any]:
    """Frames from the one at stamp, or one before it.

    A seek may land behind it, where frames lean on a later keyframe (open GOP): then it goes further back.
    """
    second = round(1 / Fraction(stream.time_base))
    for back in (0, 5 * second, 30 * second, 600 * second):
        try:
            container.seek(stamp - back, stream=stream, backward=True)
            frames = container.decode(stream)
            first = _next(frames)
        except av.FFmpegError:
            continue
        if first is not None and first.pts <= stamp:
            return _chained(first, frames)
    return iter(())


def _chained(first: Any, rest: Iterator[Any]) -> Iterator[Any]:
    yield first
    yield from rest


def _next(frames: Iterator[Any]) -> Any:
    """The next frame that has a time stamp; None at the end and where the file is damaged."""
    try:
        return next((frame for frame in frames if frame.pts is not None), None)
    except (av.FFmpegError, ValueError):
        return None


def provenance(parameters: dict[str, Any]) -> dict[str, Any]:
    """Of a result that was read with this module."""
    try:
        decord = f"decord {optional('decord').__version__}, "
    except ToolError:
        decord = ""
    method = "frames by the container's time stamps"
    return {"library": f"{decord}PyAV {av.__version__}", "method": method, "parameters": parameters}
