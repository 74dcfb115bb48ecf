"""The line that follows a turn through its stages."""

import pytest

from assistant.attachments.attachment import MediaCount
from assistant.events import Finished, PromptMedia, Reading, Text, Thinking, ToolFinished, ToolStarted
from assistant.progress import ReadingProgress
from assistant.ui.answer import Answer
from assistant.ui.status_line import status_line
from assistant.ui.strings import Words
from assistant.ui.turn_progress import ProgressWatch
from engine.messages import StreamProgress

EN, ZH = Words("en"), Words("zh")
PICTURES = (PromptMedia((MediaCount("image", 12, 3_000),)),)
MIXED = (PromptMedia((MediaCount("image", 1, 300), MediaCount("signal", 1, 30))),)
THOUGHT, ANSWERED = (Thinking("Hm."),), (Thinking("Hm."), Text("So."))
STARTED = ToolStarted("c1", "pick_phases", {})
WRITING = StreamProgress("writing", num_generated=1_812, tokens_per_s=38.4)


def line(progress, *events, words=EN):
    answer = Answer.of((float(at_s), event) for at_s, event in enumerate(events))
    answer.progress = progress
    return status_line(answer, words)


@pytest.mark.parametrize(
    ("progress", "events", "english", "chinese"),
    [
        (None, (), ("Reading", ""), ("正在阅读", "")),
        (None, (Reading("gel.png"),), ("Reading gel.png …", ""), ("正在读取 gel.png ……", "")),
        (
            ReadingProgress("run.mp4", 48, 96),
            (Reading("run.mp4"),),
            ("Decoding run.mp4", "48/96 frames"),
            ("正在解码 run.mp4", "48/96 帧"),
        ),
        (StreamProgress("queued", place=2), (), ("Queued", "2nd"), ("正在排队", "第 2 位")),
        (StreamProgress("queued", place=11), (), ("Queued", "11th"), ("正在排队", "第 11 位")),
        (StreamProgress("queued", place=23), (), ("Queued", "23rd"), ("正在排队", "第 23 位")),
        (StreamProgress("queued"), (), ("Reading", ""), ("正在阅读", "")),
        (
            StreamProgress("encoding", num_done=3, num_total=12),
            PICTURES,
            ("Encoding 12 pictures", "3/12"),
            ("正在编码 12 张图片", "3/12"),
        ),
        (
            StreamProgress("encoding", num_done=1, num_total=1),
            (PromptMedia((MediaCount("video", 1, 300),)),),
            ("Encoding 1 video", ""),
            ("正在编码 1 段视频", ""),
        ),
        (
            StreamProgress("encoding", num_done=1, num_total=2),
            MIXED,
            ("Encoding attachments", "1/2"),
            ("正在编码 附件", "1/2"),
        ),
        (
            StreamProgress("reading", num_done=41, num_total=100),
            (),
            ("Reading the prompt", "41 %"),
            ("正在阅读提示", "41 %"),
        ),
        (WRITING, THOUGHT, ("Thinking", "1,812 tok at 38 tok/s"), ("正在思考", "1,812 tok，38 tok/s")),
        (
            StreamProgress("writing", num_generated=1),
            THOUGHT,
            ("Thinking", "1 tok"),
            ("正在思考", "1 tok"),
        ),
        (WRITING, ANSWERED, ("Answering", "38 tok/s"), ("正在回答", "38 tok/s")),
        (WRITING, (), ("Writing", "1,812 tok at 38 tok/s"), ("正在书写", "1,812 tok，38 tok/s")),
        (StreamProgress("released"), (*THOUGHT, STARTED), ("Running pick_phases", ""), ("正在运行 pick_phases", "")),
        (
            StreamProgress("reading", num_done=5, num_total=10),
            (*THOUGHT, STARTED, ToolFinished("c1", True, "2 picks", (), 0.1)),
            ("Reading the prompt", "50 %"),
            ("正在阅读提示", "50 %"),
        ),
    ],
)
def test_every_stage_has_its_words_and_its_numbers(progress, events, english, chinese):
    assert line(progress, *events) == english
    assert line(progress, *events, words=ZH) == chinese


class Asked:
    """A turn that counts how often it is asked."""

    def __init__(self):
        self.num_asked = 0

    def progress(self):
        self.num_asked += 1
        return StreamProgress("reading", num_done=self.num_asked, num_total=100)


def test_a_turn_is_asked_at_most_five_times_a_second(monkeypatch):
    clock = 0.0
    monkeypatch.setattr("assistant.ui.turn_progress.perf_counter", lambda: clock)
    turn, answer = Asked(), Answer()
    watch = ProgressWatch(turn)

    changes = 0
    for clock in [number / 100 for number in range(100)]:  # noqa: B007 - perf_counter reads it
        changes += watch.look(answer)

    assert turn.num_asked == changes == 5
    assert answer.progress.num_done == 5


def test_a_turn_that_has_ended_is_not_asked():
    turn, answer = Asked(), Answer(end=Finished("stop", (), 1.0))

    assert not ProgressWatch(turn).look(answer)
    assert turn.num_asked == 0
