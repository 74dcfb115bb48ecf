"""Keeps the other ranks alive: starts them, watches them, and starts all anew when one is lost.

    spawn --all have their weights--> serving --one gone, silent or condemned--> kill all --> spawn ...

One thread does all of it, and lives as long as they do, because Linux ends them with the *thread* that started them.
The engine thread learns of a loss by asking; whatever it waits for ends at once when a rank is killed.
"""

import logging
import threading
from collections import deque
from time import monotonic
from typing import Any

from engine.errors import EngineError, EngineStopped
from engine.ranks.frames import Kind, pack_json
from engine.ranks.generation import Generation, Patience
from engine.ranks.worker_process import WorkerProcess

_logger = logging.getLogger(__name__)


class Supervisor:
    """Of the ranks 1 ... num_ranks - 1. settings: what EngineConfig is made of, as it goes into JSON."""

    def __init__(self, settings: dict[str, Any], num_ranks: int, num_threads: int, patience: Patience) -> None:
        self._settings = settings
        self._num_ranks = num_ranks
        self._num_threads = num_threads
        self._patience = patience
        self._losses: deque[float] = deque()  # when, of those in the last window_s
        self._was_ready = False
        self._change = threading.Condition()  # guards what follows
        self._generation: Generation | None = None
        self._is_ready = False
        self._is_closing = False
        self._failure: EngineError | None = None
        self._thread = threading.Thread(target=self._run, name="ranks", daemon=True)
        self._thread.start()

    def wait_ready(self) -> Generation:
        """Until all ranks have their weights. Raises the EngineError because of which they never will."""
        with self._change:
            self._change.wait_for(lambda: self._is_ready or self._failure is not None)
            if self._failure is not None:
                raise self._failure
            assert self._generation is not None
            return self._generation

    @property
    def pids(self) -> list[int]:
        """Of the ranks that were started last."""
        with self._change:
            return self._generation.pids if self._generation is not None else []

    def is_serving(self, generation: Generation) -> bool:
        with self._change:
            return self._is_ready and self._generation is generation

    def condemn(self, generation: Generation) -> None:
        """These cannot go on. Does nothing when others have taken their place."""
        with self._change:
            if self._generation is generation:
                self._is_ready = False
        generation.kill()

    def close(self) -> None:
        """End the ranks and wait until they are gone. May be called more than once."""
        with self._change:
            self._is_closing = True
            if self._generation is not None:
                self._generation.kill()
        self._thread.join()

    def _run(self) -> None:
        failure: EngineError = EngineStopped("Nobody watches the ranks any more (see the server log). Restart the app.")
        try:
            failure = self._keep_alive()
        except Exception:
            _logger.exception("the supervisor of the ranks died")
        finally:
            with self._change:
                self._is_ready = False
                self._failure = failure
                self._change.notify_all()

    def _keep_alive(self) -> EngineError:
        """Returns the reason when there is nothing to keep alive any more."""
        while True:
            generation = self._spawn()
            try:
                reason = generation.watch(self._patience, self._announce)
            except EngineError as error:  # what a rank could not load, it cannot load the next time
                return error
            finally:
                statuses = self._end(generation)
            if self._is_closing:
                return EngineStopped("The model was shut down.")
            _logger.error("%s; the ranks ended with %s", reason, statuses)
            if (failure := self._give_up(reason)) is not None:
                return failure

    def _spawn(self) -> Generation:
        workers = [WorkerProcess(rank, self._num_threads) for rank in range(1, self._num_ranks)]
        for worker in workers:
            worker.tell_first(pack_json(Kind.START, {"rank": worker.rank, "config": self._settings}))
        with self._change:
            self._generation = Generation(workers)
            if self._is_closing:
                self._generation.kill()
            return self._generation

    def _announce(self) -> None:
        self._was_ready = True
        with self._change:
            self._is_ready = True
            self._change.notify_all()

    def _end(self, generation: Generation) -> list[int]:
        with self._change:
            self._is_ready = False
        return generation.end()

    def _give_up(self, reason: str) -> EngineError | None:
        """None while it makes sense to start the ranks again."""
        if not self._was_ready:
            return EngineStopped(f"The model cannot be loaded: {reason} (see the server log).")
        window_s, now = self._patience.window_s, monotonic()
        self._losses.append(now)
        while self._losses[0] < now - window_s:
            self._losses.popleft()
        if len(self._losses) <= self._patience.max_restarts:
            return None
        return EngineStopped(
            f"The model was stopped: ranks were lost {len(self._losses)} times within {window_s:.0f} s, the last time "
            f"because {reason} (see the server log). Restart the app."
        )
