import base64
import json

from assistant.handover.json_export import FORMAT, VERSION, json_export
from assistant.handover.places import Folder
from assistant.handover.record import Content
from tests.assistant.handover.records import ALANINE, hostile, ordinary, record, tool, turn


def test_the_export_says_what_it_is_and_holds_every_turn():
    value = json.loads(json_export(ordinary()))

    assert (value["format"], value["version"]) == (FORMAT, VERSION)
    first, broken, failed = value["turns"]
    assert [part["type"] for part in first["parts"]] == ["thinking", "tool", "text"]
    assert first["parts"][1]["arguments"] == {"smiles": ALANINE}
    assert first["settings"] == {"temperature": 0.5, "seed": 7}
    assert first["end"]["usages"][0]["completion_tokens"] == 40
    assert first["check"]["unknown"] == ["7.5"]
    assert (broken["state"], broken["end"]) == ("broken", None)
    assert failed["end"] == {"failure": "The prompt is too long."}


def test_every_byte_is_in_it():
    record = ordinary()

    turn = json.loads(json_export(record))["turns"][0]

    for artifact, written in zip(record.artifacts, turn["parts"][1]["artifacts"], strict=True):
        content = written["content"]
        data = content["text"] if isinstance(artifact.data, str) else base64.b64decode(content["base64"])
        assert data == artifact.data
    assert base64.b64decode(turn["files"][0]["content"]["base64"]) == record.turns[0].files[0].content.read()


def test_files_may_stand_beside_it():
    folder = Folder("files")

    value = json.loads(json_export(ordinary(), folder))

    assert value["turns"][0]["files"][0]["content"] == {"path": "files/gel.png"}
    assert "files/gel.png" in folder.files


def test_a_call_that_did_not_end_has_no_result():
    started, _ = tool()

    (part,) = json.loads(json_export(record(turn(started, end=False))))["turns"][0]["parts"]

    assert (part["result"], part["ok"], part["artifacts"]) == (None, None, None)


def test_a_file_that_is_too_large_is_left_out_and_seen_to_be():
    large = Content("large.bin", "application/octet-stream", b"x" * (4 * 2**20 + 1))

    assert json.loads(json_export(record(inputs=(large,))))["inputs"] == [{"name": "large.bin", "content": None}]


def test_hostile_text_comes_back_as_it_was():
    value = json.loads(json_export(hostile()))

    assert value["title"] == hostile().title
    assert value["turns"][0]["question"] == hostile().turns[0].question
