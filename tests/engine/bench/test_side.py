"""A side's process, from outside."""

import os
import stat
import sys

import pytest

from engine.bench import side as module
from engine.bench.job import Request, SideSettings
from engine.bench.side import BenchFailed, Side, SideSpec

SETTINGS = SideSettings("model", "float32", 1, 64, 8, 1)


@pytest.fixture
def spec(tmp_path):
    """A function: what runs in place of the side's program, as its Python would."""

    def make(code):
        script = tmp_path / "python"
        script.write_text(f"#!{sys.executable}\nimport sys, time, os\n{code}\n")
        script.chmod(stat.S_IRWXU)
        return SideSpec("peer", "program", str(script), SETTINGS)

    return make


def is_alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_it_is_ready_after_its_first_token_and_ends_with_its_input(spec):
    side = Side(spec("time.sleep(0.05); print('ready', flush=True); sys.stdin.read()"))

    side.close()

    assert side.start_s > 0.05
    assert not is_alive(side.pids[0])


def test_one_that_ends_before_it_is_ready_is_reported(spec):
    with pytest.raises(BenchFailed, match="peer ended with status 3"):
        Side(spec("sys.exit(3)"))


def test_one_that_ends_between_jobs_is_reported(spec):
    side = Side(spec("print('ready', flush=True); os.close(0); os.close(1); sys.exit(4)"))
    side._process.wait()

    with pytest.raises(BenchFailed, match="peer ended with status"):
        side.serve([Request([1] * 100_000, 1)])

    side.close()


def test_one_that_does_not_end_is_stopped(spec, monkeypatch):
    monkeypatch.setattr(module, "_CLOSE_TIMEOUT_S", 0.1)
    side = Side(spec("print('ready', flush=True); time.sleep(1000)"))

    side.close()

    assert not is_alive(side.pids[0])
