"""Names of the files that are handed over: safe on every system, and still the words of a title."""

import re
import unicodedata
from urllib.parse import quote

from assistant.attachments.file_name import shown_name

MAX_STEM_LENGTH = 60
_UNSAFE = re.compile(r'[\\/:*?"<>|\s]+')
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)  # Windows


def stem_of(title: str) -> str:
    """`Draw caffeine, now!` -> `Draw-caffeine,-now!`; never empty, never a path, never hidden."""
    visible = "".join(" " if unicodedata.category(c)[0] in "CZ" else c for c in unicodedata.normalize("NFC", title))
    stem = _UNSAFE.sub("-", visible).strip("-.")[:MAX_STEM_LENGTH].strip("-.")
    return f"_{stem}" if _RESERVED.fullmatch(stem) else stem or "conversation"


def file_stem(name: str) -> str:
    """The name of a file inside an archive: as people know it, without what an unpacking program could trip over."""
    safe = _UNSAFE.sub("_", shown_name(name)).lstrip(".-")
    return f"_{safe}" if _RESERVED.fullmatch(safe) else safe or "file"


def attachment_header(name: str) -> str:
    """Content-Disposition of a download, whatever letters the name has."""
    return f"attachment; filename*=UTF-8''{quote(name, safe='')}"


class Names:
    """Gives each name once: `a.csv`, `a-2.csv`. Names that differ in their case only are the same on some systems."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def take(self, name: str) -> str:
        head, dot, suffix = name.rpartition(".")
        stem, end = (head, dot + suffix) if head else (name, "")
        given, number = name, 1
        while given.casefold() in self._taken:
            number += 1
            given = f"{stem}-{number}{end}"
        self._taken.add(given.casefold())
        return given
