"""Small real files, made for the tests: what people attach."""

import io
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image


def png(width: int = 320, height: int = 200) -> bytes:
    """Red rises to the right, green downwards."""
    red, green = np.meshgrid(np.linspace(0, 255, width), np.linspace(0, 255, height))
    pixels = np.stack([red, green, np.full_like(red, 40)], axis=-1).astype(np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def npy(samples: int = 3_000) -> bytes:
    """A sine of 10 periods."""
    file = io.BytesIO()
    np.save(file, np.sin(np.linspace(0, 20 * np.pi, samples)))
    return file.getvalue()


def mp4(path: Path, seconds: int = 5, fps: int = 10) -> bytes:
    """Grey that becomes lighter. Skips the test where nothing can write a video."""
    av = pytest.importorskip("av", reason="no library that writes a video is installed")
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=Fraction(fps))
        stream.width, stream.height, stream.pix_fmt = 128, 96, "yuv420p"
        for number in range(seconds * fps):
            grey = np.full((96, 128, 3), 40 + 4 * number, np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(grey, format="rgb24")))
        container.mux(stream.encode())
    return path.read_bytes()
