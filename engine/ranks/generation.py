"""The ranks that were started together, and how the loss of one is noticed."""

import json
import selectors
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic

from engine.errors import CheckpointError, EngineError, InvalidRequest
from engine.ranks.frames import BadFrame, Kind
from engine.ranks.worker_process import WorkerProcess


@dataclass(frozen=True, slots=True)
class Patience:
    """hang_s: silence after which a rank is given up, and the longest that rank 0 waits for one in a sum.

    import_s: until a new process says anything; it imports torch, for which a cold disk may take more than a minute.
    load_s: until its weights are loaded. max_restarts: within window_s; at the next loss the model is stopped.
    """

    hang_s: float = 8.0
    import_s: float = 300.0
    load_s: float = 3600.0
    max_restarts: int = 3
    window_s: float = 60.0


class Generation:
    def __init__(self, workers: list[WorkerProcess]) -> None:
        self._workers = workers

    @property
    def pids(self) -> list[int]:
        return [worker.pid for worker in self._workers]

    def tell(self, frame: bytes) -> None:
        for worker in self._workers:
            worker.tell(frame)

    def kill(self) -> None:
        for worker in self._workers:
            worker.kill()

    def end(self) -> list[int]:
        """Kill and wait; the exit statuses, negative for a signal."""
        self.kill()
        return [worker.reap() for worker in self._workers]

    def watch(self, patience: Patience, on_ready: Callable[[], None]) -> str:
        """Until one is lost; returns why. on_ready: once all have their weights. Raises what a rank could not load."""
        is_ready = False
        with selectors.DefaultSelector() as selector:
            for worker in self._workers:
                selector.register(worker.connection, selectors.EVENT_READ, worker)
            while True:
                nearest = min(_deadline(worker, patience) for worker in self._workers)
                for key, _ in selector.select(max(0.0, nearest - monotonic())):
                    if (reason := _listen(key.data)) is not None:
                        return reason
                if not is_ready and all(worker.is_ready for worker in self._workers):
                    is_ready = True
                    on_ready()
                for worker in self._workers:
                    if _deadline(worker, patience) <= monotonic():
                        return f"rank {worker.rank} did not answer in time"


def _listen(worker: WorkerProcess) -> str | None:
    """Take in what it says; why it is lost, if it is."""
    try:
        frames = worker.hear()
    except BadFrame as error:
        return f"rank {worker.rank} sent a frame that does not exist: {error}"
    if frames is None:
        return f"rank {worker.rank} ended"
    for kind, body in frames:
        if kind is Kind.FAILED:
            raise _failure(body)
        worker.is_ready |= kind is Kind.READY
    return None


def _failure(body: bytes) -> EngineError:
    failure = json.loads(body)
    kinds: dict[str, type[EngineError]] = {"checkpoint": CheckpointError, "request": InvalidRequest}
    return kinds[failure["kind"]](failure["message"])


def _deadline(worker: WorkerProcess, patience: Patience) -> float:
    if worker.heard_at is None:
        return worker.started_at + patience.import_s
    deadline = worker.heard_at + patience.hang_s
    return deadline if worker.is_ready else min(deadline, worker.started_at + patience.load_s)
