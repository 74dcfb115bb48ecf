"""One side as the bench sees it: a program of its own that serves jobs."""

import os
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from urllib.parse import urlsplit

from engine.bench.job import Job, Sample, SideSettings, read_sample, write_job, write_settings
from engine.bench.proc import listening_process, peak_memory
from engine.bench.sides.job_loop import READY
from engine.errors import EngineError

_ROOT = Path(__file__).parents[2]
_CLOSE_TIMEOUT_S = 10
_HERE = ("localhost", "127.0.0.1", "::1")


class BenchFailed(EngineError):
    """A side ended; what it said is on the terminal."""


@dataclass(frozen=True)
class SideSpec:
    """label: in the table. program: in engine/bench/sides. python: whose libraries it sees."""

    label: str
    program: str
    python: str
    settings: SideSettings

    @property
    def is_server(self) -> bool:
        return self.program == "server"


class Side:
    """Starting it waits until it has made a token. start_s: that time; None for a server, which ran before."""

    def __init__(self, spec: SideSpec) -> None:
        self.label = spec.label
        command = [spec.python, "-m", f"engine.bench.sides.{spec.program}", write_settings(spec.settings)]
        num_threads = str(spec.settings.num_threads)
        environment = os.environ | {"PYTHONPATH": str(_ROOT), "OMP_NUM_THREADS": num_threads}
        began = perf_counter()
        self._process = subprocess.Popen(
            command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        try:
            line = self._reply()
        except BaseException:
            self.close()
            raise
        assert line.strip() == READY, line
        self.start_s = None if spec.is_server else perf_counter() - began
        self.pids = _server_pids(spec.settings.model) if spec.is_server else [self._process.pid]

    def serve(self, job: Job) -> Sample:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(write_job(job) + "\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            raise self._ended() from None
        return read_sample(self._reply())

    def peak_memory(self) -> int:
        """Bytes, of its largest process; 0 if nothing is known, as of a server on another machine."""
        return peak_memory(self.pids) if self.pids else 0

    def close(self) -> None:
        """The end of its input ends its loop; one that is at work, or hangs in its last breath, is stopped."""
        assert self._process.stdin is not None and self._process.stdout is not None
        with suppress(BrokenPipeError):
            self._process.stdin.close()
        try:
            self._process.wait(_CLOSE_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()

    def _reply(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise self._ended()
        return line

    def _ended(self) -> BenchFailed:
        return BenchFailed(f"{self.label} ended with status {self._process.wait()}; it says why above.")


def _server_pids(url: str) -> list[int]:
    parts = urlsplit(url)
    if parts.hostname not in _HERE:
        return []
    pid = listening_process(parts.port or 80)
    return [] if pid is None else [pid]
