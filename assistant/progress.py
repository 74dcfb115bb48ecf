"""How far a turn has got between two events: a file that is being read, or what the model says of its own stream."""

import time
from dataclasses import dataclass
from time import perf_counter
from typing import Protocol

from engine.messages import StreamProgress, TextStream

MAX_RELEASE_WAIT_S = 1.0
RELEASE_POLL_S = 0.005


@dataclass(frozen=True, slots=True)
class ReadingProgress:
    """num_done of num_frames frames of a video are decoded."""

    name: str
    num_done: int
    num_frames: int


TurnProgress = ReadingProgress | StreamProgress


class Progressing(Protocol):
    """A turn that can be asked, from any thread."""

    def progress(self) -> TurnProgress | None: ...


def seconds_until_released(stream: TextStream, stopped_at: float) -> float | None:
    """Waits until the model says that it has let go of a stopped answer: seconds since the stop, now.

    None where it does not say so within a second, or does not say such things. stopped_at is perf_counter()'s.
    """
    while (progress := stream.progress()) is not None:
        seconds = perf_counter() - stopped_at
        if progress.stage == "released":
            return seconds
        if seconds > MAX_RELEASE_WAIT_S:
            break
        time.sleep(RELEASE_POLL_S)
    return None
