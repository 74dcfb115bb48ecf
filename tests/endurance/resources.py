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
from time import monotonic, sleep

from tests.processes import children

PATIENCE_S = 2.0


@dataclass(frozen=True, slots=True)
class Held:
    """files: open ones by kind. temp_files: in the temporary folder. segments: of shared memory, by name.

    foreign_segments: those of them that other processes use or have left behind.
    """

    files: Counter[str]
    num_threads: int
    num_children: int
    temp_files: frozenset[str]
    segments: frozenset[str]
    foreign_segments: frozenset[str]

    def beyond(self, before: "Held") -> dict[str, int]:
        """How much more there is of each than before."""
        return {
            "file descriptors": sum((self.files - before.files).values()),
            "threads": max(0, self.num_threads - before.num_threads),
            "child processes": max(0, self.num_children - before.num_children),
            "temp files": len(self.temp_files - before.temp_files),
            "shared memory segments": len(self.segments - self.foreign_segments - before.segments),
        }


def left_beyond(before: Held) -> dict[str, int]:
    """How much more there is of each than before, once threads that have been joined are gone for the system too."""
    deadline = monotonic() + PATIENCE_S
    while any((left := held().beyond(before)).values()) and monotonic() < deadline:
        sleep(0.01)  # between two looks, not in place of one
    return left


def held() -> Held:
    links = []
    for fd in Path("/proc/self/fd").iterdir():
        with suppress(FileNotFoundError):  # the one that listed them
            links.append(os.readlink(fd).split(":")[0])
    segments = frozenset(os.listdir("/dev/shm"))
    return Held(
        files=Counter(links),
        num_threads=len(os.listdir("/proc/self/task")),
        num_children=len(children(os.getpid())),
        temp_files=frozenset(str(path) for path in Path(tempfile.gettempdir()).rglob("*")),
        segments=segments,
        foreign_segments=frozenset(filter(_is_foreign, segments)),
    )


def _is_foreign(segment: str) -> bool:
    """Intel's OpenMP puts the process into the name; others have theirs mapped. What we leave behind nobody has."""
    if owner := re.fullmatch(r"__KMP_REGISTERED_LIB_([0-9]+)_.*", segment):
        return int(owner[1]) != os.getpid()
    for process in Path("/proc").glob("[0-9]*"):
        if int(process.name) == os.getpid():
            continue
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
