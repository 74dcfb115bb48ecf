"""The app's end of the zygote: start it, reach it, end it."""

import array
import os
import select
import socket
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

from assistant.child import protocol
from assistant.child.limits import Limits

ROOT = Path(__file__).parents[2]
START_TIMEOUT_S = 60.0  # importing the libraries takes 2 s from a warm disk
STOP_TIMEOUT_S = 5.0
# All that a job may know of our environment. More threads than one would make forking unsafe.
KEPT_VARIABLES = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH")
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}


class ToolsUnavailable(Exception):
    """The tools cannot be loaded, for whoever starts the app."""


class ZygoteProcess:
    """Starting returns at once; calls that come early wait in the control socket."""

    def __init__(self, catalogue: str, limits: Limits) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="benchside-tools-")
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        kept = {name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ}
        places = {"HOME": self._folder.name, "TMPDIR": self._folder.name}
        with theirs:
            arguments = [theirs.fileno(), catalogue, self._folder.name, limits.memory_bytes, limits.file_bytes]
            self._process = subprocess.Popen(
                [sys.executable, "-m", "assistant.child.zygote", *map(str, arguments)],
                cwd=ROOT,
                env=kept | places | ONE_THREAD,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                start_new_session=True,  # Ctrl-C in a terminal is for the app
            )

    def receive_offers(self) -> tuple[dict[str, Any], ...]:
        """The group and the schema of each tool. Wait for the hello of a new process. To be called once."""
        poll = select.poll()
        poll.register(self._control, select.POLLIN)
        if not poll.poll(START_TIMEOUT_S * 1000):
            raise ToolsUnavailable(f"The tools were not loaded within {START_TIMEOUT_S:.0f} s.")
        hello = self._control.recv(protocol.MAX_PACKET_BYTES)
        if not hello:
            raise ToolsUnavailable("The tools cannot be loaded (see the server log).")
        return tuple(protocol.unpack(hello))

    def submit(self, name: str, sockets: tuple[socket.socket, socket.socket]) -> None:
        """Never waits: BlockingIOError when too many calls are queued, another OSError when the process is gone."""
        fds = array.array("i", [s.fileno() for s in sockets])
        packet = protocol.pack(name)
        self._control.sendmsg([packet], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, fds)], socket.MSG_DONTWAIT)

    def close(self) -> None:
        """End it and every job."""
        with suppress(OSError):  # it has ended already
            self._control.shutdown(socket.SHUT_RDWR)
        try:
            self._process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._control.close()
        self._folder.cleanup()
