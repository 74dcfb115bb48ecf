"""What an owner asks for when a conversation is shared: checked at the door."""

import json
from dataclasses import dataclass
from typing import Any, get_args

from assistant.handover.share_store import Include
from assistant.ui.strings import Words

MAX_DAYS = 365
INCLUDES: tuple[Include, ...] = get_args(Include)


class BadWish(ValueError):
    """One sentence for a person."""


@dataclass(frozen=True, slots=True)
class ShareWish:
    days: int
    includes: tuple[Include, ...]


def share_wish(body: bytes, words: Words) -> ShareWish:
    """The body is {"expires_in_days": 7, "includes": ["thinking", "files"]}. BadWish."""
    try:
        given = json.loads(body)
    except (ValueError, RecursionError):
        given = None
    if not isinstance(given, dict):
        raise BadWish(words("share_no_object"))
    for name in given:
        if name not in ("expires_in_days", "includes"):
            raise BadWish(words("share_unknown_field", name=_shown(name)))
    days, includes = given.get("expires_in_days"), given.get("includes", [])
    if isinstance(days, bool) or not isinstance(days, int) or not 1 <= days <= MAX_DAYS:
        raise BadWish(words("share_days_wrong", value=_shown(days), limit=MAX_DAYS))
    if not isinstance(includes, list) or any(include not in INCLUDES for include in includes):
        raise BadWish(words("share_includes_wrong", value=_shown(includes)))
    return ShareWish(days, tuple(include for include in INCLUDES if include in includes))


def _shown(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)[:60]
