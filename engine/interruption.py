"""A long computation that ends early when nobody waits for it any more."""

from collections.abc import Callable


class Interrupted(Exception):
    """Whoever waited for the result has gone."""


Check = Callable[[], None]  # raises Interrupted when the computation is to end


def go_on() -> None:
    """A Check of what is always waited for."""
