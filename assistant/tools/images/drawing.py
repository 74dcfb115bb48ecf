"""Pictures for results: made small enough to show, marked, and as the bytes of a PNG."""

import io
from typing import Any

from PIL import Image

MAX_SIDE = 1024  # of a picture that only shows where something is
COMPRESSION = 1  # of zlib: 2 to 4 times as fast as the default 6, a tenth larger


def to_png(image: Image.Image) -> bytes:
    data = io.BytesIO()
    image.save(data, "PNG", compress_level=COMPRESSION)
    return data.getvalue()


def reduced(image: Image.Image, max_side: int = MAX_SIDE) -> tuple[Image.Image, float]:
    """The picture with no side longer than max_side, and what its coordinates were multiplied by (at most 1)."""
    factor = min(1.0, max_side / max(image.size))
    if factor == 1.0:
        return image, factor
    size = (max(1, round(image.width * factor)), max(1, round(image.height * factor)))
    return image.resize(size, Image.Resampling.BILINEAR, reducing_gap=2.0), factor


def box(x: float, y: float, width: float, height: float, label: str, factor: float = 1.0) -> dict[str, Any]:
    """A box for views.png. factor: what the picture was reduced by."""
    places = {"x": x, "y": y, "width": width, "height": height}
    return {**{name: round(float(value) * factor, 1) for name, value in places.items()}, "label": label}
