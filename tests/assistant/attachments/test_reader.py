import asyncio
import io
import wave
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from time import monotonic, perf_counter, sleep

import numpy as np
import pytest

from assistant.attachments.attachment import AttachmentError
from assistant.attachments.reader import AttachmentReader
from assistant.attachments.store import AttachmentStore
from assistant.cancel import CancelToken
from engine.media import ImageInput, SignalInput, VideoInput
from engine.processors.prepare import prepare
from engine.processors.settings import INTERN_S1, INTERN_S1_PRO
from tests.assistant.attachments.files import mp4, npy, png

CONVERSATION = "conversation-1"


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    store = AttachmentStore(tmp_path_factory.mktemp("conversations"))
    reader = AttachmentReader(store, "tests.assistant.attachments.slow_catalogue")
    yield store, reader
    reader.close()


@pytest.fixture
def store(shared):
    return shared[0]


@pytest.fixture
def reader(shared):
    return shared[1]


def receive(store, content, name):
    async def chunks():
        yield content

    return asyncio.run(store.receive(CONVERSATION, name, chunks()))


def read(reader, attachment, settings=INTERN_S1_PRO):
    return reader.read(CONVERSATION, attachment, settings, CancelToken())


def test_a_picture_becomes_what_the_processor_makes_of_it(store, reader):
    attachment = receive(store, png(), "gel.png")

    item, understood = read(reader, attachment)

    expected = prepare(store.path(CONVERSATION, attachment.id), "image", INTERN_S1_PRO)
    assert isinstance(item, ImageInput) and np.array_equal(item.pixels, expected.pixels)
    assert understood.num_tokens == expected.num_tokens
    assert understood.description.startswith("320 x 200 picture")
    assert store.preview(CONVERSATION, understood.reading_id)[1] == "image/jpeg"


def test_a_video_becomes_frames(store, reader, tmp_path):
    attachment = receive(store, mp4(tmp_path / "run.mp4"), "run.mp4")

    item, understood = read(reader, attachment)

    assert isinstance(item, VideoInput) and len(item.timestamps) == 5
    assert understood.description.startswith("5.0 s, 128 x 96 video, 10 frames around")
    assert store.preview(CONVERSATION, understood.reading_id)[1] == "image/jpeg"


def test_the_frames_of_a_video_are_told_while_they_are_decoded(store, reader, tmp_path):
    attachment = receive(store, mp4(tmp_path / "told.mp4", seconds=4), "told.mp4")
    told = []

    item, _ = reader.read(
        CONVERSATION, attachment, INTERN_S1_PRO, CancelToken(), lambda *progress: told.append(progress)
    )

    num_frames = 2 * len(item.timestamps)
    assert told[0] == (1, num_frames)
    assert all(done <= total == num_frames for done, total in told)


def test_a_signal_has_the_sampling_rate_that_was_given(store, reader):
    attachment = replace(receive(store, npy(), "quake.npy"), sampling_rate=100.0)

    item, understood = read(reader, attachment)

    assert isinstance(item, SignalInput) and item.sampling_rate == 100.0
    assert understood.description.startswith("1 channel, 100 Hz, 30.0 s")
    assert store.preview(CONVERSATION, understood.reading_id)[1] == "image/svg+xml"


def test_a_sampling_rate_that_nobody_gave_is_said_to_be_a_guess(store, reader):
    item, understood = read(reader, receive(store, npy(), "quake.npy"))

    assert item.sampling_rate == 750.0
    assert understood.description.startswith("1 channel, 3,000 samples, ")
    assert "no sampling rate was given, so the model's processor takes 750 Hz, a quarter of" in understood.description


def test_a_table_with_a_time_column_says_its_sampling_rate(store, reader):
    rows = "\n".join(f"{number / 50},{number % 7}" for number in range(2_000))

    item, understood = read(reader, receive(store, f"time,acceleration\n{rows}\n".encode(), "shake.csv"))

    assert item.sampling_rate == pytest.approx(50.0)
    assert "no sampling rate" not in understood.description


def test_the_same_file_is_read_once_for_one_model_and_anew_for_another(store, reader):
    attachment = receive(store, png(200, 200), "gel.png")
    was_read = reader.is_read(CONVERSATION, attachment, INTERN_S1_PRO)

    _, first = read(reader, attachment)
    is_read = reader.is_read(CONVERSATION, attachment, INTERN_S1_PRO)
    started_at = perf_counter()
    _, again = read(reader, attachment)
    seconds = perf_counter() - started_at
    _, other = read(reader, attachment, INTERN_S1)

    assert (was_read, is_read) == (False, True)
    assert again == first and seconds < 1
    assert other.reading_id != first.reading_id and other.num_tokens == 256


@pytest.mark.parametrize(
    ("content", "name", "sentence"),
    [
        (png()[:300], "cut.png", "cut.png: The PNG picture is cut off or damaged"),
        (b"\x1a\x45\xdf\xa3" + bytes(500), "<b>.webm", "<b>.webm: The file is not a video that can be played"),
        (npy()[:500], "half.npy", "half.npy: The NPY file is cut off"),
        (npy(3), "short.npy", "short.npy: The series has 3 samples"),
        (png() + b"CRASH", "evil.png", "evil.png is damaged or not what it seems: the reader broke on it."),
        (png() + b"GREEDY", "huge.png", "huge.png needs more than 2 GB of memory to be read."),
    ],
)
def test_a_file_that_cannot_be_read_gets_one_sentence_with_its_name(store, reader, content, name, sentence):
    attachment = receive(store, content, name)

    with pytest.raises(AttachmentError) as refusal:
        read(reader, attachment)

    assert str(refusal.value).startswith(sentence)
    assert "\n" not in str(refusal.value) and "/" not in str(refusal.value).replace("not what it seems", "")
    assert not reader.is_read(CONVERSATION, attachment, INTERN_S1_PRO)


def test_a_stop_ends_the_reading_at_once(store, reader):
    attachment = receive(store, png() + b"SLOW", "slow.png")
    sign = store.path(CONVERSATION, attachment.id).parent.parent / "is-reading"
    cancel = CancelToken()
    with ThreadPoolExecutor() as pool:
        reading = pool.submit(reader.read, CONVERSATION, attachment, INTERN_S1_PRO, cancel)
        deadline = monotonic() + 30
        while not sign.exists():
            assert monotonic() < deadline
            sleep(0.005)

        started_at = perf_counter()
        cancel.cancel()
        error = reading.exception()

    assert isinstance(error, AttachmentError)
    assert perf_counter() - started_at < 0.5
    assert not list((sign.parent / "readings").glob("part-*"))


def test_files_are_read_side_by_side(store, reader):
    attachments = [receive(store, png(64 + 32 * i, 64), f"{i}.png") for i in range(6)]

    with ThreadPoolExecutor(6) as pool:
        sizes = [item.size for item, _ in pool.map(lambda attachment: read(reader, attachment), attachments)]

    assert sizes == [(64 + 32 * i, 64) for i in range(6)]


def test_reading_what_is_gone_says_so(store, reader):
    attachment = receive(store, png(96, 96), "gone.png")
    store.path(CONVERSATION, attachment.id).unlink()

    with pytest.raises(AttachmentError, match="gone.png"):
        read(reader, attachment)


def test_a_sound_file_brings_its_own_sampling_rate(store, reader):
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(2)
        sound.setsampwidth(2)
        sound.setframerate(8_000)
        sound.writeframes(np.arange(32_000, dtype="<i2").tobytes())

    item, understood = read(reader, receive(store, file.getvalue(), "hum.wav"))

    assert (item.sampling_rate, item.values.shape) == (8_000.0, (16_000, 2))
    assert understood.description.startswith("2 channels, 8000 Hz, 2.0 s")


def test_a_seismogram_is_read_in_the_killable_process(store, reader):
    obspy = pytest.importorskip("obspy", reason="obspy is not installed")
    file = io.BytesIO()
    trace = obspy.Trace(np.sin(np.arange(6_000) / 9).astype(np.float32), {"sampling_rate": 100.0, "channel": "HHZ"})
    trace.write(file, format="MSEED")

    attachment = receive(store, file.getvalue(), "quake.mseed")
    item, understood = read(reader, attachment)

    assert attachment.has_own_rate
    assert item.sampling_rate == 100.0
    assert understood.description.startswith("1 component, 100 Hz, 60.0 s")


def test_what_every_model_reads_as_text_needs_no_settings(store, reader):
    attachment = receive(store, b">P01308\nMALWMRLLPLLALLALWGPDPAAAFVNQHLCGSHLVEALYLVCGERGFFYTPKT\n", "insulin.txt")

    text, understood = read(reader, attachment, None)

    assert attachment.kind == "sequence"
    assert understood.description == text.understood == "1 protein sequence, 54 residues"
    assert text.part("insulin.txt") == (
        "[File insulin.txt: 1 protein sequence, 54 residues]\n>P01308\n"
        "MALWMRLLPLLALLALWGPDPAAAFVNQHLCGSHLVEALYLVCGERGFFYTPKT\n[end of insulin.txt]"
    )
    assert store.preview(CONVERSATION, understood.reading_id)[1] == "image/svg+xml"
