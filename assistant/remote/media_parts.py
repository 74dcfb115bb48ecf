"""Pictures, videos and signals as the parts of a message that servers take: data URLs of what was read from the file.

Not the file itself: what is sent was decoded in the killable child, has no more pixels than it needs and holds nothing
else of the file (places, names, thumbnails); and every server reads PNG and JPEG.
"""

import base64
import io
from collections.abc import Iterator
from typing import Any

import numpy as np
from PIL import Image

from engine.media import ImageInput, MediaInput, Pixels, SignalInput, VideoInput

# A drawing or a page of text stays exact; a photograph becomes a JPEG, which is a tenth as long.
MAX_COLOURS = 1024  # of a drawing, in a sample of its pixels
MAX_SAMPLES = 20_000
JPEG_QUALITY = 92


def media_parts(item: MediaInput) -> Iterator[dict[str, Any]]:
    match item:
        case ImageInput():
            yield _picture(item.pixels[0])
        case VideoInput():
            for frame, seconds in zip(item.pixels, item.timestamps, strict=True):
                yield {"type": "text", "text": f"<{seconds:.1f} seconds>"}
                yield _picture(frame)
        case SignalInput():
            url = _data_url("time_series/npy", _npy(item))
            yield {"type": "time_series_url", "time_series_url": {"url": url, "sampling_rate": item.sampling_rate}}


def _picture(pixels: Pixels) -> dict[str, Any]:
    picture = Image.fromarray(np.ascontiguousarray(pixels))
    file = io.BytesIO()
    if _is_drawing(pixels):
        picture.save(file, "PNG", compress_level=3)
        media_type = "image/png"
    else:
        picture.save(file, "JPEG", quality=JPEG_QUALITY)
        media_type = "image/jpeg"
    return {"type": "image_url", "image_url": {"url": _data_url(media_type, file.getvalue())}}


def _is_drawing(pixels: Pixels) -> bool:
    colours = pixels.reshape(-1, 3).astype(np.uint32) @ np.array([1, 256, 65_536], dtype=np.uint32)
    step = len(colours) // MAX_SAMPLES + 1
    return len(np.unique(colours[::step])) <= MAX_COLOURS


def _npy(signal: SignalInput) -> bytes:
    file = io.BytesIO()
    np.save(file, signal.values, allow_pickle=False)
    return file.getvalue()


def _data_url(media_type: str, data: bytes) -> str:
    return f"data:{media_type};base64,{base64.b64encode(data).decode()}"
