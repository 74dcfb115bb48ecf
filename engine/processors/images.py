"""A person's picture file as RGB pixels, whatever its mode; what is too big is refused by its header."""

import io
import logging
import warnings
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from engine.errors import InvalidRequest

MAX_SIDE = 16_384
MAX_PIXELS = 40_000_000  # 120 MB as RGB, and about three times that while it is converted
FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF")

logger = logging.getLogger(__name__)


def open_image(source: Path | bytes) -> Image.Image:
    """RGB, turned upright as EXIF says; transparency is dropped, not blended. Of an animation, the first frame."""
    file = io.BytesIO(source) if isinstance(source, bytes) else source
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # our own limit is lower
            image = Image.open(file, formats=FORMATS)
    except Image.DecompressionBombError as error:
        raise InvalidRequest(_too_large("The picture has more pixels than can be unpacked")) from error
    except Exception as error:  # Pillow's readers raise OSError, ValueError, SyntaxError, struct.error and more
        raise InvalidRequest(f"The file is not a picture that can be read; send {_formats()}.") from error
    with image:
        _check_size(*image.size)
        return _decode(image)


def _check_size(width: int, height: int) -> None:
    if max(width, height) > MAX_SIDE or width * height > MAX_PIXELS:
        raise InvalidRequest(_too_large(f"The picture is {width:,} x {height:,} pixels"))
    if width < 1 or height < 1:
        raise InvalidRequest(f"The picture is {width} x {height} pixels; each side must have at least 1.")


def _decode(image: Image.Image) -> Image.Image:
    try:
        image.load()
        return _to_rgb(ImageOps.exif_transpose(image))
    except MemoryError as error:
        raise InvalidRequest(f"The picture of {image.width} x {image.height} pixels needs too much memory.") from error
    except Exception as error:
        raise InvalidRequest(
            f"The {image.format} picture is cut off or damaged ({error}); save it again and send that."
        ) from error


def _to_rgb(image: Image.Image) -> Image.Image:
    if image.mode == "P" and "transparency" in image.info:
        image = image.convert("RGBA")
    elif image.mode.startswith("I;16"):
        image = _scaled(image, 0.0, 65_535.0)
    elif image.mode in ("I", "F"):
        image = _scaled(image, *_range(image))
    return image.convert("RGB")


def _scaled(image: Image.Image, black: float, white: float) -> Image.Image:
    """Pillow's own conversion cuts such values at 255, which makes most pictures white."""
    logger.info("a %s picture: %g to %g became 0 to 255", image.mode, black, white)
    levels = np.array(image, dtype=np.float32)
    levels -= black
    levels *= 255.0 / max(white - black, 1e-30)
    np.nan_to_num(levels, copy=False, nan=0.0)
    np.clip(np.rint(levels, out=levels), 0, 255, out=levels)
    return Image.fromarray(levels.astype(np.uint8))


def _range(image: Image.Image) -> tuple[float, float]:
    values = np.asarray(image, dtype=np.float32)
    finite = values[np.isfinite(values)]
    return (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)


def _too_large(what: str) -> str:
    return f"{what}; a side may have {MAX_SIDE:,} and all of it {MAX_PIXELS // 10**6} million: make it smaller."


def _formats() -> str:
    return ", ".join(FORMATS[:-1]) + f" or {FORMATS[-1]}"
