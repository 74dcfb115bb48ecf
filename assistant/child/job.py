"""One tool call in a process of its own: fork, shut every door, run, reply, exit."""

import os
import socket
import sys
import traceback
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any

from assistant.child import limits, protocol
from assistant.child.limits import Limits
from assistant.child.reply import Reply, out_of_memory, pack_reply, refusal, success
from assistant.tools.attached import attached_files
from assistant.tools.base import Tool
from assistant.tools.progress import telling
from assistant.tools.result import ToolError

EXCHANGE_FD = 3  # the only open file of a job besides standard input, output and error


@dataclass(frozen=True, slots=True)
class Job:
    name: str
    timeout_s: float
    folder: str  # private and empty
    limits: Limits


def fork(job: Job, tools: Mapping[str, Tool], exchange_fd: int) -> int:
    """The process id of a new job, which reads its arguments from exchange_fd and replies there."""
    zygote_pid = os.getpid()
    pid = os.fork()
    if pid != 0:
        return pid
    status = 1
    try:
        _shut_doors(job, zygote_pid, exchange_fd)
        _exchange(job, tools)
        status = 0
    except BaseException:  # nothing may get past here, into the zygote's own loop in a second process
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(status)


def _shut_doors(job: Job, zygote_pid: int, exchange_fd: int) -> None:
    os.setsid()
    limits.die_with(zygote_pid)
    os.dup2(exchange_fd, EXCHANGE_FD)
    os.closerange(EXCHANGE_FD + 1, os.sysconf("SC_OPEN_MAX"))
    os.chdir(job.folder)
    limits.limit_resources(job.timeout_s, job.limits)
    limits.drop_privileges()


def _exchange(job: Job, tools: Mapping[str, Tool]) -> None:
    deadline = monotonic() + job.timeout_s
    with socket.socket(fileno=EXCHANGE_FD) as exchange:
        given = protocol.receive_frame(exchange, protocol.MAX_CALL_BYTES, deadline)
        if given is not None:  # else the app hung up
            with telling(lambda num_done, num_total: _report(exchange, num_done, num_total)):
                body = _body(job, tools, given)
            exchange.sendall(protocol.REPLY_MARK)
            protocol.send_frame(exchange, body)


def _report(exchange: socket.socket, num_done: int, num_total: int) -> None:
    with suppress(OSError):  # the app hung up; this process is about to be killed
        exchange.sendall(protocol.PROGRESS_MARK + protocol.PROGRESS.pack(num_done, num_total))


def _body(job: Job, tools: Mapping[str, Tool], given: bytes) -> bytes:
    """given: the arguments, and the files of the conversation by name."""
    try:
        call = protocol.unpack(given)
        files = {name: Path(path) for name, path in call["files"].items()}
        with attached_files(files):
            body = pack_reply(_run(job.name, tools, call["arguments"]))
    except MemoryError:
        return pack_reply(out_of_memory(job.name, job.limits.memory_bytes))
    if len(body) <= protocol.MAX_REPLY_BYTES:
        return body
    size, limit = len(body) / 2**20, protocol.MAX_REPLY_BYTES // 2**20
    message = f"The result of {job.name} is {size:.1f} MB large; the limit is {limit} MB."
    return pack_reply(refusal(ToolError("tool_failed", message, "Try a smaller input.")))


def _run(name: str, tools: Mapping[str, Tool], arguments: dict[str, Any]) -> Reply:
    try:
        if name not in tools:
            raise ToolError("UNKNOWN_TOOL", f"There is no tool '{name}'.", f"The tools are: {', '.join(tools)}.")
        tools[name].check_arguments(arguments)
        result = tools[name].run(**arguments)
    except ToolError as error:
        return refusal(error)
    except MemoryError:
        raise
    except Exception:
        traceback.print_exc()
        return refusal(ToolError("tool_failed", f"{name} failed on this input (see the server log)."))
    return success(result)
