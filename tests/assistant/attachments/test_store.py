import asyncio
import hashlib
from concurrent.futures import ThreadPoolExecutor

import pytest

from assistant.attachments import file_list
from assistant.attachments.attachment import Attachment
from assistant.attachments.room import RoomLimits
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


def test_a_disk_that_is_nearly_full_takes_no_more(tmp_path):
    store = AttachmentStore(tmp_path, limits=RoomLimits(min_free_bytes=2**60))

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
            (part / "text.json").write_text(text)
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


def test_tools_find_every_file_by_the_name_it_was_sent_under(store):
    gel, quake = receive(store, png(), "gel.png"), receive(store, npy(), "quake.npy")

    files = store.files(CONVERSATION)

    assert files == {
        "gel.png": store.path(CONVERSATION, gel.id),
        "quake.npy": store.path(CONVERSATION, quake.id),
    }
    assert store.files(OTHER) == {}


def test_a_second_file_of_one_name_gets_a_number(store):
    names = [receive(store, png(width), "cell.png").name for width in (10, 20, 30, 20)]
    without_suffix = [receive(store, npy(samples), "data").name for samples in (10, 20)]

    assert names == ["cell.png", "cell (2).png", "cell (3).png", "cell (2).png"]
    assert without_suffix == ["data", "data (2)"]
    assert list(store.files(CONVERSATION)) == ["cell.png", "cell (2).png", "cell (3).png", "data", "data (2)"]


def test_one_file_may_have_two_names(store):
    for name in ("before.png", "after.png"):
        receive(store, png(), name)

    assert len(set(store.files(CONVERSATION).values())) == 1 and len(store.files(CONVERSATION)) == 2


def test_a_result_is_a_file_for_the_next_tool(store):
    receive(store, png(), "gel.png")

    name = store.keep_result(CONVERSATION, "../gel.png", b"cropped")
    text = store.keep_result(CONVERSATION, "seven.sdf", "Ångström")

    assert (name, text) == ("gel (2).png", "seven.sdf")
    assert list(store.files(CONVERSATION)) == ["gel.png", "gel (2).png", "seven.sdf"]
    assert store.files(CONVERSATION)[name].read_bytes() == b"cropped"
    assert store.files(CONVERSATION)[text].read_text() == "Ångström"
    assert store.keep_result(CONVERSATION, "gel.png", b"cropped") == name


def test_the_oldest_results_leave_and_files_stay(store, monkeypatch):
    monkeypatch.setattr(file_list, "MAX_RESULTS", 3)
    receive(store, png(), "gel.png")

    names = [store.keep_result(CONVERSATION, "table.csv", f"{number}") for number in range(5)]

    kept = store.files(CONVERSATION)
    assert list(kept) == ["gel.png", *names[2:]]
    assert {path.name for path in kept["gel.png"].parent.iterdir()} == {path.name for path in kept.values()}
    assert store.keep_result(CONVERSATION, "table.csv", "new") == "table (6).csv"


def test_results_are_bounded_in_bytes_as_well(store, monkeypatch):
    monkeypatch.setattr(file_list, "MAX_RESULT_BYTES", 100)

    names = [store.keep_result(CONVERSATION, "trace.mseed", bytes([number]) * 40) for number in range(3)]

    assert list(store.files(CONVERSATION)) == names[1:]
    with pytest.raises(ValueError, match="may have 67,108,864"):
        store.keep_result(CONVERSATION, "all.bin", bytes(64 * 2**20 + 1))


def test_a_result_equal_to_an_attached_file_does_not_take_it_along(store, monkeypatch):
    monkeypatch.setattr(file_list, "MAX_RESULTS", 1)
    receive(store, png(), "gel.png")

    store.keep_result(CONVERSATION, "copy.png", png())
    store.keep_result(CONVERSATION, "other.csv", "1")

    assert store.files(CONVERSATION)["gel.png"].read_bytes() == png()


def test_results_from_many_threads_all_get_a_name(store):
    with ThreadPoolExecutor(8) as threads:
        names = list(threads.map(lambda n: store.keep_result(CONVERSATION, "plot.svg", f"{n}"), range(64)))

    files = store.files(CONVERSATION)
    assert sorted(names) == sorted(files)
    assert [files[name].read_text() for name in names] == [f"{n}" for n in range(64)]


def test_a_forgotten_conversation_has_no_files(store):
    receive(store, png(), "gel.png")

    store.forget(CONVERSATION)

    assert store.files(CONVERSATION) == {}
