import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def run(*arguments):
    command = [sys.executable, "-m", "assistant.tools", *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=100)


def test_a_result_is_printed_as_its_envelope_and_its_files_are_written(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "rain.csv").write_text("city,rain\nOslo,800\nRome,870\n")

    ended = run(
        "plot_data", '{"file": "rain.csv", "y": ["rain"]}', "--files", tmp_path / "in", "--out", tmp_path / "out"
    )

    envelope = json.loads(ended.stdout)
    assert ended.returncode == 0 and envelope["ok"]
    assert "2 values from 800 to 870" in envelope["summary"]
    assert envelope["artifacts"][0]["kind"] == "plot" and envelope["provenance"]["method"] == "line"
    assert json.loads((tmp_path / "out" / "plot.json").read_text())["panels"]


@pytest.mark.slow
def test_a_refusal_is_printed_as_its_envelope_with_exit_status_1():
    ended = run("plot_data", '{"file": "rain.csv", "y": ["rain"]}')

    assert ended.returncode == 1
    assert json.loads(ended.stdout) == {
        "ok": False,
        "code": "NO_FILE",
        "message": "There is no file 'rain.csv': no file is attached.",
        "hint": "Ask for the file.",
        "retryable": False,
    }


@pytest.mark.parametrize(
    "arguments", [("calculate", "2+2"), ("calculate", "[1]"), ("calculate", "{}", "--files", "no"), ()]
)
def test_a_call_that_is_not_one_is_told_apart_from_a_tool_that_refused(arguments):
    ended = run(*arguments)

    assert ended.returncode == 2 and ended.stdout == ""
