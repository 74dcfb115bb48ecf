from dataclasses import replace

import pytest

from assistant.attachments.attachment import Attachment
from assistant.ui.composer import SentFiles, composer, file_chip, lacks_rate, sent_files
from assistant.ui.strings import Words

ID = "1" * 64


@pytest.mark.parametrize(
    ("attachment", "asks"),
    [
        (Attachment(ID, "gel.png", "image", 1000), False),
        (Attachment(ID, "quake.npy", "signal", 1000), True),
        (Attachment(ID, "sound.wav", "signal", 1000, has_own_rate=True), False),
        (Attachment(ID, "globins.fasta", "sequence", 1000), False),
    ],
)
def test_only_a_signal_without_its_sampling_rate_asks_for_one(attachment, asks):
    assert file_chip(attachment)["asks_rate"] == asks


def test_the_row_comes_back_with_the_files_of_a_question():
    attachment = Attachment(ID, "quake.npy", "signal", 24_000, sampling_rate=100.0)

    row = composer("/attachments/x", 2**20, (attachment,), Words("en"))
    sent = sent_files(row)

    assert sent == SentFiles(((ID, 100.0),), is_pending=False)
    assert row["files"][0]["size"] == "23 kB"
    assert row["words"]["file_too_large"].startswith("{name} is {size} large and at most 1 MB may be attached.")


def test_a_file_on_its_way_is_noticed():
    assert sent_files({"files": [], "pending": 1}).is_pending


@pytest.mark.parametrize("rate", [None, 0, -5, "100", True, float("nan"), float("inf"), 1e12, [100]])
def test_a_sampling_rate_that_makes_no_sense_is_none(rate):
    assert sent_files({"files": [{"id": ID, "sampling_rate": rate}]}).files == ((ID, None),)


@pytest.mark.parametrize("value", [None, "", [], 3, {}, {"files": None}, {"files": ["x", None]}])
def test_whatever_else_the_browser_sends_is_no_file(value):
    assert sent_files(value) == SentFiles((), is_pending=False)


QUAKE = Attachment(ID, "quake.npy", "signal", 24_000)


@pytest.mark.parametrize(
    ("attachment", "file", "is_lacking"),
    [
        pytest.param(QUAKE, {}, True, id="not-given"),
        pytest.param(replace(QUAKE, sampling_rate=100.0), {"sampling_rate": 100}, False, id="given"),
        pytest.param(QUAKE, {"has_no_rate": True}, False, id="nobody-knows"),
        pytest.param(QUAKE, {"has_no_rate": "yes"}, True, id="nonsense"),
        pytest.param(replace(QUAKE, has_own_rate=True), {}, False, id="its-own"),
        pytest.param(replace(QUAKE, kind="text"), {}, False, id="no-signal"),
    ],
)
def test_a_sampling_rate_is_given_or_expressly_left_out(attachment, file, is_lacking):
    sent = sent_files({"files": [{"id": ID, **file}]})

    assert lacks_rate(attachment, sent) == is_lacking


def test_what_was_sent_without_a_rate_comes_back_without_being_asked_again():
    row = composer("/attachments/x", 2**20, (QUAKE,), Words("en"))

    assert row["files"][0]["has_no_rate"]
    assert not file_chip(QUAKE)["has_no_rate"]
