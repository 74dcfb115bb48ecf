import asyncio
import hashlib
import shutil

import pytest

from assistant.attachments import store as store_module
from assistant.attachments.attachment import Attachment
from assistant.attachments.store import AttachmentStore, UploadRefused
from tests.assistant.attachments.files import npy, png

CONVERSATION, OTHER = "conversation-1", "conversation-2"
READING = f"{'a' * 64}-{'b' * 16}"


@pytest.fixture
def store(tmp_path):
    return AttachmentStore(tmp_path, max_bytes=100_000)


async def in_chunks(content, size=1000):
    for start in range(0, len(content), size):
        yield content[start : start + size]


def receive(store, content, name="file", conversation_id=CONVERSATION):
    return asyncio.run(store.receive(conversation_id, name, in_chunks(content)))


def test_a_file_is_kept_by_its_content_and_known_by_what_it_is(store):
    content = png()

    attachment = receive(store, content, "../gel.txt")

    assert attachment == Attachment(hashlib.sha256(content).hexdigest(), "gel.txt", "image", len(content))
    assert store.path(CONVERSATION, attachment.id).read_bytes() == content
    assert store.find(CONVERSATION, attachment.id) == attachment


def test_a_conversation_finds_its_own_files_only(store):
    attachment = receive(store, png())

    assert store.find(OTHER, attachment.id) is None
    assert store.find(CONVERSATION, "0" * 64) is None


@pytest.mark.parametrize(("head", "has_own_rate"), [(npy(100), False), (b"RIFF\x00\x00\x00\x00WAVEfmt ", True)])
def test_some_signals_bring_their_sampling_rate(store, head, has_own_rate):
    attachment = receive(store, head)

    assert (attachment.kind, attachment.has_own_rate) == ("signal", has_own_rate)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        pytest.param(b"", "file_empty", id="empty"),
        pytest.param(b"MZ\x90\x00" * 100, "file_unknown", id="a-program"),
        pytest.param(b"PK\x03\x04" + bytes(100), "file_unknown", id="an-archive"),
        pytest.param(b"<svg><script>1</script></svg>", "file_unknown", id="markup"),
        pytest.param(png() + bytes(200_000), "file_too_large", id="too-large"),
    ],
)
def test_what_cannot_be_used_is_refused_and_leaves_nothing(store, tmp_path, content, code):
    with pytest.raises(UploadRefused) as refusal:
        receive(store, content)

    assert refusal.value.code == code
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_an_upload_that_breaks_off_leaves_nothing(store, tmp_path):
    async def broken():
        yield png()[:100]
        raise ConnectionError

    with pytest.raises(ConnectionError):
        asyncio.run(store.receive(CONVERSATION, "gel.png", broken()))

    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_disk_that_is_nearly_full_takes_no_more(store, monkeypatch):
    monkeypatch.setattr(store_module, "MIN_FREE_BYTES", shutil.disk_usage("/").total * 1000)

    with pytest.raises(UploadRefused) as refusal:
        receive(store, png())

    assert refusal.value.code == "disk_full"


def test_a_reading_is_there_whole_or_not_at_all(store):
    with store.new_reading(CONVERSATION) as part:
        (part / "preview.svg").write_text("<svg/>")
        before = store.reading(CONVERSATION, READING)
        store.keep(part, READING)

    assert before is None
    assert store.preview(CONVERSATION, READING) == (b"<svg/>", "image/svg+xml")
    assert store.preview(OTHER, READING) is None


def test_a_reading_that_is_not_kept_is_removed(store):
    with store.new_reading(CONVERSATION) as part:
        (part / "input.npz").write_bytes(b"half")

    assert not part.exists()


def test_of_two_readings_of_the_same_the_first_stays(store):
    for text in ("first", "second"):
        with store.new_reading(CONVERSATION) as part:
            (part / "preview.svg").write_text(text)
            store.keep(part, READING)

    assert store.preview(CONVERSATION, READING) == (b"first", "image/svg+xml")


@pytest.mark.parametrize("reading_id", ["", "..", "../files", f"{READING}/..", READING.upper(), READING + "\n"])
def test_a_reading_is_never_a_path(store, reading_id):
    receive(store, png())

    assert store.reading(CONVERSATION, reading_id) is None


def test_what_belongs_to_a_forgotten_conversation_is_removed(store, tmp_path):
    mine, theirs = receive(store, png()), receive(store, png(), conversation_id=OTHER)

    store.forget(CONVERSATION)

    assert store.find(CONVERSATION, mine.id) is None and not (tmp_path / CONVERSATION).exists()
    assert store.find(OTHER, theirs.id) == theirs and store.path(OTHER, theirs.id).exists()


def test_without_a_folder_files_go_with_the_store():
    store = AttachmentStore()
    store.forget("nothing yet")
    attachment = receive(store, png())
    path = store.path(CONVERSATION, attachment.id)
    was_there = path.exists()

    store.close()

    assert was_there and not path.exists()
