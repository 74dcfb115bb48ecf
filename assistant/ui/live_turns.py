"""The turns that are being answered: to find one from any tab of its session, and to wait for all before the end."""

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # a live turn takes itself out
    from assistant.ui.live_turn import LiveTurn


class LiveTurns:
    """Callable from any thread."""

    def __init__(self) -> None:
        self._turns: dict[int, tuple[str, LiveTurn]] = {}  # by the turn's id, with its conversation
        self._asked: set[int] = set()  # the ids of turns whose answer has not begun
        self._change = threading.Condition()

    def __len__(self) -> int:
        return len(self._turns)

    def ask(self, turn_id: int) -> None:
        """Its answer is to begin as soon as a tab reads it."""
        with self._change:
            self._asked.add(turn_id)

    def is_asked(self, turn_id: int) -> bool:
        return turn_id in self._asked

    def take_asked(self, turn_id: int) -> bool:
        """Whether it was asked, and nobody else has taken it up."""
        with self._change:
            was_asked = turn_id in self._asked
            self._asked.discard(turn_id)
            return was_asked

    def add(self, conversation_id: str, turn_id: int, turn: "LiveTurn") -> None:
        with self._change:
            self._turns[turn_id] = (conversation_id, turn)

    def remove(self, turn_id: int) -> None:
        with self._change:
            del self._turns[turn_id]
            self._change.notify_all()

    def find(self, turn_id: int) -> "LiveTurn | None":
        with self._change:
            return self._turns[turn_id][1] if turn_id in self._turns else None

    def of_conversation(self, conversation_id: str) -> "list[LiveTurn]":
        with self._change:
            return [turn for of_id, turn in self._turns.values() if of_id == conversation_id]

    def conversation_ids(self) -> list[str]:
        """One for each turn."""
        with self._change:
            return [conversation_id for conversation_id, _ in self._turns.values()]

    def has(self, conversation_id: str) -> bool:
        return bool(self.of_conversation(conversation_id))

    def stop(self, conversation_id: str) -> None:
        for turn in self.of_conversation(conversation_id):
            turn.stop()

    def wait_for_none(self, timeout_s: float) -> bool:
        """Whether there is none in time."""
        with self._change:
            return self._change.wait_for(lambda: not self._turns, timeout_s)
