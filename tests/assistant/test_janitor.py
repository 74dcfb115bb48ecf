import asyncio

import pytest

from assistant.attachments.attachment import Question
from assistant.attachments.room import RoomLimits
from assistant.attachments.store import AttachmentStore, UploadRefused
from assistant.conversations import ConversationStore
from assistant.data_folder import DataFolder
from assistant.events import Artifact
from assistant.janitor import EMPTY_AGE_S, Janitor
from assistant.leftovers import remove_leftovers
from tests.assistant.attachments.files import png

MINE, THEIRS = "my session", "another session"
READING = f"{'a' * 64}-{'b' * 16}"
DAY_S = 24 * 3600.0


class Kept:
    """All that is kept, with limits; now: its clock."""

    def __init__(self, data, **limits):
        self.now = 0.0
        self.data = data
        self.files = AttachmentStore(data.conversations, database=data.database, limits=RoomLimits(**limits))
        self.store = ConversationStore(data.database, self.files, clock=lambda: self.now)
        self.used = set()
        self.janitor = Janitor(data.database, self.store, self.files, self.used.__contains__, clock=lambda: self.now)

    def conversation(self, session_id=MINE, num_bytes=0):
        """A used one, newer than those before it."""
        conversation_id = self.store.create(session_id)
        self.now += 1
        self.store.ask(conversation_id, Question("Hi"), None)
        if num_bytes:
            self.store.add_artifact(conversation_id, artifact(f"of {conversation_id}", bytes(num_bytes)))
        return conversation_id

    def receive(self, conversation_id, content):
        async def chunks():
            yield content

        return asyncio.run(self.files.receive(conversation_id, "gel.png", chunks()))


def artifact(artifact_id, data):
    return Artifact(artifact_id, "file", "a.bin", "application/octet-stream", data, "", {})


@pytest.fixture
def data(tmp_path):
    data = DataFolder(tmp_path)
    yield data
    data.close()


def test_what_was_never_used_goes_after_a_day(data):
    kept = Kept(data)
    empty, used = kept.store.create(MINE), kept.conversation()

    kept.janitor.clean_up()
    was_there = empty in kept.store
    kept.now += EMPTY_AGE_S + 1
    kept.janitor.clean_up()

    assert was_there and empty not in kept.store
    assert used in kept.store


def test_the_longest_unused_go_when_all_take_too_much(data):
    kept = Kept(data, total_bytes=data.database.num_bytes + 2_500_000)
    first, second, third = (kept.conversation(num_bytes=1_000_000) for _ in range(3))
    kept.now += 1
    kept.store.ask(first, Question("And?"), None)

    kept.janitor.clean_up()

    assert [conversation_id in kept.store for conversation_id in (first, second, third)] == [True, False, True]
    assert not (data.conversations / second).exists()
    assert kept.files.room.surplus_bytes <= 0


def test_what_is_being_answered_and_the_newest_stay(data):
    kept = Kept(data, total_bytes=1)
    answering, old, newest = (kept.conversation(num_bytes=10) for _ in range(3))
    kept.used.add(answering)

    kept.janitor.clean_up()

    assert [conversation_id in kept.store for conversation_id in (answering, old, newest)] == [True, False, True]


def test_what_was_read_long_ago_goes_first_and_its_preview_stays(data):
    kept = Kept(data, total_bytes=1)
    conversation_id = kept.conversation()
    with kept.files.new_reading(conversation_id) as part:
        (part / "input.npz").write_bytes(bytes(1000))
        (part / "preview.svg").write_text("<svg/>")
        kept.files.keep(part, READING)
    kept.janitor.clean_up()
    was_there = kept.files.reading(conversation_id, READING) is not None
    data.database.write("UPDATE readings SET used_at = 0")

    kept.janitor.clean_up()

    assert was_there and kept.files.reading(conversation_id, READING) is None
    assert kept.files.preview(conversation_id, READING) == (b"<svg/>", "image/svg+xml")


def test_a_session_that_has_used_its_share_takes_no_more_files_and_others_do(data):
    kept = Kept(data, session_bytes=2_000)
    full, other, theirs = kept.conversation(num_bytes=2_000), kept.conversation(), kept.conversation(THEIRS)

    with pytest.raises(UploadRefused) as refusal:
        kept.receive(other, png())

    assert refusal.value.code == "session_full"
    assert kept.receive(theirs, png()).kind == "image"
    kept.store.delete(full)
    assert kept.receive(other, png()).kind == "image"


def test_equal_files_of_two_conversations_do_not_share_a_fate(data):
    kept = Kept(data)
    one, other = kept.conversation(), kept.conversation()
    attachment = kept.receive(one, png())
    kept.receive(other, png())

    kept.store.delete(one)

    assert kept.files.path(other, attachment.id).read_bytes() == png()


def test_what_a_crash_left_behind_is_removed(data):
    kept = Kept(data)
    conversation_id = kept.conversation()
    attachment = kept.receive(conversation_id, png())
    folder = data.conversations / conversation_id
    strays = [
        data.conversations / "unknown" / "files" / "x",
        folder / "files" / "part-1234",
        folder / "files" / ("f" * 64),
        folder / "readings" / "part-5678" / "input.npz",
        folder / "readings" / READING / "input.npz",
    ]
    for stray in strays:
        stray.parent.mkdir(parents=True, exist_ok=True)
        stray.write_bytes(b"half")

    remove_leftovers(data.conversations, data.database)

    assert not any(stray.exists() for stray in strays)
    assert kept.files.path(conversation_id, attachment.id).read_bytes() == png()


def test_the_janitor_looks_by_itself_until_it_is_closed(data):
    kept = Kept(data)
    empty = kept.store.create(MINE)
    kept.now += 2 * DAY_S

    kept.janitor.start()
    kept.janitor.close()

    assert empty not in kept.store
