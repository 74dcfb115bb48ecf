"""What is measured: jobs of token ids, and the figures that their samples give.

A figure whose name ends in "/s" is better when higher, every other one when lower.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from statistics import median, quantiles

from engine.bench.job import Job, Request, Sample

Figures = dict[str, float]

_NUM_CONTEXT_TOKENS = 24  # generated at a context length each time
# Log-normal lengths (mean and deviation of the logarithm) whose medians are near those of ShareGPT's conversations
_CHAT_PROMPT, _CHAT_ANSWER = (4.8, 1.2), (5.0, 0.8)
_SHORTEST_CHAT = 4


@dataclass(frozen=True)
class Measure:
    """make_jobs: from a source of chance and the vocabulary's size; served one after another, each in full."""

    name: str
    make_jobs: Callable[[random.Random, int], list[Job]]
    figures: Callable[[list[Job], list[Sample]], Figures]


def is_better_higher(figure: str) -> bool:
    return figure.endswith("/s")


def throughput(num_requests: int, num_in: int, num_out: int) -> Measure:
    """num_requests at once."""
    return Measure(
        f"{num_requests} at once, {num_in} in, {num_out} out",
        lambda rng, vocab_size: [[Request(_ids(rng, vocab_size, num_in), num_out) for _ in range(num_requests)]],
        lambda jobs, samples: (
            _stream_figures(jobs[0], samples[0]) | {"decode tokens/s": num_requests / _full_step_s(samples[0])}
        ),
    )


def first_token(num_in: int) -> Measure:
    return Measure(
        f"prompt of {num_in}",
        lambda rng, vocab_size: [[Request(_ids(rng, vocab_size, num_in), 1)]],
        lambda jobs, samples: {"first token ms": 1e3 * samples[0].token_times[0][0]},
    )


def prefix_cache(num_in: int, num_cached: int) -> Measure:
    """The same prompt length, cold and then with the first num_cached tokens known."""

    def make_jobs(rng: random.Random, vocab_size: int) -> list[Job]:
        cold = _ids(rng, vocab_size, num_in)
        warm = cold[:num_cached] + _ids(rng, vocab_size, num_in - num_cached)
        return [[Request(cold, 1)], [Request(warm, 1)]]

    def figures(jobs: list[Job], samples: list[Sample]) -> Figures:
        cold, warm = (sample.token_times[0][0] for sample in samples)
        return {"cold first token ms": 1e3 * cold, "warm first token ms": 1e3 * warm, "warm / cold": warm / cold}

    return Measure(f"prompt of {num_in}, first {num_cached} cached", make_jobs, figures)


def context_cost(lengths: list[int]) -> Measure:
    """A decode step at batch 1 by the tokens before it; the median of the steps of two samples at each length.

    Lengths go up, each prompt going on from the one before, and down again, so that a slow while hits no length alone.
    """
    order = [*lengths, *reversed(lengths)]

    def make_jobs(rng: random.Random, vocab_size: int) -> list[Job]:
        ids = _ids(rng, vocab_size, max(lengths))
        return [[Request(ids[:length], _NUM_CONTEXT_TOKENS)] for length in order]

    def figures(jobs: list[Job], samples: list[Sample]) -> Figures:
        gaps: dict[int, list[float]] = {length: [] for length in lengths}
        for length, sample in zip(order, samples, strict=True):
            gaps[length] += _gaps(sample)
        steps = {length: median(gaps[length]) for length in lengths}
        times = {f"step at {length} ms": 1e3 * step for length, step in steps.items()}
        growth = {f"step at {length} / {lengths[0]}": steps[length] / steps[lengths[0]] for length in lengths[1:]}
        return times | growth

    return Measure("context", make_jobs, figures)


def chat_mix(num_requests: int, longest: int, arrivals_per_s: float | None) -> Measure:
    """Lengths like those of ShareGPT, no prompt and no answer above longest.

    arrivals_per_s None: all at once; else a Poisson process of that rate.
    """

    def make_jobs(rng: random.Random, vocab_size: int) -> list[Job]:
        job, arrival_s = [], 0.0
        for _ in range(num_requests):
            prompt = _ids(rng, vocab_size, _length(rng, _CHAT_PROMPT, longest))
            job.append(Request(prompt, _length(rng, _CHAT_ANSWER, longest), arrival_s))
            arrival_s += rng.expovariate(arrivals_per_s) if arrivals_per_s else 0.0
        return [job]

    def figures(jobs: list[Job], samples: list[Sample]) -> Figures:
        return _stream_figures(jobs[0], samples[0])

    arrival = f"{arrivals_per_s:g} a second" if arrivals_per_s else "at once"
    return Measure(f"chat mix of {num_requests}, {arrival}", make_jobs, figures)


def _ids(rng: random.Random, vocab_size: int, number: int) -> list[int]:
    return [rng.randrange(vocab_size) for _ in range(number)]


def _length(rng: random.Random, mean_and_deviation: tuple[float, float], longest: int) -> int:
    return min(longest, max(_SHORTEST_CHAT, round(rng.lognormvariate(*mean_and_deviation))))


def _stream_figures(job: Job, sample: Sample) -> Figures:
    waits = [times[0] - request.arrival_s for request, times in zip(job, sample.token_times, strict=True)]
    gaps = sorted(_gaps(sample))
    num_tokens = sum(map(len, sample.token_ids))
    return {
        "total tokens/s": num_tokens / max(times[-1] for times in sample.token_times),
        "inter-token p50 ms": 1e3 * median(gaps),
        "inter-token p99 ms": 1e3 * quantiles(gaps, n=100, method="inclusive")[98] if len(gaps) > 1 else 1e3 * gaps[0],
        "first token p50 ms": 1e3 * median(waits),
    }


def _full_step_s(sample: Sample) -> float:
    """The median time between tokens while every request gets one."""
    begin = max(times[0] for times in sample.token_times)
    end = min(times[-1] for times in sample.token_times)
    gaps = [
        after - before
        for times in sample.token_times
        for before, after in pairwise(times)
        if before >= begin and after <= end
    ]
    return median(gaps or _gaps(sample))


def _gaps(sample: Sample) -> list[float]:
    """Seconds between the tokens of a request, of all requests."""
    return [after - before for times in sample.token_times for before, after in pairwise(times)]
