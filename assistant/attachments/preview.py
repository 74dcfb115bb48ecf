"""A small picture of what the model sees of an attachment: its pixels after resizing, its samples after scaling."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from engine.media import ImageInput, MediaInput, Pixels, SignalInput, VideoInput
from engine.processors.settings import ProcessorSettings

MAX_SIDE_PX = 640
MAX_FRAMES = 6
FRAME_HEIGHT_PX = 120
FRAME_GAP_PX = 2
GAP_COLOUR = (128, 128, 128)
JPEG_QUALITY = 85

PLOT_WIDTH = 640
LANE_HEIGHT = 96
MAX_LANES = 3
MARGIN = 4
LABEL_HEIGHT = 24
LABEL_SIZE = 18  # the page shows the plot at about 0.6 of its size
LANE_COLOURS = ("#0F766E", "#9A3412", "#1D4ED8")
LABEL_COLOUR = "#6B665C"


def write_preview(item: MediaInput, settings: ProcessorSettings, folder: Path) -> None:
    """preview.jpg for pictures and videos, preview.svg for signals."""
    match item:
        case ImageInput():
            _write_jpeg(_picture(item, settings), folder)
        case VideoInput():
            _write_jpeg(_strip(item, settings), folder)
        case SignalInput():
            (folder / "preview.svg").write_text(signal_svg(item))


def _write_jpeg(picture: Image.Image, folder: Path) -> None:
    picture.save(folder / "preview.jpg", quality=JPEG_QUALITY)


def _picture(item: ImageInput, settings: ProcessorSettings) -> Image.Image:
    if settings.family == "plain":
        picture = Image.fromarray(item.pixels[0])
        picture.thumbnail((MAX_SIDE_PX, MAX_SIDE_PX))
        return picture
    if settings.family == "intern_s1":
        # the last tile is the whole picture, squeezed into a square
        picture = Image.fromarray(np.ascontiguousarray(item.pixels[-1].transpose(1, 2, 0)))
        width, height = item.size
        scale = settings.tile_size / max(width, height)
        return picture.resize((max(1, round(width * scale)), max(1, round(height * scale))))
    picture = Image.fromarray(patched_frames(item.pixels, item.grid, settings)[0])
    picture.thumbnail((MAX_SIDE_PX, MAX_SIDE_PX))
    return picture


def _strip(item: VideoInput, settings: ProcessorSettings) -> Image.Image:
    """Frames from beginning to end, side by side."""
    slices, rows, columns = item.grid
    chosen = np.unique(np.linspace(0, slices - 1, min(slices, MAX_FRAMES)).round().astype(int))
    if settings.family == "intern_s1":
        frames = item.pixels[chosen].transpose(0, 2, 3, 1)
    elif settings.family == "plain":
        frames = item.pixels[chosen]
    else:
        patches = item.pixels.reshape(slices, rows * columns, -1)[chosen].reshape(-1, item.pixels.shape[1])
        frames = patched_frames(patches, (len(chosen), rows, columns), settings)[::2]
    pictures = [Image.fromarray(np.ascontiguousarray(frame)) for frame in frames]
    width = max(1, round(pictures[0].width * FRAME_HEIGHT_PX / pictures[0].height))
    step = width + FRAME_GAP_PX
    strip = Image.new("RGB", (step * len(pictures) - FRAME_GAP_PX, FRAME_HEIGHT_PX), GAP_COLOUR)
    for place, picture in enumerate(pictures):
        strip.paste(picture.resize((width, FRAME_HEIGHT_PX)), (place * step, 0))
    return strip


def patched_frames(pixels: Pixels, grid: tuple[int, int, int], settings: ProcessorSettings) -> Pixels:
    """Patches of Intern-S1-Pro -> frames [2 * slices, H, W, 3]; the inverse of engine.processors.patches."""
    slices, rows, columns = grid
    side, merge = settings.patch_size, settings.merge_size
    cut = pixels.reshape(slices, rows // merge, columns // merge, merge, merge, 3, 2, side, side)
    # [slice, row group, column group, row, column, channel, frame, y, x]
    frames = cut.transpose(0, 6, 1, 3, 7, 2, 4, 8, 5)
    return np.ascontiguousarray(frames).reshape(2 * slices, rows * side, columns * side, 3)


def signal_svg(item: SignalInput) -> str:
    """One lane a channel, with the lowest and highest value of every column, and the time below."""
    lanes = min(item.values.shape[1], MAX_LANES)
    height = lanes * LANE_HEIGHT + LABEL_HEIGHT
    lines = "".join(_lane(item.values[:, lane], lane) for lane in range(lanes))
    seconds = len(item.values) / item.sampling_rate
    labels = _label(MARGIN, height, "start", "0 s") + _label(PLOT_WIDTH - MARGIN, height, "end", f"{seconds:.4g} s")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{PLOT_WIDTH}" height="{height}" '
        f'viewBox="0 0 {PLOT_WIDTH} {height}">{lines}{labels}</svg>'
    )


def _lane(values: NDArray[np.float32], lane: int) -> str:
    lows, highs = _extremes(values, PLOT_WIDTH - 2 * MARGIN)
    low, high = float(lows.min()), float(highs.max())
    scale = (LANE_HEIGHT - 2 * MARGIN) / ((high - low) or 1.0)
    bottom = (lane + 1) * LANE_HEIGHT - MARGIN
    step = (PLOT_WIDTH - 2 * MARGIN) / max(len(lows) - 1, 1)
    points = []
    for place, ends in enumerate(zip(lows, highs, strict=True)):
        x = MARGIN + place * step
        points += [f"{x:.1f},{bottom - (float(end) - low) * scale:.1f}" for end in ends]
    colour = LANE_COLOURS[lane % len(LANE_COLOURS)]
    return f'<polyline fill="none" stroke="{colour}" stroke-width="1.5" points="{" ".join(points)}"/>'


def _extremes(values: NDArray[np.float32], max_columns: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Lowest and highest of the samples that share a column of the plot."""
    starts = np.unique(np.linspace(0, len(values), min(len(values), max_columns), endpoint=False).astype(int))
    return np.minimum.reduceat(values, starts), np.maximum.reduceat(values, starts)


def _label(x: float, y: float, anchor: str, text: str) -> str:
    style = f'fill="{LABEL_COLOUR}" font-family="sans-serif" font-size="{LABEL_SIZE}" text-anchor="{anchor}"'
    return f'<text x="{x}" y="{y - MARGIN}" {style}>{text}</text>'
