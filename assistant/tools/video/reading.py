"""Open an attached video: limits from its header before anything is decoded, and the times of all its frames.

Times are seconds since the first frame, from the container's own time stamps.
"""

from bisect import bisect_right
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np

from assistant.tools.attached import attached
from assistant.tools.result import ToolError
from assistant.tools.video.container import container_format, describe_audio, opened

MAX_SIDE = 8_192
MAX_PIXELS = 36_000_000  # a frame of 8K; a decoder keeps up to 16 of them
MAX_DURATION_S = 2 * 3600.0
MAX_FRAMES = 1_000_000
SAME_TIME_S = 0.002
SMALLER = "Ask for a smaller or shorter video."


@dataclass(frozen=True, slots=True)
class Video:
    """stamps: of each frame in the order they are shown, in units of time_base; times: the same in seconds since the
    first. width, height: as stored; rotation: degrees counter-clockwise that a player turns it by."""

    name: str
    path: Path
    format: str
    codec: str
    pixel_format: str
    width: int
    height: int
    rotation: int
    time_base: Fraction
    stamps: tuple[int, ...]
    times: tuple[float, ...]
    frame_duration_s: float
    declared_duration_s: float  # of the longest track
    declared_frames: int
    bit_rate: int
    audio: tuple[str, ...]

    @property
    def num_frames(self) -> int:
        return len(self.stamps)

    @property
    def duration_s(self) -> float:
        return self.times[-1] + self.frame_duration_s

    @property
    def shown_size(self) -> tuple[int, int]:
        """Width and height after turning."""
        return (self.height, self.width) if self.rotation % 180 else (self.width, self.height)

    @property
    def notes(self) -> tuple[str, ...]:
        """What whoever reads a result has to know about the video."""
        if self.declared_frames - self.num_frames <= max(1, self.num_frames // 100):
            return ()
        return (
            f"The file ends early: it declares {self.declared_frames:,} frames ({self.declared_duration_s:.2f} s) and "
            f"holds {self.num_frames:,} ({self.duration_s:.2f} s).",
        )


def read_video(name: str) -> Video:
    """The header and the time stamps of all frames.

    ToolError NO_FILE, NOT_A_VIDEO, UNSUPPORTED_CODEC, LIMIT, TRUNCATED or DAMAGED_VIDEO.
    """
    path = attached(name)
    form = container_format(path, name)
    with opened(path, form, name) as (container, stream):
        codec = stream.codec_context
        _check_limits(name, container, stream)
        stamps, rotation = _scanned(container, stream, name)
        time_base = Fraction(stream.time_base)
        times = tuple(float((stamp - stamps[0]) * time_base) for stamp in stamps)
        return Video(
            name=name,
            path=path,
            format=form,
            codec=codec.name,
            pixel_format=str(codec.pix_fmt),
            width=codec.width,
            height=codec.height,
            rotation=rotation,
            time_base=time_base,
            stamps=stamps,
            times=times,
            frame_duration_s=_frame_duration(times, stream),
            declared_duration_s=_declared_duration(container, stream),
            declared_frames=int(stream.frames),
            bit_rate=int(container.bit_rate or 0),
            audio=tuple(describe_audio(track) for track in container.streams.audio),
        )


def frame_at(video: Video, time_s: float) -> int:
    """The number, from 0, of the frame that is shown at a time. ToolError TIME_OUT_OF_RANGE."""
    if time_s > video.duration_s + SAME_TIME_S:
        raise ToolError(
            "TIME_OUT_OF_RANGE",
            f"There is no frame at {time_s:g} s. The video is {video.duration_s:.2f} s long.",
            f"Times may be 0 to {video.duration_s:.2f} s.",
        )
    return max(0, bisect_right(video.times, time_s + SAME_TIME_S) - 1)


def evenly_spaced(video: Video, number: int, start_s: float, end_s: float) -> list[int]:
    """Different frames from the one at start_s to the one at end_s; the middle one for number 1."""
    places = [(start_s + end_s) / 2] if number == 1 else np.linspace(start_s, end_s, number).tolist()
    return sorted({frame_at(video, min(time_s, video.times[-1])) for time_s in places})


def fitted(video: Video, max_side_px: int) -> tuple[int, int]:
    """Width and height as shown, reduced so that no side is longer than max_side_px."""
    width, height = video.shown_size
    factor = min(1.0, max_side_px / max(width, height))
    return max(2, round(width * factor)), max(2, round(height * factor))


def _check_limits(name: str, container: Any, stream: Any) -> None:
    width, height = stream.codec_context.width, stream.codec_context.height
    if width < 1 or height < 1:
        raise ToolError("DAMAGED_VIDEO", f"{name} does not say how large its pictures are.", "Ask for the file again.")
    if max(width, height) > MAX_SIDE or width * height > MAX_PIXELS:
        message = f"The pictures of {name} are {width:,} x {height:,} px; the limit is {MAX_SIDE:,} px a side."
        raise ToolError("LIMIT", message, SMALLER)
    if (seconds := _declared_duration(container, stream)) > MAX_DURATION_S:
        raise ToolError("LIMIT", f"{name} says that it lasts {seconds:,.0f} s; the limit is 7,200 s (2 h).", SMALLER)
    if stream.frames > MAX_FRAMES:
        message = f"{name} says that it has {stream.frames:,} frames; the limit is {MAX_FRAMES:,}."
        raise ToolError("LIMIT", message, SMALLER)


def _scanned(container: Any, stream: Any, name: str) -> tuple[tuple[int, ...], int]:
    """The stamp of every frame that a player shows, from the packets, and the rotation, which only decoding tells: of
    the first frame."""
    found: list[int] = []
    first: Any = None
    try:
        for packet in container.demux(stream):
            stamp = packet.pts if packet.pts is not None else packet.dts
            if packet.size and stamp is not None and not packet.is_discard:
                found.append(stamp)
            if len(found) > MAX_FRAMES:
                raise ToolError("LIMIT", f"{name} has more than {MAX_FRAMES:,} frames.", SMALLER)
            first = first or _first_frame(packet)
    except av.FFmpegError:
        pass  # the file ends here; what there is of it can be used
    stamps = tuple(sorted(set(found)))
    if first is None or not stamps:
        raise ToolError("DAMAGED_VIDEO", f"No picture of {name} can be decoded.", "Ask for the file again.")
    if (seconds := float((stamps[-1] - stamps[0]) * Fraction(stream.time_base))) > MAX_DURATION_S:
        raise ToolError("LIMIT", f"{name} lasts {seconds:,.0f} s; the limit is 7,200 s (2 h).", SMALLER)
    return stamps, round(first.rotation / 90) * 90 % 360


def _first_frame(packet: Any) -> Any:
    try:
        return next(iter(packet.decode()), None)
    except (av.FFmpegError, ValueError):
        return None


def _frame_duration(times: tuple[float, ...], stream: Any) -> float:
    """The median distance of frames; for a single frame, what the file says."""
    if len(times) > 1:
        return float(np.median(np.diff(times)))
    rate = float(stream.average_rate or 0)
    return 1 / rate if 0.01 < rate <= 1000 else 0.0


def _declared_duration(container: Any, stream: Any) -> float:
    own = float(stream.duration * stream.time_base) if stream.duration and stream.time_base else 0.0
    return max(own, (container.duration or 0) / av.time_base, 0.0)
