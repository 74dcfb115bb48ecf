"""The whole program, with real processes."""

import json

import pytest

from engine.bench.__main__ import main
from tests.engine.tiny_checkpoint import write_checkpoint

KINDS = ["throughput", "first-token", "prefix", "context", "mix"]


@pytest.mark.timeout(300)  # two processes that import torch, one of them transformers
def test_both_sides_do_the_same_work_and_the_table_has_every_row(tmp_path, capsys):
    folder = write_checkpoint("qwen3", tmp_path / "tiny")
    options = ["--dtype", "float32", "--quick", "--cache", str(tmp_path), "--measure", "throughput", "first-token"]

    main(["--model", str(folder), "--peer", "transformers", *options, "--json", str(tmp_path / "out.json")])

    findings = json.loads((tmp_path / "out.json").read_text())["findings"]
    assert list(findings["figures"]) == ["1 at once, 9 in, 5 out", "2 at once, 9 in, 5 out", "prompt of 40"]
    sides = ["benchside float32", "transformers float32"]
    for measure, by_side in findings["figures"].items():
        assert sorted(by_side) == sides
        assert all(value > 0 for rounds in by_side.values() for figures in rounds for value in figures.values())
        assert findings["same_tokens"][measure] == {"transformers float32": 1.0}
    assert all(findings["peak_memory"][side] > 50e6 and findings["start_s"][side][0] > 0.1 for side in sides)
    table = capsys.readouterr().out
    assert "| prompt of 40: first token ms |" in table
    assert "| start to first token s |" in table


@pytest.mark.slow
@pytest.mark.timeout(300)  # three processes that import torch
def test_each_side_is_started_again_in_every_round_where_that_is_measured(tmp_path):
    folder = write_checkpoint("llama", tmp_path / "tiny")
    options = ["--dtype", "float32", "--quick", "--measure", *KINDS, "start-up", "--json", str(tmp_path / "out.json")]

    main(["--model", str(folder), *options, "--lock", str(tmp_path / "lock")])

    findings = json.loads((tmp_path / "out.json").read_text())["findings"]
    assert len(findings["start_s"]["benchside float32"]) == 2
    warm, context, mix = (
        findings["figures"][measure]["benchside float32"][0]
        for measure in ("prompt of 80, first 64 cached", "context", "chat mix of 2, at once")
    )
    assert warm["warm / cold"] > 0 and context["step at 48 ms"] > 0 and mix["total tokens/s"] > 0


def test_a_model_that_is_not_there_ends_in_one_sentence(tmp_path):
    with pytest.raises(SystemExit, match="There is no model at .*nowhere"):
        main(["--model", str(tmp_path / "nowhere")])


def test_a_sequence_that_the_model_cannot_hold_ends_in_one_sentence(tmp_path):
    folder = write_checkpoint("llama", tmp_path / "tiny")

    with pytest.raises(SystemExit, match="A sequence of 624 tokens is to be measured, but .*tiny takes at most 512"):
        main(["--model", str(folder), "--measure", "context", "--context", "16", "600"])


def test_a_configuration_that_is_not_there_ends_in_one_sentence(tmp_path):
    with pytest.raises(SystemExit, match="There is no configuration bench-mo; give a config.json, or one of bench-"):
        main(["--random", "bench-mo", "--cache", str(tmp_path)])


def test_a_side_that_ends_is_reported(tmp_path):
    folder = write_checkpoint("llama", tmp_path / "tiny")
    options = ["--dtype", "float32", "--quick", "--peer", "http://127.0.0.1:9/v1"]  # where nobody listens

    with pytest.raises(SystemExit, match="http://127.0.0.1:9/v1 ended with status 1"):
        main(["--model", str(folder), *options])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--peer", "llama.cpp"], "say --peer-python llama.cpp=PATH"),
        (["--peer", "lama"], "--peer lama is none of transformers, llama.cpp, vllm and no URL"),
        (["--peer-python", "vllm=python"], "--peer-python names vllm, which no --peer does"),
        (["--peer", "transformers", "--peer", "transformers"], "a --peer is given twice"),
        (["--measure", "start-up"], "--measure start-up needs another measure beside it"),
    ],
)
def test_options_that_cannot_be_meant_are_refused(options, message, tmp_path, capsys):
    with pytest.raises(SystemExit):
        main(["--model", str(tmp_path), *options])

    assert message in capsys.readouterr().err
