"""The same drawing for a dark page: every colour that would be too dark there is lightened, and keeps its hue."""

import re

BLACK, INK = "#000000", "#ECE8DF"  # bonds and carbons take the colour of the page's text
MIN_LUMINANCE = 0.35  # contrast of 6.6 to 1 against the page's dark surface, #1b1a18
_COLOUR = re.compile(r"#[0-9A-Fa-f]{6}\b")


def for_dark_page(svg: str) -> str:
    return _COLOUR.sub(lambda match: _lightened(match[0]), svg)


def _lightened(colour: str) -> str:
    """Mixed with just as much white as it takes; luminance is linear in linear light."""
    if colour == BLACK:
        return INK
    linear = [_to_linear(int(colour[i : i + 2], 16) / 255) for i in (1, 3, 5)]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    if luminance >= MIN_LUMINANCE:
        return colour
    white = (MIN_LUMINANCE - luminance) / (1 - luminance)
    return "#" + "".join(f"{round(255 * _from_linear(value + (1 - value) * white)):02X}" for value in linear)


def _to_linear(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else float(((value + 0.055) / 1.055) ** 2.4)


def _from_linear(value: float) -> float:
    return value * 12.92 if value <= 0.0031308 else float(1.055 * value ** (1 / 2.4) - 0.055)
