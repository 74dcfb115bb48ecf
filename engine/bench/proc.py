"""Linux's /proc: who used the processor, how much memory a process had at most, who listens on a port."""

import os
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

_PROC = Path("/proc")
_LISTENS = "0A"


@dataclass(frozen=True)
class CpuTimes:
    """Seconds since the machine's start: of all processors together, and of the given processes and their children."""

    at: float
    busy_s: float
    own_s: float


def cpu_times(pids: list[int]) -> CpuTimes | None:
    """None where there is no /proc."""
    if not (_PROC / "stat").is_file():
        return None
    user, nice, system, _, _, irq, softirq, steal = map(int, (_PROC / "stat").read_text().split()[1:9])
    ticks_per_s = os.sysconf("SC_CLK_TCK")
    own = sum(_own_ticks(pid) for pid in process_tree(pids))
    busy = user + nice + system + irq + softirq + steal  # stolen: by the neighbours of a virtual machine
    return CpuTimes(perf_counter(), busy / ticks_per_s, own / ticks_per_s)


def foreign_cores(before: CpuTimes | None, after: CpuTimes | None) -> float | None:
    """Processors that others kept busy between two readings, on average."""
    if before is None or after is None:
        return None
    foreign_s = (after.busy_s - before.busy_s) - (after.own_s - before.own_s)
    return max(0.0, foreign_s / (after.at - before.at))


def process_tree(pids: list[int]) -> set[int]:
    """These processes and all that descend from them."""
    children = defaultdict(list)
    for folder in _PROC.glob("[0-9]*"):
        if fields := _stat_fields(int(folder.name)):
            children[int(fields[1])].append(int(folder.name))
    found, left = set(), list(pids)
    while left:
        pid = left.pop()
        if pid not in found:
            found.add(pid)
            left += children[pid]
    return found


def peak_memory(pids: list[int]) -> int:
    """Bytes: the most that the largest of these processes and their descendants had resident; 0 if nothing is known."""
    return max(map(_peak_of, process_tree(pids)), default=0)


def listening_process(port: int) -> int | None:
    """Who serves a TCP port of this machine, if this user may know."""
    inodes = {f"socket:[{inode}]" for table in ("tcp", "tcp6") for inode in _listening_inodes(table, port)}
    for link in _PROC.glob("[0-9]*/fd/*"):
        try:
            if os.readlink(link) in inodes:
                return int(link.parts[2])
        except OSError:
            continue  # closed meanwhile
    return None


def _listening_inodes(table: str, port: int) -> list[str]:
    path = _PROC / "net" / table
    rows = [line.split() for line in path.read_text().splitlines()[1:]] if path.is_file() else []
    return [row[9] for row in rows if row[3] == _LISTENS and int(row[1].rpartition(":")[2], 16) == port]


def _own_ticks(pid: int) -> int:
    fields = _stat_fields(pid)
    return sum(map(int, fields[11:15]))  # user and system time, its own and of children that have ended


def _stat_fields(pid: int) -> list[str]:
    """From the state on, so that a name with blanks or brackets does no harm; empty for a process that is gone."""
    try:
        return (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def _peak_of(pid: int) -> int:
    try:
        lines = (_PROC / str(pid) / "status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:")), 0)
