import json

import pytest

from engine.config import EngineConfig
from engine.engine import Engine
from engine.errors import InvalidRequest
from engine.media import Prompt
from engine.media_prompt import prompt_of_ids
from engine.ranks.errors import RanksRestarted
from engine.sampling_params import SamplingParams
from engine.timeline import RecordedTimeline
from tests.engine.fakes import PagedRunner, picture


@pytest.fixture
def file(tmp_path):
    return tmp_path / "run.json"


def recorded(file, requests, runner=None, max_events=1000):
    """The events of a run in which all requests are answered."""
    timeline = RecordedTimeline(file, max_events)
    engine = Engine(EngineConfig("unused"), runner or PagedRunner(), frozenset(), timeline=timeline)
    for request_id, prompt in enumerate(requests):
        engine.add(request_id, prompt, SamplingParams(max_tokens=3), submitted_at=0.0)
    while engine.has_work:
        engine.step()
    timeline.write()
    return json.loads(file.read_text())["traceEvents"]


def test_every_step_is_there_with_its_parts(file):
    events = recorded(file, [Prompt([1, 2, 3]), Prompt([4])])

    spans = [event for event in events if event["ph"] == "X"]
    assert [span["name"] for span in spans] == ["schedule", "execute"] * 3
    assert [span["args"] for span in spans if span["name"] == "execute"] == [
        {"tokens": 4, "sequences": 2},
        {"tokens": 2, "sequences": 2},
        {"tokens": 2, "sequences": 2},
    ]
    assert all(span["dur"] >= 0 for span in spans)


def test_a_request_goes_through_its_stages(file):
    events = recorded(file, [Prompt([1, 2, 3])])

    stages = [(event["ph"], event["name"]) for event in events if event.get("id") == 0]
    assert stages == [
        ("b", "request"), ("b", "waiting"),
        ("e", "waiting"), ("b", "prefill"),
        ("e", "prefill"), ("b", "decode"),
        ("e", "decode"), ("e", "request"),
    ]  # fmt: skip
    assert next(event["args"] for event in events if event.get("ph") == "b") == {
        "prompt": 3,
        "generated": 3,
        "end": "length",
    }


def test_an_encoder_run_is_a_span(file):
    prompt = prompt_of_ids([1, 900, 900, 900], (picture(3),), PagedRunner().placeholder_ids)

    events = recorded(file, [prompt])

    assert [event["name"] for event in events if event["ph"] == "X"][:4] == [
        "schedule",
        "encode",
        "schedule",
        "execute",
    ]


def test_a_restart_of_the_ranks_is_marked(file):
    runner = PagedRunner()

    def lose_once(plan):
        runner.before_step = lambda plan: None
        runner.wipe()
        raise RanksRestarted("rank 1 ended")

    runner.before_step = lose_once
    events = recorded(file, [Prompt([1])], runner)

    assert [event["name"] for event in events if event["ph"] == "i"] == ["ranks restarted"]


def test_the_file_holds_the_latest_events_only(file):
    events = recorded(file, [Prompt([1])] * 20, max_events=10)

    assert len([event for event in events if event["ph"] != "M"]) == 10
    assert any(event.get("args", {}).get("end") == "length" for event in events)


def test_events_are_in_the_order_of_the_clock(file):
    events = recorded(file, [Prompt([1, 2]), Prompt([3])])

    times = [event["ts"] for event in events if event["ph"] != "M"]
    assert times == sorted(times)


def test_a_file_that_cannot_be_written_is_refused_before_the_run(tmp_path):
    with pytest.raises(InvalidRequest, match="which cannot be written: No such file or directory"):
        RecordedTimeline(tmp_path / "nowhere" / "run.json")
