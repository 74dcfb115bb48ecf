"""A catalogue of tools that misbehave, for the process that runs tools to survive."""

import ctypes
import os
import re
import resource
import signal
import socket
import sys
import time
from pathlib import Path

from assistant.tools.base import Tool
from assistant.tools.progress import report_progress
from assistant.tools.result import ToolArtifact, ToolError, ToolResult


def echo(text: str) -> ToolResult:
    """Say it again.

    text: What to say
    """
    return ToolResult(text)


def refuse() -> ToolResult:
    """Refuse."""
    raise ToolError("NO", "This is refused.", "Do not ask.")


def sleep() -> ToolResult:
    """Wait for longer than a test may take."""
    time.sleep(600)
    return ToolResult("awake")


def spin() -> ToolResult:
    """Compute for ever."""
    while True:
        pass


def meet(folder: str) -> ToolResult:
    """Wait until two jobs are in the same folder.

    folder: Where to meet
    """
    Path(folder, str(os.getpid())).touch()
    while len(os.listdir(folder)) < 2:
        time.sleep(0.005)
    return ToolResult("met")


def count_to(number: int) -> ToolResult:
    """Report progress.

    number: Of how many
    """
    for done in range(1, number + 1):
        report_progress(done, number)
    return ToolResult("counted")


def flood() -> ToolResult:
    """Report progress without end."""
    while True:
        os.write(3, b"p" + bytes(8))


def report_and_sleep(file: str) -> ToolResult:
    """Write down the process id, then wait.

    file: Where to write it
    """
    Path(file + ".part").write_text(str(os.getpid()))
    os.rename(file + ".part", file)
    return sleep()


def report_a_child_and_sleep(file: str) -> ToolResult:
    """The same in a process of its own.

    file: Where to write its id
    """
    return report_and_sleep(file) if os.fork() == 0 else sleep()


def crash() -> ToolResult:
    """Follow a null pointer."""
    ctypes.string_at(0)
    return ToolResult("alive")


def leave() -> ToolResult:
    """End the process without a reply."""
    os._exit(7)


def fail() -> ToolResult:
    """Have a bug."""
    raise ZeroDivisionError("a bug")


def exit_by_exception() -> ToolResult:
    """Raise what is no Exception."""
    sys.exit("bye")


def eat_memory() -> ToolResult:
    """Ask for 2 GB."""
    return ToolResult(str(len(bytearray(2 * 2**30))))


def be_killed_by_the_system() -> ToolResult:
    """What the kernel does to a process when memory runs out."""
    os.kill(os.getpid(), signal.SIGKILL)
    return ToolResult("alive")


def use_up_processor_time() -> ToolResult:
    """What the kernel does at the limit of processor time."""
    os.kill(os.getpid(), signal.SIGXCPU)
    return ToolResult("alive")


def hang_up() -> ToolResult:
    """Go on without anybody to tell."""
    os.close(3)
    return sleep()


def promise_too_much() -> ToolResult:
    """Announce 4 GB, then wait."""
    os.write(3, b"r\xff\xff\xff\xff")
    return sleep()


def talk_too_much() -> ToolResult:
    """Return 5 MB."""
    return ToolResult("a" * 20 * 2**20)


def return_no_number() -> ToolResult:
    """Return what JSON cannot hold."""
    return ToolResult("", artifacts=(ToolArtifact("svg", "n", "m", "d", "a", {"energy": float("nan")}),))


def write_a_large_file() -> ToolResult:
    """Write 32 MB."""
    Path("large").write_bytes(bytes(32 * 2**20))
    return ToolResult("written")


def look_around() -> ToolResult:
    """Describe the process."""
    files = [int(name) for name in os.listdir("/proc/self/fd")]
    facts = {
        "folder": os.listdir("."),
        "files": sorted(fd for fd in files if fd < resource.getrlimit(resource.RLIMIT_NOFILE)[0]),
        "variables": sorted(os.environ),
        "networks": [name for _, name in socket.if_nameindex() if name != "lo"],
        "own session": os.getsid(0) == os.getpid(),
        "core": resource.getrlimit(resource.RLIMIT_CORE)[0],
        "umask": os.umask(0o077),
        "capabilities": re.findall(r"Cap(?:Prm|Eff|Bnd):\s+(\w+)", Path("/proc/self/status").read_text()),
    }
    return ToolResult("; ".join(f"{name}: {value}" for name, value in facts.items()))


def leave_a_file() -> ToolResult:
    """Write a file and name its folder."""
    Path("left").write_text("behind")
    return ToolResult(os.getcwd())


IMPATIENT = {sleep, spin, hang_up, promise_too_much, flood}
TOOLS = tuple(
    Tool.from_function(function, timeout_s=0.5 if function in IMPATIENT else 30.0)
    for function in (
        echo,
        refuse,
        sleep,
        spin,
        meet,
        count_to,
        flood,
        report_and_sleep,
        report_a_child_and_sleep,
        crash,
        leave,
        fail,
        exit_by_exception,
        eat_memory,
        be_killed_by_the_system,
        use_up_processor_time,
        hang_up,
        promise_too_much,
        talk_too_much,
        return_no_number,
        write_a_large_file,
        look_around,
        leave_a_file,
    )
)


def warm_up() -> None:
    pass
