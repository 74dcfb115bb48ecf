"""python app.py from outside, where it ends by itself."""

import socket
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

pytestmark = pytest.mark.timeout(180)  # each starts the whole program


def run(*arguments):
    return subprocess.run(
        [sys.executable, "app.py", *arguments], cwd=ROOT, capture_output=True, text=True, timeout=150, check=False
    )


def test_an_unknown_option_stops_with_one_line():
    ended = run("--share")

    assert ended.returncode == 2
    assert ended.stderr.startswith("--share is not an option of Benchside; allowed: --model, ")
    assert len(ended.stderr.splitlines()) == 1


def test_a_port_in_use_stops_with_one_line():
    with socket.create_server(("127.0.0.1", 0)) as other:
        ended = run("--port", str(other.getsockname()[1]))

    assert ended.returncode == 2
    assert ended.stderr.endswith("cannot be opened: Address already in use. Choose another --port.\n")
    assert len(ended.stderr.splitlines()) == 1


def test_a_model_that_cannot_be_loaded_ends_the_program_with_its_reason(tmp_path):
    ended = run("--port", "0", "--model", str(tmp_path))

    assert ended.returncode == 2
    assert str(tmp_path) in ended.stderr
    assert "Traceback" not in ended.stderr
    assert "http://127.0.0.1:" in ended.stdout
