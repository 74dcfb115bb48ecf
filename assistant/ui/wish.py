"""What a button of the page asks for, as far as it makes sense. The browser's words are looked at here only."""

from dataclasses import dataclass
from typing import Any, Literal, TypeGuard, get_args

What = Literal["new", "open", "retry", "edit", "undo", "go_on", "choose", "like"]
VALUES: dict[str, tuple[int, ...]] = {"choose": (-1, 1), "like": (-1, 0, 1)}
MAX_ADDRESS_LENGTH = 200


@dataclass(frozen=True, slots=True)
class Wish:
    """turn: counts those that are shown, from 0. conversation: an address. value: a step to another version, or an
    opinion."""

    what: What
    turn: int = 0
    conversation: str = ""
    value: int = 0


def read_wish(given: Any, num_turns: int) -> Wish | None:
    """None for what is no wish, or is about a turn that is not there."""
    if not isinstance(given, dict) or given.get("what") not in get_args(What):
        return None
    what: What = given["what"]
    if what == "new":
        return Wish(what)
    if what == "open":
        address = given.get("conversation")
        return Wish(what, conversation=address[:MAX_ADDRESS_LENGTH]) if isinstance(address, str) else None
    if what == "go_on":
        return Wish(what, turn=num_turns - 1) if num_turns else None
    turn, value = given.get("turn"), given.get("value", 0)
    if not _is_number(turn) or not 0 <= turn < num_turns or not _is_number(value):
        return None
    return Wish(what, turn, value=value) if value in VALUES.get(what, (0,)) else None


def _is_number(value: Any) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)
