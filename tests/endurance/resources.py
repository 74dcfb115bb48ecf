"""What this process holds that a leak would add to."""

import os
import re
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory


@dataclass(frozen=True, slots=True)
class Held:
    """files: open ones by kind. temp_files: in the temporary folder. segments: of shared memory, by name."""

    files: Counter[str]
    num_threads: int
    num_children: int
    temp_files: frozenset[str]
    segments: frozenset[str]

    def beyond(self, before: "Held") -> dict[str, int]:
        """How much more there is of each than before."""
        return {
            "file descriptors": sum((self.files - before.files).values()),
            "threads": max(0, self.num_threads - before.num_threads),
            "child processes": max(0, self.num_children - before.num_children),
            "temp files": len(self.temp_files - before.temp_files),
            "shared memory segments": len(self.segments - before.segments),
        }


def held() -> Held:
    links = []
    for fd in Path("/proc/self/fd").iterdir():
        with suppress(FileNotFoundError):  # the one that listed them
            links.append(os.readlink(fd).split(":")[0])
    tasks = list(Path("/proc/self/task").iterdir())
    return Held(
        files=Counter(links),
        num_threads=len(tasks),
        num_children=sum(len((task / "children").read_text().split()) for task in tasks),
        temp_files=frozenset(str(path) for path in Path(tempfile.gettempdir()).rglob("*")),
        segments=frozenset(name for name in os.listdir("/dev/shm") if not _is_of_others(name)),
    )


def _is_of_others(segment: str) -> bool:
    """Another process has it mapped, or is named in it. What was left behind is mapped by nobody."""
    for process in Path("/proc").glob("[0-9]*"):
        if int(process.name) == os.getpid():
            continue
        if process.name in re.findall(r"[0-9]+", segment):
            return True
        with suppress(OSError):  # it has ended, or is somebody else's
            if f"/dev/shm/{segment}" in (process / "maps").read_text():
                return True
    return False


@contextmanager
def own_temp_folder() -> Iterator[None]:
    """What others on this machine do in the usual one must not count as ours."""
    usual = tempfile.tempdir
    with TemporaryDirectory(prefix="endurance-") as folder:
        tempfile.tempdir = folder
        try:
            yield
        finally:
            tempfile.tempdir = usual


def resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
