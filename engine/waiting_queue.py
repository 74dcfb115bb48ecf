"""Who waits for the model: one line per session, served in turn, so that a long line holds up nobody else."""

from collections import OrderedDict, deque
from collections.abc import Mapping

from engine.sequence import Sequence


class WaitingQueue:
    """The lines are in the order in which they were served: the one that has waited longest is first.

    num_tokens: of the prompts that wait.
    """

    def __init__(self) -> None:
        self._lines: OrderedDict[str, deque[Sequence]] = OrderedDict()
        self.num_sequences = 0
        self.num_tokens = 0

    def append(self, sequence: Sequence) -> None:
        self._lines.setdefault(sequence.session, deque()).append(sequence)
        self._count(sequence, 1)

    def put_back(self, sequence: Sequence) -> None:
        """It has run already: to the head of its line, and its line before the others."""
        self._lines.setdefault(sequence.session, deque()).appendleft(sequence)
        self._lines.move_to_end(sequence.session, last=False)
        self._count(sequence, 1)

    def first(self, num_running: Mapping[str, int]) -> Sequence | None:
        """The head of a line: of the session with the fewest running, and of these the one served longest ago."""
        if not self._lines:
            return None
        return self._lines[min(self._lines, key=lambda session: num_running[session])][0]

    def places(self, num_running: Mapping[str, int]) -> dict[int, int]:
        """Sequence id -> its place, from 1: the order in which all would be served if nothing ended or came."""
        waiting = [
            (num_running[session] + number, number, line_number, sequence.id)
            for line_number, (session, line) in enumerate(self._lines.items())
            for number, sequence in enumerate(line)
        ]
        return {sequence_id: place for place, (*_, sequence_id) in enumerate(sorted(waiting), start=1)}

    def serve(self, sequence: Sequence) -> None:
        """It runs now; its session's turn comes after all others'."""
        self._lines.move_to_end(sequence.session)
        self.remove(sequence)

    def remove(self, sequence: Sequence) -> None:
        line = self._lines[sequence.session]
        line.remove(sequence)
        if not line:
            del self._lines[sequence.session]
        self._count(sequence, -1)

    def _count(self, sequence: Sequence, change: int) -> None:
        self.num_sequences += change
        self.num_tokens += change * sequence.num_prompt_tokens
