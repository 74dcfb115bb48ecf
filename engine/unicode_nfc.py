"""Unicode's normal form C in linear time.

unicodedata orders the marks after a letter by insertion, so 20,000 of them take ten seconds. Long runs are put in
canonical order here first, by a stable sort on their combining class, which is what the standard asks for.
"""

import re
import unicodedata

_LONG_RUN = 32


def nfc(text: str) -> str:
    if text.isascii():
        return text
    marks = "".join(sorted(character for character in set(text) if _is_mark(character)))
    if marks:
        text = re.sub(f"[{marks}]{{{_LONG_RUN},}}", _in_canonical_order, text)
    return unicodedata.normalize("NFC", text)


def _is_mark(character: str) -> bool:
    """Also of U+0F73 and its like, which are no marks themselves but decompose into some."""
    return unicodedata.combining(unicodedata.normalize("NFD", character)[0]) != 0


def _in_canonical_order(run: re.Match[str]) -> str:
    marks = "".join(unicodedata.normalize("NFD", character) for character in run[0])
    return "".join(sorted(marks, key=unicodedata.combining))
