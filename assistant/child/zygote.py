"""The process that forks a job for every tool call: it has the tools loaded, one thread, and no network.

    python -m assistant.child.zygote CONTROL_FD CATALOGUE_MODULE FOLDER MEMORY_BYTES FILE_BYTES

It kills a job whose caller hangs up, tells the caller how a job ended, and ends when the app does.
"""

import gc
import importlib
import os
import select
import selectors
import shutil
import signal
import socket
import sys
import tempfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass

from assistant.child import job, limits, protocol
from assistant.child.huge_pages import use_huge_pages
from assistant.tools.base import DEFAULT_TIMEOUT_S, Tool


@dataclass(frozen=True, slots=True)
class _Running:
    pid: int
    pid_fd: int
    lifeline: socket.socket
    folder: str


class Zygote:
    def __init__(
        self, control: socket.socket, tools: Mapping[str, Tool], folder: str, job_limits: limits.Limits
    ) -> None:
        self._control = control
        self._tools = tools
        self._folder = folder
        self._limits = job_limits
        self._is_open = True
        self._selector = selectors.DefaultSelector()
        self._on(control, self._accept)

    def serve(self) -> None:
        """Until the app hangs up; jobs that are running then die with this process."""
        while self._is_open:
            for key, _ in self._selector.select():
                # an earlier event of this round may have closed the file of this one, and reused its number
                if self._selector.get_map().get(key.fd) is key:
                    key.data()

    def _on(self, source: socket.socket | int, action: Callable[[], None]) -> None:
        self._selector.register(source, selectors.EVENT_READ, action)

    def _accept(self) -> None:
        packet, fds, _, _ = socket.recv_fds(self._control, protocol.MAX_PACKET_BYTES, 2)
        if not packet:
            self._is_open = False
            return
        name = protocol.unpack(packet)
        exchange_fd, lifeline_fd = fds
        tool = self._tools.get(name)
        timeout_s = tool.timeout_s if tool else DEFAULT_TIMEOUT_S
        folder = tempfile.mkdtemp(dir=self._folder)
        pid = job.fork(job.Job(name, timeout_s, folder, self._limits), self._tools, exchange_fd)
        os.close(exchange_fd)
        running = _Running(pid, os.pidfd_open(pid), socket.socket(fileno=lifeline_fd), folder)
        self._on(running.pid_fd, lambda: self._reap(running))
        self._on(running.lifeline, lambda: self._kill(running))
        _tell(running.lifeline, protocol.STARTED.pack(timeout_s))

    def _kill(self, running: _Running) -> None:
        """The caller hung up. What is left of the job's process group follows in _reap."""
        self._selector.unregister(running.lifeline)
        os.kill(running.pid, signal.SIGKILL)

    def _reap(self, running: _Running) -> None:
        self._selector.unregister(running.pid_fd)
        if running.lifeline in self._selector.get_map():
            self._selector.unregister(running.lifeline)
        with suppress(ProcessLookupError):  # it died before it had a process group
            os.killpg(running.pid, signal.SIGKILL)
        _, status = os.waitpid(running.pid, 0)
        _tell(running.lifeline, protocol.ENDED.pack(os.waitstatus_to_exitcode(status)))
        running.lifeline.close()
        os.close(running.pid_fd)
        shutil.rmtree(running.folder, ignore_errors=True)


def _tell(lifeline: socket.socket, message: bytes) -> None:
    with suppress(BrokenPipeError):  # the caller hung up; _kill follows
        lifeline.sendall(message)


def _leave_when_alone(control: socket.socket, every_s: float) -> None:
    """End when the app does, also while the tools load and nobody reads the control socket. every_s 0: no more."""
    hung_up = select.poll()
    hung_up.register(control, 0)
    signal.signal(signal.SIGALRM, lambda *_: os._exit(0) if hung_up.poll(0) else None)
    signal.setitimer(signal.ITIMER_REAL, every_s, every_s)


def main() -> None:
    control_fd, catalogue_module, folder, memory_bytes, file_bytes = sys.argv[1:]
    control = socket.socket(fileno=int(control_fd))
    catalogue = importlib.import_module(catalogue_module)
    control.send(protocol.pack([{"group": tool.group, "schema": tool.schema} for tool in catalogue.TOOLS]))
    _leave_when_alone(control, every_s=0.2)
    catalogue.warm_up()
    if not limits.leave_network():
        print("This system does not permit cutting the tools off from the network.", file=sys.stderr)
    gc.collect()
    gc.freeze()  # a collection in a job would copy the pages it shares with the others
    use_huge_pages()
    _leave_when_alone(control, every_s=0)  # from here on serve() notices it
    job_limits = limits.Limits(int(memory_bytes), int(file_bytes))
    Zygote(control, {tool.name: tool for tool in catalogue.TOOLS}, folder, job_limits).serve()


if __name__ == "__main__":
    main()
