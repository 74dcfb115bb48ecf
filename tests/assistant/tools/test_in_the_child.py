"""The whole catalogue in the process that runs it: what would take for ever ends, and many at once are as one."""

import json
import os
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import monotonic, sleep

import pytest

from assistant.cancel import CancelToken
from assistant.child.runner import ToolRunner
from tests.assistant.tools.shared_files import DATA, SHARED, needs_shared

FILES = {path.name: path for path in DATA.iterdir()} if DATA.is_dir() else {}
SAME_LOOKS = 10


@pytest.fixture(scope="module")
def runner():
    tools = ToolRunner()
    tools.start()
    yield tools
    tools.close()


def call(runner, name, **arguments):
    return runner.call(name, arguments, CancelToken(), FILES)


@pytest.mark.parametrize(
    ("name", "arguments", "code"),
    [
        ("molecule_3d", {"smiles": "C" * 200}, "TOO_LARGE"),
        ("molecule_3d", {"smiles": "NCC(=O)" * 46 + "O"}, "TOO_LARGE|tool_timeout|EMBED_FAILED"),
        pytest.param(
            "detect_events",
            {"file": "rjob_local.mseed", "method": "classic_sta_lta", "sta_s": 0.001, "lta_s": 3},
            "[A-Z_]+",
            marks=needs_shared,
        ),
    ],
)
def test_a_call_that_would_not_end_is_one_sentence_and_the_next_call_works(runner, name, arguments, code):
    outcome = call(runner, name, **arguments)

    assert not outcome.ok and re.fullmatch(code, outcome.error["code"]), outcome.summary
    assert outcome.summary.count("\n") == 0
    assert call(runner, "calculate", expression="1+1").summary == "1+1 = 2"


def many_calls():
    expected = (SHARED / "evaluation/tool_calls.jsonl").read_text().splitlines()
    calls = [call for line in expected for call in json.loads(line)["expected_calls"]]
    slow = {"read_text_in_image", "fetch_structure", "detect_scenes"}
    return [call for call in calls if call["name"] not in slow]


@needs_shared
def test_200_calls_in_8_threads_give_what_they_give_one_after_the_other(runner):
    calls = many_calls()
    ask = lambda c: call(runner, c["name"], **c["arguments"])  # noqa: E731
    alone = {json.dumps(c): ask(c) for c in calls}
    before = settled()
    picked = [calls[i % len(calls)] for i in range(200)]

    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(ask, picked))

    for c, outcome in zip(picked, together, strict=True):
        expected = alone[json.dumps(c)]
        assert (outcome.ok, outcome.text, outcome.artifacts) == (expected.ok, expected.text, expected.artifacts), c
    assert settled() == before


def leftovers():
    """Open files of this process, and the running descendants of it."""
    pids = [int(entry) for entry in os.listdir("/proc") if entry.isdecimal()]
    parents = {}
    for pid in pids:
        try:
            parents[pid] = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
    ours = {os.getpid()}
    while more := {pid for pid, parent in parents.items() if parent in ours} - ours:
        ours |= more
    return len(os.listdir("/proc/self/fd")), len(ours)


def settled():
    """leftovers() once they stay the same: a process that has ended is there until somebody has looked."""
    deadline, seen = monotonic() + 10, [leftovers()]
    while seen[-SAME_LOOKS:] != [seen[-1]] * SAME_LOOKS:
        assert monotonic() < deadline, f"they never settle: {seen[-SAME_LOOKS:]}"
        sleep(0.05)  # between two looks
        seen.append(leftovers())
    return seen[-1]


@needs_shared
def test_every_expected_call_of_the_evaluation_runs(runner):
    offline = {"fetch_structure"}
    for line in (SHARED / "evaluation/tool_calls.jsonl").read_text().splitlines():
        for c in json.loads(line)["expected_calls"]:
            outcome = call(runner, c["name"], **c["arguments"])
            if c["name"] in offline:
                assert outcome.error["code"] == "OFFLINE" and outcome.error["retryable"]
            else:
                assert outcome.ok, outcome.summary
                assert len(outcome.summary) <= 1_500
                assert {"library", "method", "parameters"} <= outcome.provenance.keys()
                assert all(artifact.alt for artifact in outcome.artifacts)
