"""Pictures and videos of known content for the tests, written where a test says."""

import struct
import zlib
from contextlib import AbstractContextManager
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from assistant.tools.attached import attached_files


def attached_path(path: Path) -> AbstractContextManager[None]:
    return attached_files({path.name: path})


def png_header(path: Path, width: int, height: int) -> Path:
    """A PNG of 65 bytes that claims a size and holds next to nothing."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")
    path.write_bytes(data)
    return path


def discs(path: Path, places: list[tuple[int, int, int]], size: tuple[int, int] = (400, 300), value: int = 200) -> Path:
    """Discs (x, y, radius) of one level on a background of 40, with Gaussian noise of 8."""
    image = Image.new("L", size, 40)
    draw = ImageDraw.Draw(image)
    for x, y, radius in places:
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=value)
    noise = np.random.default_rng(0).normal(0, 8, (size[1], size[0]))
    Image.fromarray(np.clip(np.asarray(image) + noise, 0, 255).astype(np.uint8)).save(path)
    return path


def written(path: Path, lines: list[str], size: int = 28, angle: int = 0) -> Path:
    """Text in Pillow's own font, a line every 60 px."""
    image = Image.new("RGB", (640, 60 * len(lines) + 40), "white")
    draw = ImageDraw.Draw(image)
    for i, line in enumerate(lines):
        draw.text((30, 30 + 60 * i), line, fill="black", font=ImageFont.load_default(size))
    image.rotate(angle, expand=True).save(path)
    return path


def video(
    path: Path, colors: list[tuple[int, int, int]], fps: int = 10, size: tuple[int, int] = (64, 48), **options: str
) -> Path:
    """A frame of each colour. options of the encoder, and codec."""
    codec = options.pop("codec", "libx264")
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=Fraction(fps), options=options)
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        for color in colors:
            pixels = np.full((size[1], size[0], 3), color, np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        container.mux(stream.encode())
    return path


def grey_steps(number: int, step: int = 8) -> list[tuple[int, int, int]]:
    """A level for each frame, by which it can be told from the others."""
    return [(16 + step * i % 224,) * 3 for i in range(number)]


def sound_only(path: Path, seconds: int = 1) -> Path:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=44_100)
        for i in range(43 * seconds):
            frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
            frame.sample_rate, frame.pts, frame.time_base = 44_100, 1024 * i, Fraction(1, 44_100)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def patch(path: Path, box: bytes, offset: int, value: bytes) -> Path:
    """Write value so many bytes behind the name of a box of an MP4. Writes into the file."""
    content = bytearray(path.read_bytes())
    place = content.index(box) + len(box) + offset
    content[place : place + len(value)] = value
    path.write_bytes(content)
    return path
