import pytest

from assistant import turn_log
from assistant.attachments.attachment import Question
from assistant.attachments.room import RoomLimits
from assistant.attachments.store import AttachmentStore
from assistant.conversations import ConversationStore
from assistant.data_folder import DataFolder
from assistant.events import Artifact, Failed, Finished, Text, Thinking, ToolFinished, ToolStarted
from assistant.turn_log import TurnLogs
from engine.messages import Message
from tests.browser.conftest import wait_until

PICTURE = Artifact("a1", "svg", "a.svg", "image/svg+xml", "<svg/>", "A picture", {})
STARTED = ToolStarted("call-1", "draw", {})
FINISHED = ToolFinished("call-1", True, "Drawn.", (PICTURE,), 0.1)


class Written:
    """One turn that is being written, and what of it is on disk."""

    def __init__(self, data, **limits):
        files = AttachmentStore(data.conversations, database=data.database, limits=RoomLimits(**limits))
        self.store = ConversationStore(data.database, files)
        self.conversation_id = self.store.create("my session")
        turn_id = self.store.ask(self.conversation_id, Question("Hi"), None)
        self.logs = TurnLogs(data.database, self.store)
        self.log = self.logs.open(self.conversation_id, turn_id)

    @property
    def turn(self):
        return self.store.turns(self.conversation_id)[0]


@pytest.fixture
def data(tmp_path):
    data = DataFolder(tmp_path)
    yield data
    data.close()


@pytest.fixture
def written(data):
    written = Written(data)
    yield written
    written.logs.close()


def test_words_are_on_disk_soon_after_they_were_said_and_as_few_events(written):
    for at_s, event in ((0.1, Thinking("Hm")), (0.2, Thinking(".")), (0.3, Text("Hel"))):
        written.log.add(at_s, event)

    wait_until(lambda: len(written.turn.events) == 2, timeout_s=5)

    assert written.turn.timed_events == ((0.1, Thinking("Hm.")), (0.3, Text("Hel")))
    assert written.turn.state == "running"


def test_what_is_written_in_pieces_is_whole_again_at_the_end(written):
    for piece in ("Hel", "lo", "."):
        written.log.add(0.1, Text(piece))
        written.log.flush()

    in_pieces = written.turn.events
    written.log.end(0.2, Finished("stop", (), 0.2), (Message("assistant", "Hello."),))

    assert in_pieces == (Text("Hel"), Text("lo"), Text("."))
    assert written.turn.events == (Text("Hello."), Finished("stop", (), 0.2))
    assert written.turn.state == "complete"


def test_a_finished_tool_is_on_disk_with_its_results_before_anybody_is_told(written):
    written.log.add(0.1, STARTED)

    kept = written.log.add(0.2, FINISHED)

    assert kept == FINISHED
    assert written.turn.events == (STARTED, FINISHED)
    assert written.store.artifact("a1") == PICTURE


def test_the_model_is_not_told_of_a_turn_that_failed(written):
    written.log.end(0.1, Failed("The prompt is too long."), (Message("assistant", "Hel"),))

    assert written.turn.replies == ()
    assert written.store.tree.told(written.conversation_id) == ()


def test_a_result_that_does_not_fit_is_left_out_with_a_sentence(data):
    written = Written(data, session_bytes=3)

    kept = written.log.add(0.2, FINISHED)
    written.logs.close()

    assert kept.artifacts == ()
    assert kept.summary == (
        "Drawn.\nNote: a.svg is not kept, the session's share of the disk is used up. "
        "Delete a conversation to make room."
    )
    assert written.turn.events == (kept,)


def test_what_could_not_be_written_in_between_is_written_at_the_end(written, monkeypatch, caplog):
    def full(*arguments):
        raise OSError("the disk is full")

    monkeypatch.setattr(written.store.tree, "add_events", full)
    written.log.add(0.1, Text("Hello."))
    wait_until(lambda: "could not be written" in caplog.text, timeout_s=5)
    monkeypatch.undo()

    written.log.end(0.2, Finished("stop", (), 0.2), ())

    assert written.turn.events == (Text("Hello."), Finished("stop", (), 0.2))


def test_a_crash_loses_less_than_a_quarter_of_a_second():
    assert turn_log.INTERVAL_S <= 0.25
