"""Read printed text in a picture."""

import logging
import warnings
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
from PIL import Image

from assistant.tools.base import Schema
from assistant.tools.images.drawing import box, reduced, to_png
from assistant.tools.images.reading import Picture, read_picture, region_box, to_rgb
from assistant.tools.optional import optional
from assistant.tools.parameters import FileName
from assistant.tools.result import ToolArtifact, ToolError, ToolResult
from assistant.tools.views import Cell, png, table

MAX_LINES = 500
MAX_SUMMARY = 1_450  # characters
MAX_SIDE = 2_000  # of what is read: the library reduces larger pictures to this
MAX_PIXELS = 1_600_000  # of what is read; a megapixel takes some 220 MB and a second
ENLARGED_SIDE = 736  # that the shorter side is enlarged to, for small print: what the detector was trained with
ENLARGED_PIXELS = 900_000
MAX_ENLARGEMENT = 4.0
DOUBTFUL = 0.8  # the score below which a line is named as doubtful
# One thread, models from the wheel (which are its defaults), no enlarging but ours, and silence.
PARAMETERS = {
    "Global.log_level": "critical",
    "EngineConfig.onnxruntime.intra_op_num_threads": 1,
    "EngineConfig.onnxruntime.inter_op_num_threads": 1,
    "Det.limit_type": "max",
    "Det.limit_side_len": MAX_SIDE,
    "Rec.rec_batch_num": 1,
}
Side = Annotated[int, Schema(minimum=1)]
Place = Annotated[int, Schema(minimum=0)]


@dataclass(frozen=True, slots=True)
class _TextLine:
    """Box in pixels of the whole picture. score: 0 to 1, the recogniser's own confidence."""

    text: str
    score: float
    left: float
    top: float
    width: float
    height: float


def read_text_in_image(
    file: FileName,
    x: Place | None = None,
    y: Place | None = None,
    width: Side | None = None,
    height: Side | None = None,
) -> ToolResult:
    """OCR of printed text (Chinese, English, digits) with positions.

    file: Name of a file attached to the conversation, exactly as listed
    x: Left, px
    y: Top, px
    width: px
    height: px
    """
    picture = read_picture(file)
    left, top, across, down, cut = region_box(picture, x or 0, y or 0, width, height)
    region = to_rgb(picture.image.crop((left, top, left + across, top + down)))
    scaled, factor = _scaled(region)
    lines = _in_reading_order(_recognised(np.asarray(scaled)[:, :, ::-1], left, top, factor))
    where = f"{file[:80]}, x {left} to {left + across}, y {top} to {top + down} px"
    if not lines:
        raise ToolError(
            "NO_TEXT", f"No text was found in {where}.", "Enlarge the part that has text with crop_image, then try it."
        )
    return ToolResult(
        summary=_summary(lines, where),
        artifacts=(_listed(lines, file), _overlay(picture, lines)),
        warnings=picture.notes + cut + _warnings(lines, factor),
        provenance={
            "library": f"rapidocr {_version()}",
            "method": "PP-OCRv6 small: detection and recognition, on one thread",
            "parameters": {"x": left, "y": top, "width": across, "height": down},
        },
    )


def _scaled(region: Image.Image) -> tuple[Image.Image, float]:
    """The region at the size at which it is read, and what its coordinates were multiplied by."""
    pixels = region.width * region.height
    factor = min(MAX_SIDE / max(region.size), (MAX_PIXELS / pixels) ** 0.5)
    wanted = min(ENLARGED_SIDE / min(region.size), (ENLARGED_PIXELS / pixels) ** 0.5, MAX_ENLARGEMENT)
    factor = min(factor, max(1.0, wanted))
    size = (max(1, round(region.width * factor)), max(1, round(region.height * factor)))
    return region.resize(size, Image.Resampling.BICUBIC, reducing_gap=3.0), factor


def _recognised(pixels: Any, left: int, top: int, factor: float) -> list[_TextLine]:
    """pixels [H, W, 3] in BGR, scaled by factor from a region that begins at (left, top). MemoryError."""
    rapidocr = optional("rapidocr")
    optional("onnxruntime")
    logging.getLogger("RapidOCR").setLevel(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of the library about its own dependencies
            found = rapidocr.RapidOCR(params=PARAMETERS)(np.ascontiguousarray(pixels))
    except Exception as error:  # onnxruntime has no type of its own for it
        if "bad_alloc" in str(error):
            raise MemoryError from error
        raise
    if found.txts is None or found.boxes is None:
        return []
    lines = []
    for text, score, corners in zip(found.txts, found.scores, found.boxes, strict=True):
        (x, y), (right, bottom) = np.min(corners, axis=0) / factor, np.max(corners, axis=0) / factor
        shown = " ".join("".join(c if c.isprintable() else " " for c in text).split())
        if shown:
            lines.append(_TextLine(shown, float(score), x + left, y + top, right - x, bottom - y))
    return lines


def _in_reading_order(lines: list[_TextLine]) -> list[_TextLine]:
    """From top to bottom, and from left to right where lines stand beside each other."""
    rows: list[list[_TextLine]] = []
    for line in sorted(lines, key=lambda line: line.top + line.height / 2):
        middle = line.top + line.height / 2
        if rows and abs(middle - (rows[-1][0].top + rows[-1][0].height / 2)) < 0.5 * min(
            line.height, rows[-1][0].height
        ):
            rows[-1].append(line)
        else:
            rows.append([line])
    return [line for row in rows for line in sorted(row, key=lambda line: line.left)]


def _summary(lines: list[_TextLine], where: str) -> str:
    """Each line with the middle of its box."""
    number = f"{len(lines)} lines" if len(lines) != 1 else "1 line"
    text = f"Read {number} of text in {where}. Each line, with the centre of its box in px:"
    for i, line in enumerate(lines):
        more = f'\n"{line.text}" ({line.left + line.width / 2:.0f}, {line.top + line.height / 2:.0f})'
        if len(text) + len(more) > MAX_SUMMARY:
            return f"{text}\n... and {len(lines) - i} more"
        text += more
    return text


def _warnings(lines: list[_TextLine], factor: float) -> tuple[str, ...]:
    said = [
        "Recognised by a model (PP-OCRv6), which confuses O with 0 and l with 1; it does not read drawn molecules, "
        "and a SMILES or a formula needs to be checked before it is used."
    ]
    if doubtful := [line.text for line in lines if line.score < DOUBTFUL]:
        shown = ", ".join(f'"{text[:40]}"' for text in doubtful[:5])
        said.append(f"{len(doubtful)} of the lines are doubtful (score below {DOUBTFUL:g}): {shown}.")
    if factor < 1:
        said.append(f"The picture was reduced to {100 * factor:.0f} % for reading; small text needs a smaller region.")
    return tuple(said)


def _listed(lines: list[_TextLine], file: str) -> ToolArtifact:
    names = ["text", "score", "left (px)", "top (px)", "width (px)", "height (px)"]
    rows: list[list[Cell]] = [
        [line.text, round(line.score, 3), round(line.left), round(line.top), round(line.width), round(line.height)]
        for line in lines[:MAX_LINES]
    ]
    return table("text.csv", names, rows, f"Text in {file}")


def _overlay(picture: Picture, lines: list[_TextLine]) -> ToolArtifact:
    shown, factor = reduced(to_rgb(picture.image))
    boxes = [box(line.left, line.top, line.width, line.height, line.text, factor) for line in lines[:MAX_LINES]]
    return png("text.png", to_png(shown), f"{picture.name} with the places of its text", boxes=boxes)


def _version() -> str:
    metadata = optional("importlib.metadata")
    return str(metadata.version("rapidocr"))
