"""Video files and readers for the tests."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from engine.media import Pixels

LEVELS = 8  # of grey between one frame and the next


@dataclass
class ListReader:
    """Frames in memory; num_frames may claim more than there are."""

    stored: list[Pixels]
    fps: float | None
    num_frames: int

    def frames(self, indices: list[int]) -> Iterator[Pixels]:
        yield from (self.stored[index] for index in indices if index < len(self.stored))
        self.num_frames = min(self.num_frames, len(self.stored))


def grey_frames(num_frames: int, width: int = 64, height: int = 48) -> list[Pixels]:
    return [np.full((height, width, 3), index * LEVELS % 256, np.uint8) for index in range(num_frames)]


def write_video(path: Path, frames: list[Pixels], fps: int, codec: str = "libx264") -> Path:
    height, width, _ = frames[0].shape
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=Fraction(fps))
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for frame in frames:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        container.mux(stream.encode())
    return path


def turn(path: Path) -> None:
    """Write into an MP4 that its player should turn it a quarter clockwise. Writes into the file."""
    content = bytearray(path.read_bytes())
    header = content.index(b"tkhd") + 4
    matrix = (0, 1, 0, -1, 0, 0, 0, 0, 2**14)
    content[header + 40 : header + 76] = b"".join((value * (2**16)).to_bytes(4, "big", signed=True) for value in matrix)
    path.write_bytes(content)
