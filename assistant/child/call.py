"""One tool call as the app sees it: two sockets to wait on, and words for every way it may end."""

import signal
import socket
from contextlib import suppress
from time import monotonic

from assistant.child import protocol
from assistant.child.reply import Reply, out_of_memory, refusal, unpack_reply
from assistant.child.zygote_process import START_TIMEOUT_S, ZygoteProcess
from assistant.tools.progress import Tell
from assistant.tools.result import ToolError

REAP_TIMEOUT_S = 1.0  # how long the zygote may take to say how a job ended


class Call:
    """Run it in one thread; hang_up() from any, which ends the waiting and kills the job."""

    def __init__(self, name: str, memory_bytes: int) -> None:
        self._name = name
        self._memory_bytes = memory_bytes
        self._lifeline, self._far_lifeline = socket.socketpair()
        self._exchange, self._far_exchange = socket.socketpair()

    def __enter__(self) -> "Call":
        return self

    def __exit__(self, *_: object) -> None:
        self._lifeline.close()
        self._exchange.close()
        self._close_far_ends()

    def hang_up(self) -> None:
        for end in (self._lifeline, self._exchange):
            with suppress(OSError):  # the call has just ended
                end.shutdown(socket.SHUT_RDWR)

    def run(self, zygote: ZygoteProcess, arguments: bytes, on_progress: Tell | None = None) -> Reply | None:
        """The reply, or why there is none. None when the zygote is gone, or after hang_up()."""
        try:
            zygote.submit(self._name, (self._far_exchange, self._far_lifeline))
            self._close_far_ends()
            protocol.send_frame(self._exchange, arguments)
            started = protocol.receive_exactly(self._lifeline, protocol.STARTED.size, monotonic() + START_TIMEOUT_S)
        except BlockingIOError:
            return _refused("tool_failed", "Too many tool calls are waiting.", "Try again in a moment.")
        except TimeoutError:
            return _refused("tool_failed", f"{self._name} could not be started within {START_TIMEOUT_S:.0f} s.")
        except OSError:
            return None
        if len(started) < protocol.STARTED.size:
            return None
        (timeout_s,) = protocol.STARTED.unpack(started)
        return self._wait(timeout_s, on_progress)

    def _wait(self, timeout_s: float, on_progress: Tell | None) -> Reply | None:
        deadline = monotonic() + timeout_s
        try:
            body = self._receive(deadline, on_progress)
            if body is None:
                ended = protocol.receive_exactly(self._lifeline, protocol.ENDED.size, deadline + REAP_TIMEOUT_S)
                return self._explain(ended, timeout_s)
        except TimeoutError:
            return self._timed_out(timeout_s)
        return unpack_reply(body)

    def _receive(self, deadline: float, on_progress: Tell | None) -> bytes | None:
        """The reply; None when the job ended without one, or reports progress without end."""
        for _ in range(protocol.MAX_PROGRESS):
            mark = protocol.receive_exactly(self._exchange, 1, deadline)
            if mark == protocol.REPLY_MARK:
                return protocol.receive_frame(self._exchange, protocol.MAX_REPLY_BYTES, deadline)
            report = protocol.receive_exactly(self._exchange, protocol.PROGRESS.size, deadline)
            if mark != protocol.PROGRESS_MARK or len(report) < protocol.PROGRESS.size:
                break
            if on_progress:
                on_progress(*protocol.PROGRESS.unpack(report))
        return None

    def _close_far_ends(self) -> None:
        self._far_exchange.close()
        self._far_lifeline.close()

    def _explain(self, ended: bytes, timeout_s: float) -> Reply | None:
        if len(ended) < protocol.ENDED.size:
            return None
        (status,) = protocol.ENDED.unpack(ended)
        if status == -signal.SIGXCPU:
            return self._timed_out(timeout_s)
        if status == -signal.SIGKILL:  # not by us, so by the system, for the memory it used
            return out_of_memory(self._name, self._memory_bytes)
        how = signal.Signals(-status).name if status < 0 else f"exit status {status}"
        return _refused("tool_failed", f"{self._name} crashed on this input ({how}).", "Try another input.")

    def _timed_out(self, timeout_s: float) -> Reply:
        return _refused("tool_timeout", f"{self._name} was stopped after {timeout_s:g} s.", "Try a smaller input.")


def _refused(code: str, message: str, hint: str = "") -> Reply:
    return refusal(ToolError(code, message, hint))
