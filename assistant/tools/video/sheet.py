"""Many frames in one picture, each with its time."""

import math

from PIL import Image, ImageDraw, ImageFont

from assistant.tools.video.frames import Frame

THUMBNAIL_PX = 320  # longest side
LABEL_SIZE = 14


def sheet_of(frames: list[Frame], times: list[float], columns: int) -> Image.Image:
    """Without gaps, so that a viewer can cut it into its frames again."""
    height, width, _ = frames[0].shape
    sheet = Image.new("RGB", (columns * width, math.ceil(len(frames) / columns) * height))
    font = ImageFont.load_default(LABEL_SIZE)
    for i, (frame, time_s) in enumerate(zip(frames, times, strict=True)):
        thumbnail = Image.fromarray(frame)
        _stamp_(thumbnail, f"{time_s:.2f} s", font)
        sheet.paste(thumbnail, (i % columns * width, i // columns * height))
    return sheet


def _stamp_(image: Image.Image, text: str, font: ImageFont.FreeTypeFont | ImageFont.ImageFont) -> None:
    draw = ImageDraw.Draw(image)
    left, top, right, bottom = draw.textbbox((4, image.height - LABEL_SIZE - 6), text, font=font)
    draw.rectangle((left - 3, top - 3, right + 3, bottom + 3), fill=(0, 0, 0))
    draw.text((4, image.height - LABEL_SIZE - 6), text, font=font, fill=(255, 255, 255))
