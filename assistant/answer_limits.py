"""How many answers may be written or waiting at the same time: for one browser, and in all.

The engine's own queue comes after it. Here a question is refused before anything of it is read.
"""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Refusal:
    """code: a key of the page's words."""

    code: str
    count: int


@dataclass(frozen=True, slots=True)
class AnswerLimits:
    of_all: int = 64
    of_session: int = 4  # one that is written and three that wait

    def refusal(self, session_id: str, running: Sequence[str]) -> Refusal | None:
        """running: the session of each answer that is written or waits."""
        if (count := sum(owner == session_id for owner in running)) >= self.of_session:
            return Refusal("too_many_own", count)
        if len(running) >= self.of_all:
            return Refusal("too_many_all", len(running))
        return None
