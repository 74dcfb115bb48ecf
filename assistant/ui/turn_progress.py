"""Between the events of a turn: what it says of its own progress, looked at now and then."""

from time import perf_counter

from assistant.progress import Progressing
from assistant.ui.answer import Answer

INTERVAL_S = 0.2  # a stage's numbers are for people; more often only costs the browser a redraw


class ProgressWatch:
    """Used from the event loop only."""

    def __init__(self, turn: Progressing) -> None:
        self._turn = turn
        self._next_at = 0.0

    def look(self, answer: Answer) -> bool:
        """Writes the progress into the answer, at most every INTERVAL_S; whether it has changed."""
        if answer.end is not None or perf_counter() < self._next_at:
            return False
        self._next_at = perf_counter() + INTERVAL_S
        before, answer.progress = answer.progress, self._turn.progress()
        return answer.progress != before
