"""Open an attached picture: limits before anything is decoded, content before names, and the right way up."""

import struct
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import PIL
from numpy.typing import NDArray
from PIL import Image, ImageOps

from assistant.tools.attached import attached
from assistant.tools.result import ToolError

FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP")
MAX_PIXELS = 50_000_000
ORIENTATION = 0x0112  # the EXIF tag
DEEP_MODES = ("I", "I;16", "I;16B", "I;16L", "F")  # one channel of more than 8 bits
PILLOW = f"Pillow {PIL.__version__}"
# What Pillow raises on damaged files.
DAMAGE = (
    *(OSError, SyntaxError, ValueError, EOFError, IndexError, TypeError, KeyError, OverflowError, ZeroDivisionError),
    *(struct.error, zlib.error, Image.DecompressionBombError),
)

Grey = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Picture:
    """image: decoded and upright, in the mode of the file. orientation: the EXIF code, 1 where nothing was turned."""

    name: str
    image: Image.Image
    format: str
    num_frames: int
    orientation: int
    exif: Image.Exif
    info: dict[Any, Any]

    @property
    def size_text(self) -> str:
        return f"{self.image.width} x {self.image.height} px"

    @property
    def notes(self) -> tuple[str, ...]:
        """What whoever reads a result has to know about the picture."""
        said = []
        if self.num_frames > 1:
            said.append(f"{self.name} is animated, with {self.num_frames} frames; only the first one was used.")
        if self.orientation != 1:
            said.append(
                f"The picture was turned upright (EXIF orientation {self.orientation}); "
                "all sizes and positions are those of the upright picture."
            )
        return tuple(said)


def read_picture(name: str) -> Picture:
    """The attached picture, its first frame if it is animated.

    ToolError NO_FILE, NOT_AN_IMAGE, PIXEL_LIMIT (before anything is decoded) or DAMAGED_IMAGE.
    """
    path = attached(name)
    try:
        with _opened(path, name) as image:
            width, height = image.size
            if width * height > MAX_PIXELS:
                raise ToolError(
                    "PIXEL_LIMIT",
                    f"{name} is {width:,} x {height:,} px, {width * height / 1e6:,.0f} megapixels; "
                    f"the limit is {MAX_PIXELS // 10**6} megapixels.",
                    "Ask for a smaller picture, or for a part of it.",
                )
            image.load()
            exif, info = image.getexif(), dict(image.info)
            orientation = exif.get(ORIENTATION, 1)
            upright = ImageOps.exif_transpose(image)
            return Picture(
                name=name,
                image=upright,
                format="JPEG" if image.format == "MPO" else str(image.format),
                num_frames=_num_frames(image),  # last, for it may change what image shows
                orientation=orientation if orientation in range(2, 9) else 1,
                exif=exif,
                info=info,
            )
    except DAMAGE as error:
        raise ToolError(
            "DAMAGED_IMAGE", f"{name} is damaged and cannot be read: {_reason(error)}.", "Ask for the file again."
        ) from error


def to_rgb(image: Image.Image) -> Image.Image:
    """8-bit colours as on a white page: what is transparent becomes white, and deep greys are scaled to 0 to 255."""
    if image.mode in DEEP_MODES:
        values = np.asarray(image).astype(np.float32)
        top = 65535.0 if image.mode.startswith("I;16") or values.max() > 255 else 255.0
        return Image.fromarray(np.clip(values * (255.0 / top), 0, 255).astype(np.uint8)).convert("RGB")
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        layer = image.convert("RGBA")
        page = Image.new("RGBA", layer.size, "white")
        return Image.alpha_composite(page, layer).convert("RGB")
    return image.convert("RGB")


def to_grey(image: Image.Image) -> Grey:
    """Grey values [H, W] in the picture's own scale: 0 to 255, or to 65535 where it has 16 bits. Colours become luma
    (ITU-R 601)."""
    if image.mode in DEEP_MODES:
        return np.asarray(image).astype(np.float32)
    if image.mode == "L" and "transparency" not in image.info:
        return np.asarray(image).astype(np.float32)
    return np.asarray(to_rgb(image).convert("L")).astype(np.float32)


def region_box(
    picture: Picture, x: int, y: int, width: int | None, height: int | None
) -> tuple[int, int, int, int, tuple[str, ...]]:
    """left, top, width and height of a region inside the picture, and a warning if it was cut at the edge.

    None: up to the edge. ToolError OUT_OF_BOUNDS when it begins outside.
    """
    full_width, full_height = picture.image.size
    if x >= full_width or y >= full_height:
        raise ToolError(
            "OUT_OF_BOUNDS",
            f"The region begins at ({x}, {y}), outside the picture. The picture is {picture.size_text}.",
            f"x must be below {full_width} and y below {full_height}.",
        )
    kept_width = min(width if width is not None else full_width, full_width - x)
    kept_height = min(height if height is not None else full_height, full_height - y)
    if (width is None or kept_width == width) and (height is None or kept_height == height):
        return x, y, kept_width, kept_height, ()
    said = f"The region went over the edge of the picture ({picture.size_text}) and was cut to "
    return x, y, kept_width, kept_height, (f"{said}{kept_width} x {kept_height} px.",)


@contextmanager
def _opened(path: Path, name: str) -> Iterator[Image.Image]:
    """With the header read and nothing decoded. Pillow's own limit, which names no size, makes way for ours; it goes
    on holding for what comes later in the file."""
    limit, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about odd metadata, which is not needed to read the pixels
            with Image.open(path, formats=FORMATS) as image:
                Image.MAX_IMAGE_PIXELS = MAX_PIXELS
                yield image
    except PIL.UnidentifiedImageError as error:
        what = "is empty" if path.stat().st_size == 0 else "is not a picture that can be read"
        raise ToolError("NOT_AN_IMAGE", f"{name} {what}.", "The formats are PNG, JPEG, WebP, GIF and BMP.") from error
    finally:
        Image.MAX_IMAGE_PIXELS = limit


def _num_frames(image: Image.Image) -> int:
    """1 where a later frame is damaged: only the first one is used."""
    try:
        return int(getattr(image, "n_frames", 1))
    except DAMAGE:
        return 1


def _reason(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:120].rstrip(".")
