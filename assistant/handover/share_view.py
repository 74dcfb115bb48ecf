"""What the page shows of sharing: the words of its dialogs, and a line for each link."""

from datetime import UTC, datetime
from typing import Any

from assistant.handover.facts import clock_time
from assistant.handover.file_names import stem_of
from assistant.handover.formats import FORMATS
from assistant.handover.record import Record
from assistant.handover.share_store import Share
from assistant.ui.strings import Words

DAYS = (1, 7, 30, 365)
WORDS = (
    *("export_title", "share_title", "share_thinking", "share_expiry", "share_publish", "share_link", "share_once"),
    *("share_copy", "share_list", "share_revoke", "share_revoked", "request_title", "handover_close"),
    *("handover_failed", "copy", "copied", "copy_failed", "export_preparing"),
)


def dialog_view(record: Record, words: Words) -> dict[str, Any]:
    num_files = sum(len(turn.files) for turn in record.turns)
    return {
        "title": record.title,
        "words": words.several(*WORDS) | {"share_what": words("share_what", number=len(record.turns))},
        "files": words("share_files", number=num_files) if num_files else "",
        "expiries": [
            [days, words("share_one_day") if days == 1 else words("share_days", number=days)] for days in DAYS
        ],
        "formats": [
            {
                "format": name,
                "label": words(f"export_{name}"),
                "about": words(f"export_{name}_about"),
                "name": f"{stem_of(record.title)}.{form.suffix}",
            }
            for name, form in FORMATS.items()
        ],
    }


def link_view(share: Share, words: Words) -> dict[str, Any]:
    what = {
        ("thinking", "files"): "share_with_all",
        ("thinking",): "share_with_thinking",
        ("files",): "share_with_files",
    }.get(share.includes, "share_with_answers")
    made, until = (clock_time(datetime.fromtimestamp(at, UTC)) for at in (share.created_at, share.expires_at))
    return {"id": share.id, "text": words("share_until", made=made, until=until, what=words(what))}
