"""Every golden case within its tolerance, and a report that cannot say so when one is not."""

import json

import pytest
import torch

from engine.parity.__main__ import main
from engine.parity.check import Check, close, exact, worst
from engine.parity.registry import recognise, run_case
from tests.golden import GOLDEN, needs_golden

CASES = (
    "chat-template-pro",
    "gguf",
    "image-processing",
    "mini-tiny",
    "moe-fp8",
    "pro-tiny",
    "pro-tiny-fp8",
    "s1-tiny",
    "tokenizer-pro",
    "ts",
)
RENDERED = "<|im_start|>user\nHello<|im_end|>\n"


def write_case(folder, text=RENDERED):
    """A chat template of one conversation."""
    folder.mkdir(parents=True)
    (folder / "meta.json").write_text(json.dumps({"what": "chat template rendering", "tolerance": "exact"}))
    messages = [{"role": "user", "content": "Hello"}]
    case = {"name": "hello", "messages": messages, "kwargs": {"add_generation_prompt": False}, "text": text}
    (folder / "cases.json").write_text(json.dumps([case]))


def report(capsys, *arguments):
    status = main([str(argument) for argument in arguments])
    return status, capsys.readouterr().out


@needs_golden
@pytest.mark.parametrize("name", CASES)
def test_the_golden_numbers_are_met(name):
    check = recognise(GOLDEN / name)

    checks = list(run_case(GOLDEN / name, check))

    assert any(check.verdict == "ok" for check in checks)
    assert [check for check in checks if check.verdict == "FAIL"] == []


@needs_golden
def test_every_golden_folder_is_known():
    assert sorted(folder.name for folder in GOLDEN.iterdir() if folder.is_dir()) == list(CASES)


def test_what_agrees_is_ok_and_the_status_is_0(capsys, tmp_path):
    write_case(tmp_path / "template")

    status, out = report(capsys, tmp_path)

    assert status == 0
    assert "template" in out and "renderings" in out and "1 checks, 0 failed" in out


def test_a_wrong_result_fails_with_its_difference_and_status_1(capsys, tmp_path):
    write_case(tmp_path / "template", text=RENDERED.replace("Hello", "Goodbye"))

    status, out = report(capsys, tmp_path)

    assert status == 1
    assert "FAIL" in out and "hello from character 17: 'Hello" in out and "1 checks, 1 failed" in out


def test_a_failed_case_does_not_hide_the_next(capsys, tmp_path):
    write_case(tmp_path / "a", text="wrong")
    write_case(tmp_path / "b")

    status, out = report(capsys, tmp_path)

    assert status == 1
    assert "2 checks, 1 failed" in out


def test_an_unknown_folder_is_named_and_is_no_failure(capsys, tmp_path):
    write_case(tmp_path / "template")
    (tmp_path / "holiday-pictures").mkdir()

    status, out = report(capsys, tmp_path)

    assert status == 0
    assert "holiday-pictures" in out and "not a case that this program knows" in out


def test_a_known_folder_without_its_file_is_a_failure_with_the_reason(capsys, tmp_path):
    write_case(tmp_path / "template")
    (tmp_path / "template" / "cases.json").unlink()

    status, out = report(capsys, tmp_path)

    assert status == 1
    assert "FAIL" in out and "cases.json is missing" in out


def test_a_case_that_needs_the_tokenizer_of_another_says_so(capsys, tmp_path):
    (tmp_path / "strings").mkdir()
    (tmp_path / "strings" / "cases.jsonl").write_text("")

    status, out = report(capsys, tmp_path)

    assert status == 1
    assert "no case beside it has a checkpoint with the released tokenizer" in out


def test_a_file_that_is_not_json_is_a_failure_with_the_reason(capsys, tmp_path):
    write_case(tmp_path / "template")
    (tmp_path / "template" / "cases.json").write_text("[{")

    status, out = report(capsys, tmp_path)

    assert status == 1
    assert "the case can be read" in out and "line 1 column" in out


def test_a_folder_is_known_by_its_files_when_it_does_not_say_what_it_is(tmp_path):
    write_case(tmp_path / "template")
    said = recognise(tmp_path / "template")

    (tmp_path / "template" / "meta.json").unlink()

    assert recognise(tmp_path / "template") is said is not None


def test_one_case_may_be_asked_for_by_name_or_by_its_own_folder(capsys, tmp_path):
    write_case(tmp_path / "right")
    write_case(tmp_path / "wrong", text="wrong")

    assert report(capsys, tmp_path, "--case", "right")[0] == 0
    assert report(capsys, tmp_path / "right")[0] == 0
    assert report(capsys, tmp_path, "--case", "elsewhere")[0] == 1


def test_nothing_to_compare_is_no_success(capsys, tmp_path):
    status = main([str(tmp_path)])

    assert status == 1
    assert "holds no parity case" in capsys.readouterr().err
    assert exact("case", "strings", [], 0).verdict == "FAIL"
    assert worst("case", "features", []).verdict == "FAIL"


@pytest.mark.parametrize(
    ("ours", "verdict"),
    [
        pytest.param([1.0, 2.0], "ok", id="the-same"),
        pytest.param([1.0, 2.0009], "ok", id="within"),
        pytest.param([1.0, 2.002], "FAIL", id="too-far"),
        pytest.param([1.0, float("nan")], "FAIL", id="not-a-number"),
        pytest.param([1.0, float("inf")], "FAIL", id="infinite"),
        pytest.param([1.0, 2.0, 2.0], "FAIL", id="another-shape"),
    ],
)
def test_a_number_is_close_only_within_the_tolerance(ours, verdict):
    check = close("case", "values", torch.tensor(ours), torch.tensor([1.0, 2.0]), 1e-3)

    assert check.verdict == verdict


def test_of_many_checks_the_worst_decides():
    fine, close_one = Check("case", "a", 0.5, 1.0), Check("case", "b", 0.9, 1.0)
    far, without_number = Check("case", "c", 2.0, 1.0), Check("case", "d", float("nan"), 1.0)

    assert worst("case", "all", [fine, close_one, fine]).error == 0.9
    assert "worst: c" in worst("case", "all", [fine, far, close_one]).detail
    assert worst("case", "all", [far, without_number, fine]).verdict == "FAIL"
