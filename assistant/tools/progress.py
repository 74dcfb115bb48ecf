"""How far a tool has got, for whoever waits: told now and then, and never needed."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from time import monotonic

MIN_INTERVAL_S = 0.1

Tell = Callable[[int, int], None]

_tell: ContextVar[Tell | None] = ContextVar("tell", default=None)


@contextmanager
def telling(tell: Tell) -> Iterator[None]:
    """What report_progress() calls meanwhile, at most every MIN_INTERVAL_S."""
    token = _tell.set(_seldom(tell))
    try:
        yield
    finally:
        _tell.reset(token)


def report_progress(num_done: int, num_total: int) -> None:
    if tell := _tell.get():
        tell(num_done, num_total)


def _seldom(tell: Tell) -> Tell:
    next_at = 0.0

    def tell_if_due(num_done: int, num_total: int) -> None:
        nonlocal next_at
        if (now := monotonic()) >= next_at:
            next_at = now + MIN_INTERVAL_S
            tell(num_done, num_total)

    return tell_if_due
