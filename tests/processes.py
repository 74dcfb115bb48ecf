"""Processes that a test has started, and what they have started themselves. Linux only."""

import os
import select
from pathlib import Path
from time import monotonic


def descendants(pid: int) -> list[int]:
    """Of any generation."""
    children = [
        int(child)
        for task in Path(f"/proc/{pid}/task").iterdir()  # Linux keeps them by the thread that started them
        for child in (task / "children").read_text().split()
    ]
    return children + [grandchild for child in children for grandchild in descendants(child)]


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
