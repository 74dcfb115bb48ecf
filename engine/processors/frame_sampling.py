"""Which frames of a video a model looks at, and when they are; sections 4.3 and 4.5 of the family's description."""

import math

import numpy as np

from engine.errors import InvalidRequest
from engine.processors.settings import ProcessorSettings

ASSUMED_FPS = 24.0  # of a video that does not say


def num_sampled(num_frames: int, fps: float | None, settings: ProcessorSettings) -> int:
    """settings.fps frames per second, within the settings' bounds and what is there."""
    wanted = int(num_frames / (fps or ASSUMED_FPS) * settings.fps)
    return min(max(wanted, settings.min_frames), settings.max_frames, num_frames)


def spread_indices(num_frames: int, count: int) -> list[int]:
    """Intern-S1-Pro: from the first frame to the last, evenly."""
    return [int(index) for index in np.linspace(0, num_frames - 1, count).round()]


def centre_indices(num_frames: int, count: int) -> list[int]:
    """Intern-S1: the middles of count equal parts."""
    if not 1 <= count <= num_frames:
        raise InvalidRequest(f"{count} frames are wanted of a video that has {num_frames}; take 1 to {num_frames}.")
    step = num_frames / count
    return [math.floor(index) for index in np.arange(step / 2, num_frames, step)]


def pair_times(indices: list[int], fps: float | None) -> tuple[float, ...]:
    """Seconds of every two neighbours, their mean; a last one alone is its own neighbour."""
    times = [index / (fps or ASSUMED_FPS) for index in indices]
    times += times[-1:] * (len(times) % 2)
    return tuple((first + second) / 2 for first, second in zip(times[::2], times[1::2], strict=True))
