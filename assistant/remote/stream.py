"""One answer of a remote server: asked, asked again where that helps, and told apart into pieces as it comes."""

import logging
import threading
from collections.abc import Callable, Iterator
from time import perf_counter
from typing import Any

from assistant.remote.answer_reader import AnswerReader, Unreadable
from assistant.remote.cable import Cable
from assistant.remote.errors import RemoteError, detail
from assistant.remote.exchange import Cancelled, NotDone, Patience, answer_chunks
from assistant.remote.habits import LearnedHabits
from assistant.remote.refusals import Refused
from assistant.remote.request_body import request_body, sent_fields
from assistant.remote.server_address import ServerAddress
from engine.dialects.base import Dialect
from engine.dialects.intern_s1_pro import InternS1ProDialect
from engine.messages import Conversation, Delta, Usage
from engine.sampling_params import SamplingParams

MAX_ANSWER_CHARACTERS = 4_000_000
RETRY_DELAY_S = 0.5
WRITTEN_TOOLS = InternS1ProDialect()  # in which request_body describes them

logger = logging.getLogger(__name__)


class RemoteStream:
    """Iterate once, in one thread; cancel() from any closes the connection at once."""

    def __init__(
        self,
        address: ServerAddress,
        model: str,
        dialect: Dialect,
        habits: LearnedHabits,
        patience: Patience,
        conversation: Conversation,
        params: SamplingParams,
        on_running: Callable[[int], None],
        on_end: Callable[[RemoteError | None], None],
    ) -> None:
        self._address = address
        self._model = model
        self._dialect = dialect
        self._learned = habits
        self._patience = patience
        self._conversation = conversation
        self._params = params
        self._on_running = on_running
        self._on_end = on_end
        self._lock = threading.Lock()
        self._cable = Cable()
        self._cancelled = threading.Event()

    def cancel(self) -> None:
        with self._lock:
            self._cancelled.set()
            self._cable.cut()

    def progress(self) -> None:
        """Servers do not say how far they are, nor when they have let go of an answer."""

    def __iter__(self) -> Iterator[Delta]:
        self._on_running(+1)
        try:
            yield from self._answer()
            self._on_end(None)
        except Cancelled:
            return
        except RemoteError as error:
            self._on_end(error)
            raise
        finally:
            self._on_running(-1)

    def _answer(self) -> Iterator[Delta]:
        habits = self._learned.now
        has_retried = False
        while not self._cancelled.is_set():
            body = request_body(self._model, self._conversation, self._params, habits)
            dialect = WRITTEN_TOOLS if habits.writes_tools else self._dialect
            reader = AnswerReader(dialect, habits.opens_thinking and self._conversation.enable_thinking)
            try:
                yield from self._attempt(body, reader)
                return
            except Refused as error:
                better = self._learned.learn(habits, sent_fields(body), error.status, error.words)
                if better is None and (has_retried or not error.is_passing):
                    raise
                logger.info("asking again: %s", error)
                if better is None:
                    has_retried = True
                    self._cancelled.wait(RETRY_DELAY_S)
                habits = better or habits
            except RemoteError as error:
                if has_retried or reader.has_content or not error.is_passing:
                    raise
                logger.info("asking again: %s", error)
                has_retried = True
                self._cancelled.wait(RETRY_DELAY_S)
        raise Cancelled

    def _attempt(self, body: dict[str, Any], reader: AnswerReader) -> Iterator[Delta]:
        asked_at = perf_counter()
        first_at: float | None = None
        try:
            for chunk in answer_chunks(self._address, body, self._patience, self._new_cable()):
                pieces = reader.feed(chunk)
                if reader.has_content and first_at is None:
                    first_at = perf_counter()
                if pieces:
                    yield Delta("", 1, pieces=tuple(pieces))
                if reader.num_characters > MAX_ANSWER_CHARACTERS:
                    raise RemoteError("answer_too_long", server=self._address.name, limit=MAX_ANSWER_CHARACTERS)
        except Unreadable as error:
            raise RemoteError("unreadable", server=self._address.name, detail=detail(error)) from error
        except NotDone as error:
            if reader.finish_reason is None:
                raise RemoteError("broke_off", is_passing=True, server=self._address.name) from error
        self._end(reader)
        usage = usage_of(reader.usage, asked_at, first_at or perf_counter())
        yield Delta("", 0, reader.finish_reason or "stop", usage, pieces=tuple(reader.finish()))

    def _new_cable(self) -> Cable:
        with self._lock:
            self._cable = Cable()
            if self._cancelled.is_set():
                self._cable.cut()
            return self._cable

    def _end(self, reader: AnswerReader) -> None:
        if reader.lacks_opening:
            self._learned.open_thinking(True)
        elif reader.is_all_thinking:
            self._learned.open_thinking(False)


def usage_of(said: dict[str, Any] | None, asked_at: float, first_at: float) -> Usage | None:
    """None where the server counts nothing: its tokens cannot be counted here."""
    prompt, completion = (_count(said, name) for name in ("prompt_tokens", "completion_tokens"))
    if prompt is None or completion is None:
        return None
    details = said.get("prompt_tokens_details") if said else None
    cached = _count(details if isinstance(details, dict) else None, "cached_tokens") or 0
    return Usage(prompt, completion, first_at - asked_at, perf_counter() - first_at, cached)


def _count(values: dict[str, Any] | None, name: str) -> int | None:
    value = values.get(name) if values else None
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None
