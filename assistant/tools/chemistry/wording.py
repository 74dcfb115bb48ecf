"""How lists and long texts are written in a summary."""

from collections.abc import Sequence

MAX_LISTED_LENGTH = 900  # of the 1,500 characters of a summary


def listed(entries: Sequence[str], total: int | None = None, max_length: int = MAX_LISTED_LENGTH) -> str:
    """Joined by commas, as many as fit; "and N more" for the rest of the total."""
    total = len(entries) if total is None else total
    shown: list[str] = []
    length = 0
    for entry in entries:
        length += len(entry) + 2
        if shown and length > max_length:
            break
        shown.append(cut(entry, max_length))
    rest = total - len(shown)
    return ", ".join(shown) + (f" and {rest:,} more" if rest else "")


def cut(text: str, max_length: int) -> str:
    """The beginning, with three dots where something is left out."""
    return text if len(text) <= max_length else f"{text[: max_length - 3]}..."
