"""Every damaged or hostile file ends in a sentence or in words that are right, soon, and the next file is read."""

import asyncio
import re
from time import perf_counter

import pytest

from assistant.attachments.attachment import AttachmentError, is_text
from assistant.attachments.reader import AttachmentReader
from assistant.attachments.store import AttachmentStore, UploadRefused
from assistant.cancel import CancelToken
from engine.processors.settings import INTERN_S1_PRO
from tests.assistant.attachments.files import npy
from tests.assistant.attachments.hostile import CANARY, HOSTILE, Hostile

CONVERSATION = "conversation-1"
WITHIN_S = 5.0
MARKUP = re.compile(r"<(script|img|iframe|foreignObject)|\son\w+=", re.IGNORECASE)


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    store = AttachmentStore(tmp_path_factory.mktemp("conversations"))
    reader = AttachmentReader(store)
    read(store, reader, npy(2_999), "first.npy")  # the libraries are loaded
    yield store, reader
    reader.close()


async def chunks(content):
    for start in range(0, len(content), 2**20):
        yield content[start : start + 2**20]


def read(store, reader, content, name):
    attachment = asyncio.run(store.receive(CONVERSATION, name, chunks(content)))
    settings = None if is_text(attachment.kind) else INTERN_S1_PRO
    return reader.read(CONVERSATION, attachment, settings, CancelToken())[1]


def end_of(store, reader, content, hostile: Hostile):
    """How it ended, and what was said."""
    try:
        understood = read(store, reader, content, hostile.name)
    except UploadRefused as refusal:
        return "door", refusal.code
    except AttachmentError as error:
        assert str(error).startswith(hostile.name), "it says which file"
        return "reader", str(error)
    svg, media_type = store.preview(CONVERSATION, understood.reading_id)
    assert media_type == "image/jpeg" or not MARKUP.search(svg.decode())
    return "harmless", understood.description


@pytest.mark.parametrize("hostile", HOSTILE, ids=[hostile.name for hostile in HOSTILE])
def test_a_hostile_file_gets_a_sentence_soon_and_the_next_one_is_read(desk, hostile, tmp_path):
    store, reader = desk
    content = hostile.content(tmp_path)

    started_at = perf_counter()
    end, says = end_of(store, reader, content, hostile)
    seconds = perf_counter() - started_at

    assert end == hostile.end and re.search(hostile.says, says), (end, says)
    assert seconds < WITHIN_S
    assert "\n" not in says and "/tmp" not in says and "0x" not in says and "Traceback" not in says
    assert not CANARY.exists()
    number = 3_000 + [one.name for one in HOSTILE].index(hostile.name)
    assert read(store, reader, npy(number), f"{number}.npy").description.startswith(f"1 channel, {number:,} samples")


def test_there_are_many_of_them_and_each_is_another():
    assert len({hostile.name for hostile in HOSTILE}) == len(HOSTILE) >= 30
