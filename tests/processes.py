"""Processes that a test has started, and what they have started themselves. Linux only."""

import os
import select
from pathlib import Path
from time import monotonic


def children(pid: int) -> list[int]:
    """Linux keeps them by the thread that started them; when it ends, another thread takes them over."""
    while True:
        try:
            tasks = list(Path(f"/proc/{pid}/task").iterdir())
            return [int(child) for task in tasks for child in (task / "children").read_text().split()]
        except (FileNotFoundError, ProcessLookupError):  # a thread that ended meanwhile
            if not Path(f"/proc/{pid}").exists():
                return []


def descendants(pid: int) -> list[int]:
    """Of any generation."""
    own = children(pid)
    return own + [grandchild for child in own for grandchild in descendants(child)]


def have_ended(handles: list[int], within_s: float) -> bool:
    """handles: of os.pidfd_open; they are closed."""
    deadline = monotonic() + within_s
    ended = [_has_ended(handle, max(0.0, deadline - monotonic())) for handle in handles]
    return all(ended)


def _has_ended(handle: int, within_s: float) -> bool:
    poll = select.poll()
    poll.register(handle, select.POLLIN)
    ended = bool(poll.poll(within_s * 1000))
    os.close(handle)
    return ended
