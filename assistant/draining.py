"""The polite end of the app: no new question, time for the answers that have begun, then a sentence for the rest."""

import logging
import threading
from collections.abc import Callable
from time import monotonic, sleep

from assistant.model_slot import ModelSlot
from assistant.ui.live_turns import LiveTurns

STEP_S = 5.0  # for the model's step in progress, which nothing interrupts
LAST_WORDS_S = 1.0  # for the pages, to show the end of their answer and why it ends


class Draining:
    """drain_model: refuses what is new and returns when nothing is answered any more, at the latest after so many
    seconds and the step in progress. on_end is called last. Answers that call a tool go on with the model after it."""

    def __init__(
        self,
        slot: ModelSlot,
        turns: LiveTurns,
        seconds: float,
        drain_model: Callable[[float], None],
        on_end: Callable[[], None],
    ) -> None:
        self._slot = slot
        self._turns = turns
        self._seconds = seconds
        self._drain_model = drain_model
        self._on_end = on_end

    def begin(self) -> None:
        """Returns at once; may be called in a signal handler."""
        self._slot.drain()
        threading.Thread(target=self._drain, name="draining", daemon=True).start()

    def _drain(self) -> None:
        deadline = monotonic() + self._seconds
        if num_turns := len(self._turns):
            logging.getLogger(__name__).warning(
                "%d answer(s) may go on for %g s; a second signal ends them at once", num_turns, self._seconds
            )
        self._turns.wait_for_none(self._seconds)
        closing = threading.Thread(target=self._drain_model, args=[max(0.0, deadline - monotonic())], daemon=True)
        closing.start()
        closing.join(max(0.0, deadline - monotonic()) + STEP_S)
        if num_turns:
            sleep(LAST_WORDS_S)
        self._on_end()
