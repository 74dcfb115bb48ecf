"""Look closer at a part of a picture."""

from typing import Annotated

from PIL import Image

from assistant.tools.base import Schema
from assistant.tools.images.drawing import box, reduced, to_png
from assistant.tools.images.reading import PILLOW, read_picture, region_box, to_rgb
from assistant.tools.parameters import FileName
from assistant.tools.result import ToolError, ToolResult
from assistant.tools.views import png

MAX_RESULT_SIDE = 2048


def crop_image(
    file: FileName,
    x: Annotated[int, Schema(minimum=0)],
    y: Annotated[int, Schema(minimum=0)],
    width: Annotated[int, Schema(minimum=1)],
    height: Annotated[int, Schema(minimum=1)],
    zoom: Annotated[float, Schema(minimum=1, maximum=8)] = 2,
) -> ToolResult:
    """Crop a region and enlarge it so that details can be read.

    file: Name of a file attached to the conversation, exactly as listed
    x: Left, px
    y: Top, px
    width: px
    height: px
    zoom: Enlargement
    """
    picture = read_picture(file)
    left, top, across, down, warnings = region_box(picture, x, y, width, height)
    size = (max(1, round(across * zoom)), max(1, round(down * zoom)))
    if max(size) > MAX_RESULT_SIDE:
        largest = MAX_RESULT_SIDE / max(across, down)
        raise ToolError(
            "RESULT_TOO_LARGE",
            f"{across} x {down} px enlarged {zoom:g} times are {size[0]} x {size[1]} px; "
            f"the limit is {MAX_RESULT_SIDE} px a side.",
            f"Take zoom {int(largest * 10) / 10:g} at most."
            if largest >= 1
            else f"Take a region of {MAX_RESULT_SIDE} px a side at most.",
        )
    region = to_rgb(picture.image.crop((left, top, left + across, top + down)))
    enlarged = region.resize(size, Image.Resampling.LANCZOS)
    whole, factor = reduced(to_rgb(picture.image))
    where = f"x {left} to {left + across}, y {top} to {top + down} px"
    return ToolResult(
        summary=f"Cropped {file[:80]} to {where} ({across} x {down} px of {picture.size_text}), enlarged {zoom:g} "
        f"times to {size[0]} x {size[1]} px.",
        artifacts=(
            png("crop.png", to_png(enlarged), f"{file}, {where}, enlarged {zoom:g} times"),
            png(
                "crop_place.png",
                to_png(whole),
                f"Where the region lies in {file}",
                boxes=[box(left, top, across, down, "cropped region", factor)],
            ),
        ),
        warnings=picture.notes + warnings,
        provenance={
            "library": PILLOW,
            "method": "Lanczos resampling",
            "parameters": {"x": left, "y": top, "width": across, "height": down, "zoom": zoom},
        },
    )
