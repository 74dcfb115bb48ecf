"""Waiting for the machine, where those who share it agree on a file to hold while they use its processor."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def alone(lock: Path | None) -> Iterator[None]:
    """Waits until nobody holds the file, then holds it. None: begins at once."""
    if lock is None:
        yield
        return
    with lock.open("a") as file:  # closing it gives it back
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
