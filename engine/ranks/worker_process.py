"""Rank 0's end of one other rank: start it, tell it, hear it, end it."""

import os
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from time import monotonic

from engine.ranks.errors import RankLost
from engine.ranks.frames import FrameBuffer, Kind

ROOT = Path(__file__).parents[2]
_MAX_READ = 2**16


class WorkerProcess:
    """is_ready: its weights are loaded. heard_at: when it last said something; None before it has."""

    def __init__(self, rank: int, num_threads: int) -> None:
        self.rank = rank
        self.is_ready = False
        self.started_at = monotonic()
        self.heard_at: float | None = None
        self.connection, theirs = socket.socketpair()
        self._buffer = FrameBuffer()
        with theirs:
            self._process: subprocess.Popen[bytes] = subprocess.Popen(
                [sys.executable, "-m", "engine.ranks.worker"],
                cwd=ROOT,
                env=os.environ | {"OMP_NUM_THREADS": str(num_threads)},
                stdin=theirs.fileno(),
                start_new_session=True,  # Ctrl-C in a terminal is for the app
            )

    @property
    def pid(self) -> int:
        return self._process.pid

    def tell_first(self, frame: bytes) -> None:
        """Before it can listen: a short frame, which waits for it. If it is gone already, that shows elsewhere."""
        with suppress(OSError):
            self.connection.send(frame)

    def tell(self, frame: bytes) -> None:
        """Waits while the rank does not read; whoever watches it ends such a wait by killing it."""
        try:
            self.connection.sendall(frame)
        except OSError as error:
            raise RankLost(f"rank {self.rank} does not listen any more: {error}") from error

    def hear(self) -> list[tuple[Kind, bytes]] | None:
        """What has come, where something has. None when it is gone."""
        try:
            data = self.connection.recv(_MAX_READ, socket.MSG_DONTWAIT)
        except BlockingIOError:
            return []
        except OSError:
            return None
        if not data:
            return None
        self.heard_at = monotonic()
        return self._buffer.push(data)

    def kill(self) -> None:
        """It is gone soon after. Does nothing to one that is."""
        self._process.kill()

    def reap(self) -> int:
        """Wait for the end of one that was killed; its exit status, negative for a signal."""
        status = self._process.wait()
        self.connection.close()
        return status
