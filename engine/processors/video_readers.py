"""Two ways to get frames out of a video file: decord, which seeks fast, and PyAV, which reads what decord cannot.

A reader belongs to one call and decodes in one thread: decord mixes up frames or ends the process when it is shared.
"""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from engine.media import Pixels

MAX_FPS = 1000.0  # what claims more does not know its rate

logger = logging.getLogger(__name__)


class Unreadable(Exception):
    """This reader cannot read the file; another one may. The text is for the person, so it names no path."""


@dataclass(frozen=True, slots=True)
class VideoHeader:
    """num_frames 0 and duration_s 0.0 where the file does not say."""

    num_frames: int
    duration_s: float
    width: int
    height: int


class FrameReader(Protocol):
    @property
    def num_frames(self) -> int: ...
    @property
    def fps(self) -> float | None: ...
    def frames(self, indices: list[int]) -> Iterator[Pixels]:
        """The frames [H, W, 3] at these ascending indices; fewer where the file ends early, which corrects
        num_frames."""
        ...


class DecordReader:
    def __init__(self, path: Path) -> None:
        try:
            import decord
        except ImportError as error:
            raise Unreadable("decord is not installed") from error
        try:
            self._reader = decord.VideoReader(str(path.resolve()), ctx=decord.cpu(0), num_threads=1)
            self.num_frames = len(self._reader)
            self.fps = _plausible(self._reader.get_avg_fps())
        except Exception as error:  # decord raises RuntimeError and its own DECORDError
            raise _failed("decord cannot open it", error) from error

    def frames(self, indices: list[int]) -> Iterator[Pixels]:
        for index in indices:
            try:
                frame = self._reader[index].asnumpy()
            except Exception as error:
                raise _failed(f"decord cannot decode frame {index}", error) from error
            if frame.shape[2] != 3:  # decord 0.6.0 takes the padding of rows of 16, 24, 48 or 72 pixels for channels
                raise Unreadable(f"decord misreads rows of {frame.shape[1]} pixels")
            yield frame


class PyAVReader:
    def __init__(self, path: Path) -> None:
        self._path = path
        with _open(path) as container:
            stream = container.streams.video[0]
            self.fps = _plausible(float(stream.average_rate or 0))
            self.num_frames = _num_packets(container, stream)

    def frames(self, indices: list[int]) -> Iterator[Pixels]:
        wanted, num_decoded = set(indices), 0
        with _open(self._path) as container:
            for frame in _decoded(container):
                if num_decoded in wanted:
                    yield np.rot90(frame.to_ndarray(format="rgb24"), round(frame.rotation / 90))
                num_decoded += 1
                if num_decoded > indices[-1]:
                    return
        self.num_frames = num_decoded


def read_header(path: Path) -> VideoHeader | None:
    """Without decoding anything; None where PyAV is not installed."""
    if find_spec("av") is None:
        return None
    with _open(path) as container:
        stream = container.streams.video[0]
        seconds = max(float((stream.duration or 0) * stream.time_base), (container.duration or 0) / 1e6)
        return VideoHeader(stream.frames, seconds, stream.codec_context.width, stream.codec_context.height)


def _open(path: Path) -> Any:
    try:
        import av
    except ImportError as error:
        raise Unreadable("PyAV is not installed") from error
    try:
        container = av.open(str(path.resolve()))
    except (av.FFmpegError, ValueError) as error:
        raise _failed("PyAV cannot open it", error) from error
    if not container.streams.video:
        container.close()
        raise Unreadable("it has no video track")
    container.streams.video[0].codec_context.thread_count = 1
    return container


def _num_packets(container: Any, stream: Any) -> int:
    """Counted, because a header may not say and may be wrong."""
    import av

    count = 0
    try:
        for packet in container.demux(stream):
            count += packet.size > 0
    except av.FFmpegError as error:
        if not count:
            raise _failed("PyAV finds nothing in it", error) from error
    return count


def _decoded(container: Any) -> Iterator[Any]:
    """Ends where the file is damaged."""
    import av

    frames = container.decode(video=0)
    while True:
        try:
            yield next(frames)
        except (StopIteration, av.FFmpegError):
            return


def _plausible(fps: float) -> float | None:
    return float(fps) if 0 < fps <= MAX_FPS else None


def _failed(what: str, error: Exception) -> Unreadable:
    logger.info("%s: %s", what, str(error).split("\n")[0][:300])  # decord's messages go on with its stack
    return Unreadable(what)
