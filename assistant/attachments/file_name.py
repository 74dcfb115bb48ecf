"""The name of a sent file, made fit to be read: it is shown to people and never used as a path."""

import unicodedata

MAX_LENGTH = 80


def shown_name(name: str) -> str:
    """Without folders, and without characters that are invisible or turn the direction of the text around."""
    last = name.replace("\\", "/").rpartition("/")[2]
    visible = "".join(c for c in last if c == " " or unicodedata.category(c)[0] not in "CZ").strip()
    if len(visible) <= MAX_LENGTH:
        return visible or "file"
    head, dot, suffix = visible.rpartition(".")
    end = f"…{dot}{suffix}" if head and len(suffix) <= 10 else "…"
    return visible[: MAX_LENGTH - len(end)] + end
