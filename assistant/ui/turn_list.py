"""What the page knows of the turns that it shows, to draw what can be done with each of them."""

from typing import Any

from assistant.events import Finished
from assistant.turn_marks import turn_marks
from assistant.ui.chat import Chat, Desk


def turn_list(desk: Desk, chat: Chat) -> dict[str, Any]:
    marks = turn_marks(desk.database, chat.conversation_id)
    last = desk.store.tree.find(marks[-1].turn_id) if marks else None
    end = last.events[-1] if last and last.events else None
    was_cut = isinstance(end, Finished) and end.reason == "length"
    return {
        "conversation": chat.address,
        "num_turns": len(marks),
        "is_begun": bool(marks) or chat.taken_back is not None,
        "is_busy": chat.is_busy,
        "turns": [
            {
                "index": mark.place,
                "count": mark.num_versions,
                "feedback": mark.feedback,
                "can_go_on": was_cut and mark is marks[-1],
            }
            for mark in marks
        ],
    }
