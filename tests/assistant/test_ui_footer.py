"""Below an answer: how it was stopped, what the cache saved, how full the conversation is, where time went."""

import pytest

from assistant.events import AttachmentRead, Finished, Reading, Text, Thinking, ToolFinished, ToolStarted
from assistant.ui.answer import Answer
from assistant.ui.footer import context_view, footer_line, footer_view, stage_rows
from assistant.ui.strings import Words
from engine.messages import Usage
from tests.assistant.attachments.test_reading_turn import GEL, understood

EN, ZH = Words("en"), Words("zh")
USAGE = Usage(100, 21, 0.5, 2.0, cached_tokens=60, queue_s=0.1, encode_s=0.25)


def test_a_stop_says_that_the_slot_is_free_when_the_model_said_so():
    told, untold = Finished("stopped", (), 1.0, released_s=0.12), Finished("stopped", (), 1.0)

    assert footer_line(told, EN).endswith(" · stopped in 0.1 s, slot free")
    assert footer_line(told, ZH).endswith(" · 0.1 秒内停止，位置已空出")
    assert footer_line(untold, EN).endswith(" · stopped")


def test_the_cached_share_is_of_the_prompts_of_all_calls():
    usages = (Usage(100, 5, 0.1, 0.1, cached_tokens=0), Usage(300, 5, 0.1, 0.1, cached_tokens=280))

    assert "70 % of the prompt cached" in footer_line(Finished("stop", usages, 1.0), EN)


@pytest.mark.parametrize(
    ("num_tokens", "percent", "is_tight"), [(1, 1, False), (59, 79, False), (60, 80, True), (80, 100, True)]
)
def test_the_context_meter_warns_from_80_percent(num_tokens, percent, is_tight):
    end = Finished("stop", (Usage(10, 5, 0.1, 0.1), Usage(19 + num_tokens, 1, 0.1, 0.1)), 1.0, context_limit=100)
    if num_tokens == 1:
        end = Finished("stop", (Usage(1, 0, 0.1, 0.1),), 1.0, context_limit=100)

    view = context_view(end, EN)

    assert (view["percent"], view["text"], bool(view["warning"])) == (percent, f"context {percent} %", is_tight)
    assert f"of the 100 tokens that this model can hold in one conversation are used: {percent} %" in view["in_words"]


def test_there_is_no_meter_where_no_model_was_asked_or_its_limit_is_unknown():
    assert context_view(Finished("stopped", (), 1.0, context_limit=100), EN) is None
    assert context_view(Finished("stop", (USAGE,), 1.0), EN) is None


def test_every_stage_that_took_time_has_its_seconds():
    events = [
        (0.0, Reading("gel.png")),
        (0.4, AttachmentRead(understood(GEL))),
        (1.0, Thinking("Hm.")),
        (2.5, ToolStarted("c1", "draw", {})),
        (2.8, ToolFinished("c1", True, "Drawn.", (), 0.3)),
        (3.0, Text("So.")),
        (4.0, end := Finished("stop", (USAGE, USAGE), 4.0)),
    ]

    rows = stage_rows(Answer.of(events), end, EN)

    assert rows == [
        ["reading files", "0.40 s"],
        ["in the queue", "0.20 s"],
        ["encoding media", "0.50 s"],
        ["reading the prompt", "0.30 s"],
        ["writing", "4.00 s"],
        ["of that, thinking", "1.50 s"],
        ["tools", "0.30 s"],
        ["all together", "4.00 s"],
    ]


def test_a_stage_that_took_no_time_is_left_out():
    view = footer_view(Answer(), Finished("stop", (Usage(5, 2, 0.2, 0.1),), 0.3), EN)

    assert [label for label, _ in view["stages"]] == ["reading the prompt", "writing", "all together"]
