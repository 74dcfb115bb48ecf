"""Run the engine in one thread and stream tokens to any number of callers.

    caller threads --commands--> inbox --> engine thread --outputs--> one outbox per request

Only the engine thread touches the Engine, so the engine needs no locks. Every wait ends: in the last token, in an
EngineError, or in a cancel; shutting down and crashing take the same path out, and so does the end of draining.
"""

import itertools
import logging
import queue
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from time import perf_counter
from typing import Protocol

from engine.engine import Failure, Output
from engine.errors import EngineError, EngineStopped
from engine.front_door import FrontDoor, QueueSize
from engine.media import Prompt
from engine.messages import EncoderRun, EngineStats, StreamProgress
from engine.sampling_params import SamplingParams
from engine.stream_progress import stream_progress

logger = logging.getLogger(__name__)

SHUT_DOWN = "The model was shut down."
DRAINING = "The model is being shut down and takes no new questions. Ask again when it is back."
CUT_SHORT = "The model was shut down before this answer was complete. Ask again when it is back."
CRASHED = "The model stopped after an internal error (see the server log). Restart the app."


class SteppedEngine(Protocol):
    """What the service needs of engine.engine.Engine. Called from the engine thread only, but for queue_size and
    encoder_run."""

    @property
    def queue_limits(self) -> QueueSize: ...
    @property
    def queue_size(self) -> QueueSize: ...
    @property
    def encoder_run(self) -> EncoderRun | None: ...
    @property
    def has_work(self) -> bool: ...
    def add(
        self, request_id: int, prompt: Prompt, params: SamplingParams, submitted_at: float, session: str = ""
    ) -> None: ...
    def abort(self, request_id: int) -> None: ...
    def step(self) -> list[Output | Failure]: ...
    def stats(self) -> EngineStats: ...


class _WakeUp:
    """Ends a wait that no output will end."""


Outbox = queue.SimpleQueue[Output | EngineError | _WakeUp]


@dataclass(frozen=True, slots=True)
class _Submit:
    request_id: int
    prompt: Prompt
    params: SamplingParams
    submitted_at: float
    session: str
    outbox: Outbox


@dataclass(slots=True)
class _Release:
    at: float | None = None  # perf_counter(), set by the engine thread


@dataclass(frozen=True, slots=True)
class _Abort:
    request_id: int
    release: _Release


class _Stop:
    pass


@dataclass(frozen=True, slots=True)
class _Drain:
    until: float  # perf_counter()


Inbox = queue.SimpleQueue[_Submit | _Abort | _Stop | _Drain]


class TokenStream:
    """The tokens of one request, as lists of all that are waiting. Iterate once, in one thread; cancel() from any.

    The last output has a finish, unless the stream was cancelled. An error, leaving the loop early, or losing the
    last reference to the stream cancels it. request_id: as in RequestStats. stats: of the engine.
    """

    def __init__(
        self, request_id: int, submitted_at: float, inbox: Inbox, outbox: Outbox, stats: Callable[[], EngineStats]
    ) -> None:
        self.request_id = request_id
        self.submitted_at = submitted_at
        self.is_cancelled = False
        self._is_finished = False
        self._release = _Release()
        self._inbox = inbox
        self._outbox = outbox
        self._stats = stats
        self._waited_for: list[Output] = []

    def __iter__(self) -> Iterator[list[Output]]:
        try:
            if self._waited_for:
                yield self._waited_for
            while not (self._is_finished or self.is_cancelled):
                outputs = self._take()
                if outputs:
                    yield outputs
        finally:
            self.cancel()

    def wait(self) -> None:
        """Until the first token is there, before the iteration, and in its thread. Raises what the iteration would."""
        if not (self._waited_for or self._is_finished or self.is_cancelled):
            self._waited_for = self._take()

    def progress(self) -> StreamProgress | None:
        """From any thread; None when there is no engine any more. In no place of the queue: not looked at yet."""
        if self._release.at is not None:
            return StreamProgress("released", released_at=self._release.at)
        try:
            return stream_progress(self._stats(), self.request_id) or StreamProgress("queued")
        except EngineStopped:
            return None

    def cancel(self) -> None:
        """Stop generating and end the iteration, also one that waits. Does nothing to a stream that has ended."""
        if self._is_finished or self.is_cancelled:
            return
        self.is_cancelled = True
        self._inbox.put(_Abort(self.request_id, self._release))
        self._outbox.put(_WakeUp())

    def __del__(self) -> None:
        self.cancel()

    def _take(self) -> list[Output]:
        """Wait for something, then take everything there is. Nobody else reads this outbox, so get() finds it."""
        items = [self._outbox.get()]
        while not self._outbox.empty():
            items.append(self._outbox.get())
        for item in items:
            if isinstance(item, EngineError):
                raise item
        outputs = [item for item in items if isinstance(item, Output)]
        self._is_finished = bool(outputs) and outputs[-1].finish is not None
        if self._is_finished:
            self._release.at = perf_counter()  # its blocks were free before its last token was handed out
        return outputs


class EngineService:
    def __init__(self, engine: SteppedEngine) -> None:
        self._engine = engine
        self._stats = engine.stats()
        self._inbox: Inbox = queue.SimpleQueue()
        self._outboxes: dict[int, Outbox] = {}
        self._request_ids = itertools.count()
        self._aborted: list[_Release] = []  # to be told with the next stats
        self._door = FrontDoor(engine.queue_limits, lambda: engine.queue_size)
        self._is_draining = False
        self._drains_until: float | None = None  # of the engine thread
        self._end: str | None = None  # why there is no engine any more
        self._thread = threading.Thread(target=self._run, name="engine", daemon=True)
        self._thread.start()

    def submit(self, prompt: Prompt, params: SamplingParams, session: str = "") -> TokenStream:
        """Ask for tokens, from any thread. A refusal (too long, queue full, stopped) is raised by the iteration.

        session: whose request it is; see Engine.add.
        """
        request_id, outbox, submitted_at = next(self._request_ids), Outbox(), perf_counter()
        command = _Submit(request_id, prompt, params, submitted_at, session, outbox)
        try:
            self._door.enter(len(prompt.token_ids), lambda: self._inbox.put(command))
        except EngineError as refusal:
            outbox.put(refusal)
        return TokenStream(request_id, submitted_at, self._inbox, outbox, self.stats)

    def stats(self) -> EngineStats:
        """As of the latest step or command. Raises EngineStopped when there is no engine any more."""
        if self._end is not None:
            raise EngineStopped(self._end)
        return replace(
            self._stats,
            num_refused=self._door.num_refused,
            is_draining=self._is_draining,
            encoder_run=self._engine.encoder_run,
        )

    def drain(self, timeout_s: float) -> None:
        """Let nobody in any more, wait until those inside have their answers, and end. What is unfinished after
        timeout_s ends with an error after the step in progress. close() from another thread ends this at once."""
        if self._thread.is_alive():
            self._is_draining = True
            self._door.close(DRAINING)
            self._inbox.put(_Drain(perf_counter() + timeout_s))
        self._thread.join()

    def close(self) -> None:
        """End every stream after the step in progress. May be called more than once."""
        self._inbox.put(_Stop())
        self._thread.join()

    def _run(self) -> None:
        reason = CRASHED
        try:
            reason = self._serve()
        except EngineStopped as stopped:
            logger.error("the engine stopped: %s", stopped)
            reason = str(stopped)
        except Exception:
            logger.exception("the engine thread died")
        finally:
            self._refuse_everyone(reason)

    def _serve(self) -> str:
        """Returns why it ended."""
        while not (reason := self._end_of_draining()):
            has_news = False
            for command in self._next_commands():
                if isinstance(command, _Stop):
                    return SHUT_DOWN
                self._handle(command)
                has_news = True
            if has_news:
                self._stats = self._engine.stats()
                self._tell_aborted()
            if self._engine.has_work:
                self._step()
        return reason

    def _end_of_draining(self) -> str | None:
        """Whether it has come, and how."""
        if self._drains_until is None:
            return None
        if not self._engine.has_work:
            return SHUT_DOWN
        return CUT_SHORT if perf_counter() >= self._drains_until else None

    def _next_commands(self) -> Iterator[_Submit | _Abort | _Stop | _Drain]:
        """The commands that are waiting now, not those that arrive meanwhile. When the engine is idle, wait for one."""
        num_commands = self._inbox.qsize() if self._engine.has_work else max(1, self._inbox.qsize())
        for _ in range(num_commands):
            yield self._inbox.get()

    def _handle(self, command: _Submit | _Abort | _Drain) -> None:
        if isinstance(command, _Drain):
            self._drains_until = command.until
            return
        if isinstance(command, _Abort):
            self._outboxes.pop(command.request_id, None)
            self._engine.abort(command.request_id)
            self._aborted.append(command.release)
            return
        self._door.arrive(len(command.prompt.token_ids))
        self._outboxes[command.request_id] = command.outbox  # before add(), which may crash
        try:
            self._engine.add(command.request_id, command.prompt, command.params, command.submitted_at, command.session)
        except EngineError as error:
            self._outboxes.pop(command.request_id).put(error)

    def _tell_aborted(self) -> None:
        for release in self._aborted:
            release.at = perf_counter()
        self._aborted = []

    def _step(self) -> None:
        outputs = self._engine.step()
        self._stats = self._engine.stats()  # before the outputs: who sees a last token sees its blocks free
        for output in outputs:
            if isinstance(output, Failure):
                self._outboxes.pop(output.request_id).put(EngineError(output.message))
                continue
            outbox = self._outboxes.pop(output.request_id) if output.finish else self._outboxes[output.request_id]
            outbox.put(output)

    def _refuse_everyone(self, reason: str) -> None:
        """Nobody may wait for an engine that is gone: not who streams now, nor who comes later."""
        self._end = reason
        self._door.close(reason)
        while not self._inbox.empty():
            command = self._inbox.get()
            if isinstance(command, _Submit):
                self._outboxes[command.request_id] = command.outbox
        for outbox in self._outboxes.values():
            outbox.put(EngineStopped(reason))
