import threading

import pytest

from assistant.draining import Draining
from assistant.model_slot import ModelSlot
from assistant.ui.live_turns import LiveTurns


class Drained:
    """What was done to end an app, in order."""

    def __init__(self, seconds, num_turns=0):
        self.slot, self.turns, self.deeds = ModelSlot("nano"), LiveTurns(), []
        self._has_ended = threading.Event()
        for number in range(num_turns):
            self.turns.add("a conversation", number, None)
        self.draining = Draining(self.slot, self.turns, seconds, self._drain_model, self._end)

    def wait_for_end(self):
        assert self._has_ended.wait(timeout=30)

    def _drain_model(self, seconds):
        self.deeds.append(("model", seconds > 0))
        for number in range(len(self.turns)):
            self.turns.remove(number)

    def _end(self):
        self.deeds.append("end")
        self._has_ended.set()


def test_turns_end_before_the_model_is_drained():
    app = Drained(seconds=600, num_turns=1)

    app.draining.begin()

    assert app.slot.is_draining
    assert app.deeds == []
    app.turns.remove(0)
    app.wait_for_end()
    assert app.deeds == [("model", True), "end"]


def test_turns_that_take_too_long_are_cut_off_by_the_model(caplog):
    app = Drained(seconds=0.05, num_turns=2)

    app.draining.begin()

    app.wait_for_end()
    assert app.deeds == [("model", False), "end"]
    assert "2 answer(s) may go on for 0.05 s; a second signal ends them at once" in caplog.text


def test_a_step_that_does_not_end_does_not_hold_up_the_end(monkeypatch):
    monkeypatch.setattr("assistant.draining.STEP_S", 0.05)
    has_ended, step = threading.Event(), threading.Event()
    draining = Draining(ModelSlot("nano"), LiveTurns(), 0, lambda seconds: step.wait(), has_ended.set)

    draining.begin()

    assert has_ended.wait(timeout=30)
    step.set()


@pytest.mark.parametrize("seconds", [0, 600])
def test_an_idle_app_ends_at_once(seconds):
    app = Drained(seconds)

    app.draining.begin()

    app.wait_for_end()
    assert app.deeds[-1] == "end"
