import json

import pytest

from assistant.evaluate import CASES, Case, read_cases, report, table, transcribe
from assistant.events import Finished, Text, Thinking, ToolFinished, ToolStarted
from assistant.scoring import Call, Transcript, judge

CASE = Case("a-1", "Draw CCO", [Call("render_molecule", {"smiles": "CCO"})], "draw", "en")


def test_shipped_cases_are_many_bilingual_and_often_need_no_tool():
    cases = read_cases(CASES)

    assert len(cases) >= 200
    assert sum(not case.expected_calls for case in cases) >= 40
    assert {case.lang for case in cases} == {"en", "zh"}
    assert len({case.id for case in cases}) == len(cases)


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        pytest.param("{", "line 1", id="not-json"),
        pytest.param('{"id": "x", "prompt": "y"}', "expected_calls", id="field-missing"),
        pytest.param('{"id": "x", "prompt": "y", "expected_calls": [{"tool": "z"}]}', "line 1", id="call-without-name"),
        pytest.param("", "no cases", id="empty-file"),
    ],
)
def test_a_bad_case_file_is_refused_with_its_line(tmp_path, line, complaint):
    path = tmp_path / "cases.jsonl"
    path.write_text(line)

    with pytest.raises(ValueError, match=complaint):
        read_cases(path)


def test_the_answer_is_the_text_after_the_last_tool():
    events = [
        Thinking("hm"),
        Text("Let me look."),
        ToolStarted("1", "render_molecule", {"smiles": "CCO"}),
        ToolFinished("1", True, "2D structure drawn.", (), 0.1),
        Text("Here "),
        Text("it is."),
        Finished("stop", (), 1.0),
    ]

    transcript = transcribe(events)

    assert transcript.answer == "Here it is."
    assert transcript.calls == (Call("render_molecule", {"smiles": "CCO"}),)
    assert transcript.results == ("2D structure drawn.",)


def test_the_report_gives_rates_and_every_case():
    good = Transcript((Call("render_molecule", {"smiles": "CCO"}),), ("Size: 3",), "It has 3 atoms.")
    bad = Transcript((), (), "It has 9 atoms.")
    outcomes = [(t, judge(CASE.prompt, CASE.expected_calls, t)) for t in (good, bad)]

    result = report([CASE, CASE], outcomes)

    assert (result["n"], result["right_tool"], result["exact"], result["grounded"]) == (2, 0.5, 0.5, 0.5)
    assert [case["answer"] for case in result["per_case"]] == ["It has 3 atoms.", "It has 9 atoms."]
    assert json.dumps(result)
    assert "| all | all | 2 | 50.0 % | 50.0 % | 50.0 % |" in table([CASE, CASE], [v for _, v in outcomes])
