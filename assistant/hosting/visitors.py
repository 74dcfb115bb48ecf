"""Whose a running page is. Gradio knows a page by a hash that the browser made up, and would serve it to anybody who
says the same hash; here the first session to say it keeps it.

Also how many sessions have a page open: each page holds one connection for as long as it is open.
"""

import threading
from collections import Counter, OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager

MAX_HASHES = 20_000  # remembered; the one unused for longest goes first, and a stranger would have to guess it


class Visitors:
    """Callable from any thread."""

    def __init__(self, max_sessions: int) -> None:
        self._max_sessions = max_sessions
        self._lock = threading.Lock()
        self._owners: OrderedDict[str, str] = OrderedDict()  # session ids by page hash
        self._present: Counter[str] = Counter()  # open pages by session id
        self._open: Counter[str] = Counter()  # connections by page hash

    def __len__(self) -> int:
        return len(self._present)

    def owns(self, session_id: str, page_hash: str) -> bool:
        """Whether the page is that session's; one that nobody has had becomes it."""
        with self._lock:
            owner = self._owners.setdefault(page_hash, session_id)
            self._owners.move_to_end(page_hash)
            if len(self._owners) > MAX_HASHES:
                self._owners.popitem(last=False)
            return owner == session_id

    def is_open(self, page_hash: str) -> bool:
        with self._lock:
            return page_hash in self._open

    def has_place(self, session_id: str) -> bool:
        with self._lock:
            return session_id in self._present or len(self._present) < self._max_sessions

    @contextmanager
    def present(self, session_id: str, page_hash: str) -> Iterator[None]:
        with self._lock:
            self._present[session_id] += 1
            self._open[page_hash] += 1
        try:
            yield
        finally:
            with self._lock:
                _take_one(self._present, session_id)
                _take_one(self._open, page_hash)


def _take_one(counts: "Counter[str]", key: str) -> None:
    counts[key] -= 1
    if not counts[key]:
        del counts[key]
