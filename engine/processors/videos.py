"""A video file as the frames a model looks at: few of them, each resized as soon as it is decoded."""

import logging
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from engine.errors import InvalidRequest
from engine.media import Pixels, VideoInput
from engine.processors.frame_sampling import ASSUMED_FPS, centre_indices, num_sampled, pair_times, spread_indices
from engine.processors.patches import cut_patches, video_size
from engine.processors.plain import plain_size, plain_video
from engine.processors.settings import ProcessorSettings
from engine.processors.tiles import resize
from engine.processors.video_readers import (
    DecordReader,
    FrameReader,
    PyAVReader,
    Unreadable,
    VideoHeader,
    read_header,
)

MAX_DURATION_S = 2 * 3600
MAX_FRAMES = 1_000_000
MAX_PIXELS = 4096 * 2304

READERS: tuple[Callable[[Path], FrameReader], ...] = (DecordReader, PyAVReader)

OnFrame = Callable[[int, int], None]  # how many are decoded, of how many

logger = logging.getLogger(__name__)


def ignore_frames(num_done: int, num_frames: int) -> None:
    """An OnFrame for who does not want to know."""


def prepare_video(
    path: Path,
    settings: ProcessorSettings,
    readers: Sequence[Callable[[Path], FrameReader]] = READERS,
    on_frame: OnFrame = ignore_frames,
) -> VideoInput:
    """By the first of the readers that can read the file."""
    reasons = []
    try:
        header = read_header(path)
        if header is not None:
            check_limits(header)
        for open_reader in readers:
            try:
                return read_video(open_reader(path), settings, on_frame)
            except Unreadable as error:
                logger.info("%s: falling back to the next reader", error)
                reasons.append(str(error))
    except Unreadable as error:
        reasons.append(str(error))
    if all("not installed" in reason for reason in reasons):
        raise InvalidRequest("Videos need a decoder, which is not installed here: pip install 'benchside[video]'.")
    raise InvalidRequest(f"The file is not a video that can be played ({'; '.join(reasons)}); convert it to H.264 MP4.")


def read_video(reader: FrameReader, settings: ProcessorSettings, on_frame: OnFrame = ignore_frames) -> VideoInput:
    if reader.fps is None:
        logger.info("the video does not say its frame rate; %g per second are assumed", ASSUMED_FPS)
    duration_s = reader.num_frames / (reader.fps or ASSUMED_FPS)
    check_limits(VideoHeader(reader.num_frames, duration_s, width=0, height=0))
    if reader.num_frames < 1:
        raise Unreadable("it has no frames")
    indices, frames = _sampled(reader, settings, on_frame)
    if settings.family == "intern_s1":
        return _tiled(indices, frames, reader.fps, settings)
    if settings.family == "plain":
        return plain_video(indices, frames, reader.fps)
    return _patched(indices, frames, reader.fps, settings)


def check_limits(header: VideoHeader) -> None:
    if header.width * header.height > MAX_PIXELS:
        raise InvalidRequest(
            f"The video is {header.width:,} x {header.height:,} pixels; at most {MAX_PIXELS / 1e6:.1f} million can be "
            "read: make it smaller."
        )
    if header.duration_s > MAX_DURATION_S:
        raise InvalidRequest(
            f"The video is {header.duration_s / 3600:,.1f} hours long; at most {MAX_DURATION_S // 3600} can be read: "
            "cut out a part."
        )
    if header.num_frames > MAX_FRAMES:
        raise InvalidRequest(
            f"The video says that it has {header.num_frames:,} frames; at most {MAX_FRAMES:,} can be read: "
            "cut out a part."
        )


def _sampled(reader: FrameReader, settings: ProcessorSettings, on_frame: OnFrame) -> tuple[list[int], list[Pixels]]:
    """Indices and resized frames; of a file that ends early, those before its end."""
    choose = centre_indices if settings.family == "intern_s1" else spread_indices
    while reader.num_frames > 0:
        indices = choose(reader.num_frames, num_sampled(reader.num_frames, reader.fps, settings))
        frames: list[Pixels] = []
        for frame in reader.frames(indices):
            size = frames[0].shape[:2] if frames else _target(frame, len(indices), settings)
            frames.append(resize(Image.fromarray(frame), (size[1], size[0])))
            on_frame(len(frames), len(indices))
        if len(frames) == len(indices):
            return indices, frames
        logger.info("the video ends after %d frames, before what its header says", reader.num_frames)
    raise Unreadable("no frame can be decoded")


def _target(frame: Pixels, num_frames: int, settings: ProcessorSettings) -> tuple[int, int]:
    """(height, width) for all frames, from the first one."""
    height, width, _ = frame.shape
    check_limits(VideoHeader(num_frames=0, duration_s=0.0, width=width, height=height))
    if settings.family == "intern_s1":
        return settings.tile_size, settings.tile_size
    if settings.family == "plain":
        return plain_size(height, width, settings.video_pixels[1] // num_frames)
    return video_size(num_frames, height, width, settings)


def _tiled(indices: list[int], frames: list[Pixels], fps: float | None, settings: ProcessorSettings) -> VideoInput:
    patches = settings.tile_size // settings.patch_size
    return VideoInput(
        pixels=np.ascontiguousarray(np.stack(frames).transpose(0, 3, 1, 2)),
        grid=(len(frames), patches, patches),
        num_tokens=len(frames) * (patches // settings.merge_size) ** 2,
        timestamps=tuple(index / (fps or ASSUMED_FPS) for index in indices),
    )


def _patched(indices: list[int], frames: list[Pixels], fps: float | None, settings: ProcessorSettings) -> VideoInput:
    frames += frames[-1:] * (len(frames) % 2)
    pixels, grid = cut_patches(frames, settings)
    num_tokens = grid[0] * grid[1] * grid[2] // settings.merge_size**2
    return VideoInput(pixels, grid, num_tokens, timestamps=pair_times(indices, fps))
