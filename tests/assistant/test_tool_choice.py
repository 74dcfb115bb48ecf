import json

import pytest

from assistant.tool_choice import ALWAYS, GROUPS_OF_FILES, MAX_TOOLS, WORDS, choose_tools
from assistant.tools.catalogue import TOOLS
from tests.assistant.tools.shared_files import SHARED, needs_shared

SCHEMAS = tuple(tool.schema for tool in TOOLS)
GROUPS = tuple(tool.group for tool in TOOLS)
KINDS = {
    "pdb": "structure",
    "smi": "molecule",
    "sdf": "molecule",
    "fasta": "sequence",
    "png": "image",
    "mseed": "signal",
    "csv": "signal",
    "mp4": "video",
    "cif": "crystal",
}


def chosen(*questions, called=(), kinds=()):
    return [schema["function"]["name"] for schema in choose_tools(SCHEMAS, GROUPS, questions, called, kinds)]


def test_a_greeting_gets_the_tools_that_are_always_there():
    assert sorted(chosen("Hello!")) == sorted(ALWAYS)


def test_every_group_that_words_or_files_bring_in_exists():
    brought = {*WORDS, *(group for groups in GROUPS_OF_FILES.values() for group in groups)}

    assert brought == set(GROUPS)


@needs_shared
def test_the_tools_that_an_ideal_assistant_calls_are_among_those_offered():
    lines = (SHARED / "evaluation/tool_calls.jsonl").read_text().splitlines()
    for case in map(json.loads, lines):
        kinds = [KINDS[name.rpartition(".")[2]] for name in case["attachments"]]
        offered = chosen(case["prompt"], kinds=kinds)
        assert {call["name"] for call in case["expected_calls"]} <= set(offered), case["id"]
        assert len(offered) <= MAX_TOOLS


@pytest.mark.parametrize("kind", GROUPS_OF_FILES)
def test_a_file_brings_in_what_reads_it_whatever_is_asked(kind):
    words = "molecule reaction protein pdb crystal signal earthquake image video solve fit"
    offered = chosen(words, kinds=[kind])
    first_group = GROUPS_OF_FILES[kind][0]

    assert {tool.name for tool in TOOLS if tool.group == first_group} <= set(offered)
    assert len(offered) == MAX_TOOLS


def test_what_is_pasted_brings_in_what_reads_it():
    assert "molecular_properties" in chosen("CC(=O)Oc1ccccc1C(=O)O ?")
    assert "protein_properties" in chosen("MQIFVKTLTGKTITLEVEPSDTIENVKAKIQDKEG")


def test_what_came_in_stays_and_the_order_does_not_depend_on_the_question():
    first = chosen("Which molecule is it?")
    second = chosen("Which molecule is it?", "Thanks.")

    assert first == second
    assert chosen("video and molecule") == chosen("molecule and video")


def test_the_group_of_an_earlier_call_stays():
    assert "contact_sheet" in chosen("Hello", "And now?", called=["video_info"])


def test_a_tool_that_a_person_names_is_offered():
    assert "travel_times" in chosen("Use travel_times for 30 degrees.")


def test_tools_without_a_group_are_always_offered():
    schemas = [{"function": {"name": "wait"}}]

    assert choose_tools(schemas, [""], []) == tuple(schemas)
