"""Text out of a person's file, within limits, and a few lines of it: as the model is told them and as a picture."""

import unicodedata
from collections.abc import Sequence
from html import escape
from pathlib import Path

from assistant.tools.result import ToolError

MAX_TEXT_BYTES = 20_000_000

WIDTH, LINE_HEIGHT, FONT_SIZE, MARGIN = 640, 22, 15, 10
MAX_LINES, MAX_COLUMNS = 8, 68
INK = "#44403A"


def unreadable(sentence: str) -> ToolError:
    """Why a file cannot be read; the sentence goes on after the name of the file and a colon."""
    return ToolError("unreadable", sentence)


def read_text(path: Path, what: str, max_bytes: int = MAX_TEXT_BYTES) -> str:
    """what: of the sentence `The WHAT is damaged`. ToolError when it is too large or no text."""
    size = path.stat().st_size
    if size > max_bytes:
        raise unreadable(
            f"The {what} has {size / 1e6:,.1f} MB; at most {max_bytes / 1e6:,.0f} can be read: attach a part of it."
        )
    content = path.read_bytes()
    encoding = "utf-16" if content.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        place = f"byte {error.start + 1:,} is no character of it"
        raise unreadable(f"The {what} is not UTF-8 text: {place}. Save it as UTF-8 and attach that.") from error
    if (zero := text.find("\0")) >= 0:
        raise unreadable(f"The {what} holds a zero byte at character {zero + 1:,}, so it is no text: attach another.")
    return text


def visible(line: str) -> str:
    """Without characters that are invisible or turn the direction of the text around."""
    return "".join(c for c in line.expandtabs(4) if unicodedata.category(c)[0] != "C").rstrip()


def counted(number: int, noun: str, nouns: str = "") -> str:
    return f"{number:,} {noun if number == 1 else nouns or noun + 's'}"


def span(numbers: Sequence[int]) -> str:
    """`12-38`, or `12` when all are the same."""
    low, high = min(numbers), max(numbers)
    return f"{low:,}" if low == high else f"{low:,}-{high:,}"


def lines_svg(lines: Sequence[str]) -> str:
    """The first lines as a picture."""
    shown = [visible(line)[: MAX_COLUMNS + 1] for line in lines[:MAX_LINES]]
    shown = [line if len(line) <= MAX_COLUMNS else line[: MAX_COLUMNS - 1] + "…" for line in shown]
    height = LINE_HEIGHT * max(len(shown), 1) + MARGIN
    texts = "".join(
        f'<text x="{MARGIN}" y="{LINE_HEIGHT * (place + 1)}" xml:space="preserve">{escape(line)}</text>'
        for place, line in enumerate(shown)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}">'
        f'<g fill="{INK}" font-family="ui-monospace, monospace" font-size="{FONT_SIZE}">{texts}</g></svg>'
    )
