"""python app.py from outside, where it ends by itself."""

import os
import re
import signal
import socket
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest

from assistant.data_folder import DataFolder
from tests.assistant.remote.misbehaving_server import MODEL, running_server
from tests.engine.ranks.checkpoint import write_dense
from tests.processes import descendants, have_ended

ROOT = Path(__file__).parent.parent

MAX_ORPHAN_S = 2.0
linux_only = pytest.mark.skipif(sys.platform != "linux", reason="looks for what is left behind in /proc")

pytestmark = pytest.mark.timeout(180)  # each starts the whole program


def run(*arguments):
    return subprocess.run(
        [sys.executable, "app.py", *arguments], cwd=ROOT, capture_output=True, text=True, timeout=150, check=False
    )


def test_an_unknown_option_stops_with_one_line():
    ended = run("--shared")

    assert ended.returncode == 2
    assert ended.stderr.startswith("--shared is not an option of Benchside; allowed: --model, ")
    assert len(ended.stderr.splitlines()) == 1


def test_a_port_in_use_stops_with_one_line(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as other:
        ended = run("--port", str(other.getsockname()[1]), "--data-dir", str(tmp_path))

    assert ended.returncode == 2
    assert ended.stderr.endswith("cannot be opened: Address already in use. Choose another --port.\n")
    assert len(ended.stderr.splitlines()) == 1


def test_a_model_that_cannot_be_loaded_ends_the_program_with_its_reason(tmp_path):
    ended = run("--port", "0", "--model", str(tmp_path), "--data-dir", str(tmp_path / "data"))

    assert ended.returncode == 2
    assert str(tmp_path) in ended.stderr
    assert "Traceback" not in ended.stderr
    assert "http://127.0.0.1:" in ended.stdout


def test_a_data_folder_that_another_process_uses_stops_with_one_line(tmp_path):
    data = DataFolder(tmp_path)
    ended = run("--port", "0", "--data-dir", str(tmp_path))
    data.close()

    assert ended.returncode == 2
    assert ended.stderr == (
        f"{tmp_path} is in use by another Benchside. End that one, or start this one with another --data-dir.\n"
    )


@linux_only
def test_the_model_of_another_server_needs_no_torch_and_no_key_is_printed(tmp_path):
    with running_server() as server:
        command = [sys.executable, "app.py", "--port", "0", "--data-dir", str(tmp_path), "--engine-url", server.url]
        environment = os.environ | {"BENCHSIDE_ENGINE_KEY": "sk-secret", "BENCHSIDE_LOG_LEVEL": "debug"}
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
        with subprocess.Popen(command, cwd=ROOT, env=environment, **pipes) as process:
            lines = []
            for line in process.stdout:
                lines.append(line)
                if "is ready after" in line:
                    break
            libraries = Path(f"/proc/{process.pid}/maps").read_text()
            process.terminate()
            lines += process.stdout

    assert any(line.startswith(f"{MODEL} @ 127.0.0.1:") for line in lines)
    assert "torch" not in libraries
    assert "sk-secret" not in "".join(lines)
    assert process.returncode == 0


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return write_dense(tmp_path_factory.mktemp("model"))


@contextmanager
def running(model, data_dir, *arguments):
    """The app, once its model is ready."""
    options = {"--port": "0", "--model": model, "--kv-cache-memory": "1M", "--data-dir": data_dir}
    command = [sys.executable, "app.py", *(str(word) for option in options.items() for word in option), *arguments]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert any(re.search(r"is ready after", line) for line in process.stdout), "it ended before it was ready"
        try:
            yield process
        finally:
            process.kill()


@linux_only
@pytest.mark.parametrize("number", [signal.SIGTERM, pytest.param(signal.SIGINT, marks=pytest.mark.slow)])
def test_a_signal_ends_an_idle_app_and_all_it_has_started(number, model, tmp_path):
    trace = tmp_path / "run.json"
    with running(model, tmp_path / "data", "--tensor-parallel", "2", "--trace", str(trace)) as app:
        handles = [os.pidfd_open(pid) for pid in descendants(app.pid)]

        app.send_signal(number)

        assert app.wait(timeout=30) == 0
    assert len(handles) == 2  # the tools' process and a rank
    assert have_ended(handles, within_s=0.0)
    assert trace.read_text().startswith('{"traceEvents"')


@linux_only
def test_nothing_outlives_an_app_that_is_killed(model, tmp_path):
    with running(model, tmp_path / "data", "--tensor-parallel", "2") as app:
        handles = [os.pidfd_open(pid) for pid in descendants(app.pid)]

        app.kill()

        assert len(handles) == 2
        assert have_ended(handles, within_s=MAX_ORPHAN_S)
