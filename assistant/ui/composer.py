"""The row of files above the box: what the page gets to draw it, and what it sends back with a question."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from assistant.attachments.attachment import Attachment
from assistant.ui.render import file_size
from assistant.ui.strings import Words

MAX_SAMPLING_RATE_HZ = 1e9
WORDS = ("cancel_edit", "attached_files", "drop_here", "sampling_rate", "no_rate", "no_rate_means")
WORDS_WITH_A_NAME = ("remove_file", "sampling_rate_of", "rate_needed", "upload_failed")  # the page replaces {name}


@dataclass(frozen=True, slots=True)
class SentFiles:
    """files: ids and sampling rates in Hz. is_pending: one is still on its way.

    without_rate: ids of those of which a person has said that no sampling rate is to be given.
    editing: number of the turn whose question this takes the place of.
    """

    files: tuple[tuple[str, float | None], ...]
    is_pending: bool
    without_rate: frozenset[str] = frozenset()
    editing: int | None = None


def composer(
    address: str, max_bytes: int, attachments: Sequence[Attachment], words: Words, editing: int | None = None
) -> dict[str, Any]:
    """address: where files are sent to. attachments: of the question of the turn that is edited."""
    too_large = words("file_too_large", name="{name}", size="{size}", limit=file_size(max_bytes))
    return {
        "address": address,
        "max_bytes": max_bytes,
        "files": [file_chip(attachment, was_sent=True) for attachment in attachments],
        "pending": 0,
        "editing": editing,
        "words": words.several(*WORDS)
        | {"editing": words("editing", number="{number}")}
        | {key: words(key, name="{name}") for key in WORDS_WITH_A_NAME}
        | {"file_too_large": too_large},
    }


def file_chip(attachment: Attachment, *, was_sent: bool = False) -> dict[str, Any]:
    asks_rate = _asks_rate(attachment)
    return {
        "id": attachment.id,
        "name": attachment.name,
        "kind": attachment.kind,
        "size": file_size(attachment.num_bytes),
        "asks_rate": asks_rate,
        "sampling_rate": attachment.sampling_rate,
        "has_no_rate": asks_rate and was_sent and attachment.sampling_rate is None,
    }


def lacks_rate(attachment: Attachment, sent: SentFiles) -> bool:
    """A signal whose sampling rate nobody gave, and of which nobody has said that it is to go without."""
    is_given = attachment.sampling_rate is not None or attachment.id in sent.without_rate
    return _asks_rate(attachment) and not is_given


def _asks_rate(attachment: Attachment) -> bool:
    return attachment.kind == "signal" and not attachment.has_own_rate


def sent_files(value: Any) -> SentFiles:
    """The page's words, so only as far as they make sense; what a file is, the server knows by its id."""
    if not isinstance(value, dict):
        return SentFiles((), is_pending=False)
    files = [file for file in value.get("files") or () if isinstance(file, dict)]
    rated = tuple((str(file.get("id")), _sampling_rate(file.get("sampling_rate"))) for file in files)
    without_rate = frozenset(str(file.get("id")) for file in files if file.get("has_no_rate") is True)
    return SentFiles(rated, bool(value.get("pending")), without_rate, _turn_number(value.get("editing")))


def _turn_number(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _sampling_rate(value: Any) -> float | None:
    is_rate = isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= MAX_SAMPLING_RATE_HZ
    return float(value) if is_rate else None
