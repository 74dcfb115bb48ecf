"""What a job may not do, enforced by Linux."""

import ctypes
import math
import os
import resource
import signal
import struct
from dataclasses import dataclass
from pathlib import Path

NUM_FILES = 64


@dataclass(frozen=True, slots=True)
class Limits:
    """memory_bytes: on top of what the zygote has loaded. file_bytes: the largest file that may be written."""

    memory_bytes: int = 2**30
    file_bytes: int = 16 * 2**20


TOOL_LIMITS = Limits()

PR_SET_PDEATHSIG, PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS = 1, 24, 38
CAPABILITY_VERSION_3 = 0x20080522
CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000

_libc = ctypes.CDLL(None, use_errno=True)


def leave_network() -> bool:
    """Move into a network namespace without any interface. False where the system does not permit it."""
    return any(_libc.unshare(flags) == 0 for flags in (CLONE_NEWNET, CLONE_NEWUSER | CLONE_NEWNET))


def die_with(parent_pid: int) -> None:
    """Die when the parent process does, also when it is gone already. The parent must have one thread only."""
    _prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent_pid:
        os.kill(os.getpid(), signal.SIGKILL)


def drop_privileges() -> None:
    """What root may do beyond owning its files: nothing of it is left, nor comes back with another program."""
    if os.geteuid() != 0:
        return
    last = int(Path("/proc/sys/kernel/cap_last_cap").read_text())
    for capability in range(last + 1):
        _libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)  # refused where an outer limit has taken it already
    header = struct.pack("=Ii", CAPABILITY_VERSION_3, 0)
    if _libc.capset(header, bytes(24)) != 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))


def limit_resources(cpu_s: float, limits: Limits) -> None:
    _prctl(PR_SET_NO_NEW_PRIVS, 1)
    os.umask(0o077)
    _limit(resource.RLIMIT_AS, _memory_in_use() + limits.memory_bytes)
    _limit(resource.RLIMIT_CPU, math.ceil(cpu_s) + 1)
    _limit(resource.RLIMIT_FSIZE, limits.file_bytes)
    _limit(resource.RLIMIT_NOFILE, NUM_FILES)
    _limit(resource.RLIMIT_CORE, 0)


def _limit(which: int, value: int) -> None:
    _, hard = resource.getrlimit(which)
    value = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(which, (value, value))


def _memory_in_use() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    return pages * resource.getpagesize()


def _prctl(option: int, value: int) -> None:
    if _libc.prctl(option, value, 0, 0, 0) != 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))
