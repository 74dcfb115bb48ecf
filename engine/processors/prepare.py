"""From a person's file to what an encoder reads, and one line that says what that is."""

import logging
from pathlib import Path

from engine.errors import InvalidRequest
from engine.media import ImageInput, MediaInput, SignalInput, VideoInput
from engine.processors.images import open_image
from engine.processors.patches import FRAMES_PER_SLICE, patch_image
from engine.processors.plain import is_plain, plain_image
from engine.processors.settings import Kind, ProcessorSettings
from engine.processors.signal_files import read_signal
from engine.processors.signals import prepare_signal
from engine.processors.sniff import HEAD_BYTES, sniff_kind
from engine.processors.tiles import choose_grid, grids, tile_image
from engine.processors.videos import OnFrame, ignore_frames, prepare_video

NOUNS: dict[Kind, str] = {"image": "picture", "video": "video", "signal": "series of numbers"}

logger = logging.getLogger(__name__)


def prepare(
    path: Path,
    kind: Kind,
    settings: ProcessorSettings,
    sampling_rate: float | None = None,
    on_frame: OnFrame = ignore_frames,
) -> MediaInput:
    """sampling_rate in Hz, for a signal, goes before what the file says."""
    if kind not in settings.kinds:
        reads = ", ".join(f"{NOUNS[known]}s" if known != "signal" else NOUNS[known] for known in settings.kinds)
        raise InvalidRequest(f"This model cannot read a {NOUNS[kind]}; besides text it reads: {reads}.")
    _check_content(path, kind)
    if kind == "signal":
        series = read_signal(path)
        logger.info("a series of numbers from %s", series.description)
        return prepare_signal(series.values, series.sampling_rate if sampling_rate is None else sampling_rate)
    if kind == "video":
        return prepare_video(path, settings, on_frame=on_frame)
    image = open_image(path)
    if settings.family == "plain":
        return plain_image(image, settings)
    return tile_image(image, settings) if settings.family == "intern_s1" else patch_image(image, settings)


def describe(media: MediaInput) -> str:
    match media:
        case ImageInput():
            return f"{media.size[0]} x {media.size[1]} picture{_tiles(media)}{_tokens(media)}"
        case VideoInput():
            return f"video, {_frames(media)}{_tokens(media)}"
        case SignalInput():
            samples, channels = media.values.shape
            return (
                f"{channels} channel{'s' * (channels > 1)}, {media.sampling_rate:g} Hz, "
                f"{samples / media.sampling_rate:,.1f} s, {media.num_tokens:,} tokens"
            )


def _check_content(path: Path, kind: Kind) -> None:
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    if not head:
        raise InvalidRequest("The file is empty: send it again.")
    found = sniff_kind(head)
    if found != kind and not (kind == "signal" and found is None):  # a text file gets an error that says which row
        what = f"a {NOUNS[found]}" if found else "nothing that can be read"
        raise InvalidRequest(f"The file should be a {NOUNS[kind]} and is {what}, whatever its name says.")


def _tokens(media: ImageInput | VideoInput) -> str:
    """Nothing where only a server knows."""
    return f", {media.num_tokens:,} tokens" if media.num_tokens else ""


def _tiles(image: ImageInput) -> str:
    if image.pixels.ndim == 2 or is_plain(image.pixels):
        return ""
    if len(image.pixels) == 1:
        return ", 1 tile"
    num_tiles = len(image.pixels) - 1
    columns, rows = choose_grid(image.size, grids(num_tiles, num_tiles), image.pixels.shape[-1])
    return f", {columns} x {rows} tiles + thumbnail"


def _frames(video: VideoInput) -> str:
    times = video.timestamps
    frames = len(times) * (1 if video.pixels.ndim == 4 else FRAMES_PER_SLICE)
    return f"{frames} frame{'s' * (frames > 1)} around {times[0]:.1f} to {times[-1]:.1f} s"
