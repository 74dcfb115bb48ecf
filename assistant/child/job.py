"""One tool call in a process of its own: fork, shut every door, run, reply, exit."""

import os
import socket
import sys
import traceback
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from assistant.child import limits, protocol
from assistant.child.reply import Reply, out_of_memory, refusal
from assistant.tools.base import Tool
from assistant.tools.result import ToolError

RESULT_FD = 3  # the only open file of a job besides standard input, output and error


@dataclass(frozen=True, slots=True)
class Job:
    name: str
    arguments: dict[str, Any]
    timeout_s: float
    folder: str  # private and empty


def fork(job: Job, tools: Mapping[str, Tool], result_fd: int) -> int:
    """The process id of a new job, which writes one frame to result_fd."""
    zygote_pid = os.getpid()
    pid = os.fork()
    if pid != 0:
        return pid
    status = 1
    try:
        _shut_doors(job, zygote_pid, result_fd)
        body = _body(job, tools)
        with socket.socket(fileno=RESULT_FD) as result:
            result.sendall(protocol.LENGTH.pack(len(body)) + body)
        status = 0
    except BaseException:  # nothing may get past here, into the zygote's own loop in a second process
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(status)


def _shut_doors(job: Job, zygote_pid: int, result_fd: int) -> None:
    os.setsid()
    limits.die_with(zygote_pid)
    os.dup2(result_fd, RESULT_FD)
    os.closerange(RESULT_FD + 1, os.sysconf("SC_OPEN_MAX"))
    os.chdir(job.folder)
    limits.limit_resources(job.timeout_s)


def _body(job: Job, tools: Mapping[str, Tool]) -> bytes:
    try:
        body = protocol.pack(_run(job, tools))
    except MemoryError:
        return protocol.pack(out_of_memory(job.name))
    if len(body) <= protocol.MAX_RESULT_BYTES:
        return body
    size, limit = len(body) / 2**20, protocol.MAX_RESULT_BYTES // 2**20
    message = f"The result of {job.name} is {size:.1f} MB large; the limit is {limit} MB."
    return protocol.pack(refusal(ToolError("tool_failed", message, "Try a smaller input.")))


def _run(job: Job, tools: Mapping[str, Tool]) -> Reply:
    try:
        if job.name not in tools:
            raise ToolError(
                "UNKNOWN_TOOL", f"There is no tool '{job.name[:60]}'.", f"The tools are: {', '.join(tools)}."
            )
        tools[job.name].check_arguments(job.arguments)
        result = tools[job.name].run(**job.arguments)
    except ToolError as error:
        return refusal(error)
    except MemoryError:
        raise
    except Exception:
        traceback.print_exc()
        return refusal(ToolError("tool_failed", f"{job.name} failed on this input (see the server log)."))
    return Reply(ok=True, text=result.text, artifacts=[asdict(artifact) for artifact in result.artifacts])
