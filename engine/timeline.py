"""What the engine did when, as a file for ui.perfetto.dev or chrome://tracing.

Two kinds of rows: what the engine thread does (schedule, execute with sample in it, encode), and each request on a row
of its own (waiting, prefill, decode). No token and no session is in it, only counts.
"""

import json
from collections import deque
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from itertools import chain
from pathlib import Path
from time import perf_counter
from typing import Any, Protocol

from engine.errors import InvalidRequest
from engine.sequence import Sequence

MAX_EVENTS = 200_000  # about 40 MB of memory, and 25 MB in the file
_ENGINE_ROW = {"pid": 1, "tid": 1}
_NAMES = (
    {"name": "process_name", "ph": "M", "pid": 1, "args": {"name": "Benchside"}},
    {"name": "thread_name", "ph": "M", **_ENGINE_ROW, "args": {"name": "engine"}},
)


class Timeline(Protocol):
    """Written to by the engine thread only."""

    def span(self, name: str, **numbers: int) -> AbstractContextManager[None]:
        """What happens inside the with block takes from its beginning to its end."""

    def mark(self, name: str) -> None:
        """Something happened at this moment."""

    def count(self, name: str, **numbers: int) -> None:
        """These are the numbers from now on."""

    def request(self, sequence: Sequence, end: str, now: float) -> None:
        """A request has ended; end says how."""


class NoTimeline:
    """Remembers nothing."""

    _nothing = nullcontext()

    def span(self, name: str, **numbers: int) -> AbstractContextManager[None]:
        return self._nothing

    def mark(self, name: str) -> None:
        pass

    def count(self, name: str, **numbers: int) -> None:
        pass

    def request(self, sequence: Sequence, end: str, now: float) -> None:
        pass


NO_TIMELINE = NoTimeline()


class RecordedTimeline:
    """The last max_events events, in memory until write(). Raises InvalidRequest when the file cannot be written."""

    def __init__(self, file: Path, max_events: int = MAX_EVENTS) -> None:
        self._file = file
        self._events: deque[dict[str, Any]] = deque(maxlen=max_events)
        try:
            file.touch()
        except OSError as error:
            raise InvalidRequest(f"trace is {file}, which cannot be written: {error.strerror}.") from error

    @contextmanager
    def span(self, name: str, **numbers: int) -> Iterator[None]:
        began_at = perf_counter()
        try:
            yield
        finally:
            self._add(name, "X", began_at, dur=_microseconds(perf_counter() - began_at), args=numbers, **_ENGINE_ROW)

    def mark(self, name: str) -> None:
        self._add(name, "i", perf_counter(), s="t", **_ENGINE_ROW)

    def count(self, name: str, **numbers: int) -> None:
        self._add(name, "C", perf_counter(), args=numbers, pid=1)

    def request(self, sequence: Sequence, end: str, now: float) -> None:
        numbers = {"prompt": sequence.num_prompt_tokens, "generated": sequence.num_generated, "end": end}
        row = {"cat": "request", "id": sequence.id, "pid": 1}
        self._add("request", "b", sequence.submitted_at, **row, args=numbers)
        began = [sequence.submitted_at, sequence.started_at, sequence.first_token_at]
        for name, start, next_start in zip(("waiting", "prefill", "decode"), began, [*began[1:], None], strict=True):
            if start is not None:
                self._add(name, "b", start, **row)
                self._add(name, "e", now if next_start is None else next_start, **row)
        self._add("request", "e", now, **row)

    def write(self) -> None:
        """One event a line, in the order of the clock."""
        lines = (json.dumps(event) for event in chain(_NAMES, sorted(self._events, key=lambda event: event["ts"])))
        self._file.write_text('{"traceEvents": [\n' + ",\n".join(lines) + "\n]}\n")

    def _add(self, name: str, kind: str, at_s: float, **fields: Any) -> None:
        self._events.append({"name": name, "ph": kind, "ts": _microseconds(at_s), **fields})


def _microseconds(seconds: float) -> float:
    return round(seconds * 1e6, 1)
