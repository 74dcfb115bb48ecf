import threading
from dataclasses import replace

import numpy as np
import pytest

from assistant.agent import Agent
from assistant.attachments.attachment import Attachment, AttachmentError, MediaCount, Question, Understood
from assistant.attachments.file_text import FileText
from assistant.attachments.reading_turn import ReadingTurn
from assistant.events import AttachmentRead, Failed, Finished, PromptMedia, Reading, Text
from assistant.stored_turn import StoredTurn
from assistant.turn_settings import TurnSettings
from engine.media import ImageInput, SignalInput
from engine.messages import Message
from engine.processors.settings import INTERN_S1_PRO
from engine.sampling_params import SamplingParams
from tests.assistant.fakes import FakeTools, ScriptedModel

GEL = Attachment("1" * 64, "gel.png", "image", 1000)
BLOT = Attachment("2" * 64, "blot.png", "image", 1000)
QUAKE = Attachment("3" * 64, "quake.npy", "signal", 1000)
SEQUENCES = Attachment("4" * 64, "globins.fasta", "sequence", 1000)
ITEMS = {
    GEL.id: ImageInput(np.zeros((256, 1536), np.uint8), (1, 16, 16), 64, (256, 256)),
    BLOT.id: ImageInput(np.zeros((512, 1536), np.uint8), (1, 16, 32), 128, (512, 256)),
    QUAKE.id: SignalInput(np.zeros((1000, 1), np.float32), 100.0, 24, 11),
    SEQUENCES.id: FileText("sequence", "4 protein sequences", (">A", "MVLSPADK" * 50), 500),
}


class FakeReader:
    """Knows the items above; is_read for those that were read before."""

    def __init__(self, *broken):
        self.broken = broken
        self.read_before = set()

    def is_read(self, conversation_id, attachment, settings):
        return attachment.id in self.read_before

    def read(self, conversation_id, attachment, settings, cancel):
        if attachment in self.broken:
            raise AttachmentError(f"{attachment.name} is damaged.")
        self.read_before.add(attachment.id)
        return ITEMS[attachment.id], understood(attachment)


class StallingReader(FakeReader):
    """Only a cancel ends its reading."""

    def __init__(self):
        super().__init__()
        self.is_reached = threading.Event()

    def read(self, conversation_id, attachment, settings, cancel):
        stopped = threading.Event()
        with cancel.interrupting(stopped.set):
            self.is_reached.set()
            stopped.wait()
        raise AttachmentError("stopped")


def understood(attachment):
    return Understood(
        attachment.id, f"{attachment.id}-{'0' * 16}", "a file", getattr(ITEMS[attachment.id], "num_tokens", 0)
    )


def turn_of(model, reader, question, earlier=()):
    agent = Agent(model, FakeTools(), "You help.", SamplingParams())
    return ReadingTurn(agent, reader, "conversation", earlier, question, TurnSettings(enable_thinking=False))


def model(*scripts):
    return ScriptedModel(*scripts, media=INTERN_S1_PRO)


def test_files_are_read_in_order_and_stand_before_the_text():
    scripted = model("Two files.")
    turn = turn_of(scripted, FakeReader(), Question("What is this?", (GEL, QUAKE)))

    events = list(turn)

    assert events[:5] == [
        Reading("gel.png"),
        AttachmentRead(understood(GEL)),
        Reading("quake.npy"),
        AttachmentRead(understood(QUAKE)),
        PromptMedia((MediaCount("image", 1, 64), MediaCount("signal", 1, 11))),
    ]
    told = scripted.conversations[0].messages[-1]
    assert told.content == (
        "[File gel.png: a file]\n",
        ITEMS[GEL.id],
        "[File quake.npy: a file]\n",
        ITEMS[QUAKE.id],
        "What is this?",
    )
    assert turn.new_messages == (Message("assistant", "Two files."),)


def test_a_question_without_files_is_plain_text():
    scripted = ScriptedModel("Hello.")

    events = list(turn_of(scripted, FakeReader(), Question("Hi")))

    assert events[0] == Text("Hello.")
    assert scripted.conversations[0].messages[-1].content == "Hi"


def test_files_without_a_word_are_a_question_too():
    scripted = model("A gel.")

    list(turn_of(scripted, FakeReader(), Question("", (GEL,))))

    assert scripted.conversations[0].messages[-1].content == ("[File gel.png: a file]\n", ITEMS[GEL.id])


def test_a_text_only_model_is_told_what_it_can_read_before_the_question():
    scripted = ScriptedModel("Globins.")

    events = list(turn_of(scripted, FakeReader(), Question("What are these?", (SEQUENCES,))))

    told = replace(understood(SEQUENCES), description="a file; the model reads the first 2 of 500 lines")
    assert events[:2] == [Reading("globins.fasta"), AttachmentRead(told)]
    assert scripted.conversations[0].messages[-1].content == (
        f"[File globins.fasta: 4 protein sequences]\n>A\n{'MVLSPADK' * 50}\n"
        "[... 498 more lines; tools can read the whole file by its name]\n\nWhat are these?"
    )


def test_a_small_model_is_told_less_of_a_file():
    scripted = ScriptedModel("Globins.")
    scripted.max_model_len = 400

    list(turn_of(scripted, FakeReader(), Question("", (SEQUENCES,))))

    told = scripted.conversations[0].messages[-1].content
    assert len(told) < 300 and told.endswith("[... 499 more lines; tools can read the whole file by its name]")


def test_files_of_earlier_questions_are_told_again_and_counted():
    scripted = model("And another.")
    earlier = StoredTurn(Question("First", (GEL,)), (Message("assistant", "A gel."),), ())
    reader = FakeReader()
    reader.read_before.add(GEL.id)

    events = list(turn_of(scripted, reader, Question("Second", (BLOT,)), (earlier,)))

    assert events[:3] == [
        Reading("blot.png"),
        AttachmentRead(understood(BLOT)),
        PromptMedia((MediaCount("image", 2, 192),)),
    ]
    told = scripted.conversations[0].messages[1:]
    assert told == (
        Message("user", ("[File gel.png: a file]\n", ITEMS[GEL.id], "First")),
        Message("assistant", "A gel."),
        Message("user", ("[File blot.png: a file]\n", ITEMS[BLOT.id], "Second")),
    )


def test_what_has_to_be_read_again_is_shown_to_be_read():
    earlier = StoredTurn(Question("First", (GEL,)), (), ())

    events = list(turn_of(model("Yes."), FakeReader(), Question("Second"), (earlier,)))

    assert events[0] == Reading("gel.png")
    assert not any(isinstance(event, AttachmentRead) for event in events)


def test_a_file_that_cannot_be_read_ends_the_turn_with_its_sentence():
    scripted = model()
    turn = turn_of(scripted, FakeReader(QUAKE), Question("What?", (GEL, QUAKE)))

    events = list(turn)

    assert events[-1] == Failed("quake.npy is damaged.")
    assert AttachmentRead(understood(GEL)) in events
    assert turn.new_messages == () and scripted.conversations == []


@pytest.mark.parametrize("attachment", [GEL, QUAKE])
def test_a_model_that_cannot_read_it_is_not_asked(attachment):
    scripted = ScriptedModel()

    events = list(turn_of(scripted, FakeReader(), Question("What?", (attachment,))))

    assert events == [Failed(f"This model cannot read {attachment.name}. Begin a new chat without it.")]


def test_a_stop_while_a_file_is_read_is_a_stopped_answer():
    reader, scripted = StallingReader(), model()
    turn = turn_of(scripted, reader, Question("What?", (GEL,)))
    events = []
    thread = threading.Thread(target=lambda: events.extend(turn))
    thread.start()
    reader.is_reached.wait()

    turn.cancel()

    thread.join(timeout=5)
    assert not thread.is_alive()
    assert events[0] == Reading("gel.png")
    assert isinstance(events[-1], Finished) and events[-1].reason == "stopped"
    assert scripted.conversations == []


def test_leaving_the_iteration_stops_everything():
    scripted = model("A long answer.")
    turn = turn_of(scripted, FakeReader(), Question("What?", (GEL,)))
    events = iter(turn)
    next(events)

    events.close()

    assert scripted.conversations == []
