"""A rank other than 0, a process of its own: load a part of the model, meet the others, compute what rank 0 says.

    python -m engine.ranks.worker          started by engine/ranks/worker_process.py, its standard input is the socket

It ends when rank 0 hangs up or dies, when another rank is lost, and when a step raises: the others then wait for a part
of a sum that will not come, so rank 0 starts all anew.
"""

import ctypes
import json
import logging
import os
import signal
import socket
import sys
import threading
from pathlib import Path

from engine.config import EngineConfig
from engine.errors import CheckpointError, EngineError
from engine.model_runner import ModelRunner
from engine.ranks.errors import RankLost
from engine.ranks.frames import Kind, pack, pack_json, receive
from engine.ranks.step_frame import unpack_step

BEAT_S = 1.0
# Of rank 0 the others are patient: between two sums it may be busy elsewhere, and if it dies they see it hang up.
_TIMEOUT_S = 600.0
_PR_SET_PDEATHSIG = 1

_logger = logging.getLogger(__name__)


class _Voice:
    """What this rank says to rank 0, from two threads."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._lock = threading.Lock()
        self._stopped = threading.Event()

    def say(self, frame: bytes) -> None:
        with self._lock:
            self._connection.sendall(frame)

    def beat(self) -> None:
        """Until rank 0 does not listen any more."""
        while not self._stopped.wait(BEAT_S):
            try:
                self.say(pack(Kind.BEAT))
            except OSError:
                return

    def stop(self) -> None:
        self._stopped.set()


def main() -> int:
    connection = _take_standard_input()
    _die_with_parent()
    voice = _Voice(connection)
    threading.Thread(target=voice.beat, name="beat", daemon=True).start()
    try:
        return _serve(connection, voice)
    except OSError:  # rank 0 hung up while we were talking to it
        return 0
    except RankLost as lost:  # rank 0 itself, or it will notice as well
        _logger.warning("%s", lost)
        return 1
    finally:
        voice.stop()


def _serve(connection: socket.socket, voice: _Voice) -> int:
    start = receive(connection)
    if start is None:
        return 0
    settings = json.loads(start[1])
    logging.basicConfig(level=logging.WARNING, format=f"rank {settings['rank']}: %(message)s")
    voice.say(pack(Kind.BEAT))
    try:
        runner = ModelRunner(EngineConfig(**settings["config"]), settings["rank"])
    except EngineError as error:
        kind = "checkpoint" if isinstance(error, CheckpointError) else "request"
        voice.say(pack_json(Kind.FAILED, {"kind": kind, "message": str(error)}))
        return 1
    voice.say(pack(Kind.READY))
    return _run(connection, runner)


def _run(connection: socket.socket, runner: ModelRunner) -> int:
    assert runner.collectives is not None
    while (frame := receive(connection)) is not None:
        kind, body = frame
        if kind is Kind.JOIN:
            runner.collectives.connect(Path(body.decode()), _TIMEOUT_S)
            continue
        assert kind is Kind.STEP, kind
        runner.forward(*unpack_step(body))
    return 0


def _take_standard_input() -> socket.socket:
    """Nothing that this process starts, such as a compiler, may hold the socket open."""
    connection = socket.socket(fileno=os.dup(0))
    with open(os.devnull) as nothing:
        os.dup2(nothing.fileno(), 0)
    return connection


def _die_with_parent() -> None:
    """If the parent is gone already, the socket says so. Without Linux, the socket alone does."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


if __name__ == "__main__":
    sys.exit(main())
