"""All sides take turns at every measure; who goes first changes with the round."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from math import inf
from os import getpid
from pathlib import Path
from time import perf_counter
from typing import TypeVar

import torch

from engine.bench.file_lock import alone
from engine.bench.findings import Findings
from engine.bench.job import Job, Request, Sample
from engine.bench.measures import Measure
from engine.bench.proc import cpu_times, foreign_cores
from engine.bench.side import Side, SideSpec
from engine.weight_memory import WeightMemory

_WARM_UP_TOKENS = 4
_WARM_UP_PROMPT = 2048
_PROBE_BYTES = 256 * 2**20  # several times any cache in sight
_NUM_PROBES = 5
_MAX_TRIES = 3

Say = Callable[[str], None]
_T = TypeVar("_T")


@dataclass(frozen=True)
class Conditions:
    """Of a machine that is shared.

    lock: a file that others hold while they use the processor; each sample waits for it and then has it alone.
    max_foreign_cores: a round in which others used more counts only if repeating it is no better.
    """

    lock: Path | None = None
    max_foreign_cores: float = inf


class Turns:
    """Sides live from start() to close(); the first of specs is ours."""

    def __init__(self, specs: list[SideSpec], vocab_size: int, conditions: Conditions, say: Say) -> None:
        self.findings = Findings()
        self._specs = specs
        self._vocab_size = vocab_size
        self._conditions = conditions
        self._say = say
        self._sides: list[Side] = []
        self._probe = WeightMemory().place(torch.ones(_PROBE_BYTES // 4))

    def start(self, measures: list[Measure]) -> None:
        """Every side, and short versions of every measure: memory is touched, kernels are made for these shapes."""
        for spec in self._specs:
            self._sides.append(self._start(spec))
        for measure in measures:
            self._say(f"warm-up: {measure.name}")
            job = self._jobs(measure, "warm-up")[0]
            for side in self._sides:
                with alone(self._conditions.lock):
                    side.serve([Request(r.prompt[:_WARM_UP_PROMPT], min(r.max_tokens, _WARM_UP_TOKENS)) for r in job])

    def measure(self, measures: list[Measure], num_rounds: int) -> None:
        for turn in range(num_rounds):
            with alone(self._conditions.lock):
                self.findings.bandwidths.append(read_bandwidth(self._probe))
            for measure in measures:
                self._say(f"round {turn + 1} of {num_rounds}: {measure.name}")
                self._take(measure, turn)
        self.findings.peak_memory = {side.label: side.peak_memory() for side in self._sides}

    def restart(self, num_rounds: int) -> None:
        """Start every side num_rounds times more, one at a time and alone on the machine. Follows close()."""
        for turn in range(num_rounds):
            for spec in _rotated(self._specs, turn):
                self._start(spec).close()

    def close(self) -> None:
        while self._sides:
            self._sides.pop().close()

    def _start(self, spec: SideSpec) -> Side:
        self._say(f"starting {spec.label}")
        with alone(self._conditions.lock):
            side = Side(spec)
        if side.start_s is not None:
            self.findings.start_s[spec.label].append(side.start_s)
        return side

    def _jobs(self, measure: Measure, occasion: str) -> list[Job]:
        """Other ids for every measure and occasion: nothing may begin like what a side has in its cache."""
        return measure.make_jobs(random.Random(f"{measure.name}, {occasion}"), self._vocab_size)

    def _take(self, measure: Measure, turn: int) -> None:
        """One round of one measure; a disturbed one is repeated, and the least disturbed of them counts."""
        tries = [self._serve_all(measure, turn, 0)]
        while tries[-1].most_foreign_cores > self._conditions.max_foreign_cores and len(tries) < _MAX_TRIES:
            tries.append(self._serve_all(measure, turn, len(tries)))
        self.findings.num_repeated += len(tries) - 1
        best = min(tries, key=lambda served: served.most_foreign_cores)
        for side in self._sides:
            self.findings.foreign_cores[measure.name][side.label].append(best.foreign_cores[side.label])
            figures = measure.figures(best.jobs, best.samples[side.label])
            self.findings.figures[measure.name][side.label].append(figures)
        if turn == 0:
            ours, *peers = (side.label for side in self._sides)
            for label in peers:
                share = _share_of_same_tokens(best.samples[ours], best.samples[label])
                self.findings.same_tokens[measure.name][label] = share

    def _serve_all(self, measure: Measure, turn: int, attempt: int) -> "_Served":
        served = _Served(self._jobs(measure, f"round {turn}, try {attempt}"))
        pids = [getpid(), *(pid for side in self._sides for pid in side.pids)]
        for side in _rotated(self._sides, turn):
            with alone(self._conditions.lock):
                before = cpu_times(pids)
                served.samples[side.label] = [side.serve(job) for job in served.jobs]
                served.foreign_cores[side.label] = foreign_cores(before, cpu_times(pids))
        return served


@dataclass
class _Served:
    """The same jobs by all sides; samples and foreign cores by side."""

    jobs: list[Job]
    samples: dict[str, list[Sample]] = field(default_factory=dict)
    foreign_cores: dict[str, float | None] = field(default_factory=dict)

    @property
    def most_foreign_cores(self) -> float:
        return max(cores or 0.0 for cores in self.foreign_cores.values())


def read_bandwidth(values: torch.Tensor) -> float:
    """Bytes per second that all threads together read from memory, best of a few."""
    times = []
    for _ in range(_NUM_PROBES):
        started = perf_counter()
        values.sum()
        times.append(perf_counter() - started)
    return values.nbytes / min(times)


def _rotated(values: list[_T], turn: int) -> list[_T]:
    first = turn % len(values)
    return values[first:] + values[:first]


def _share_of_same_tokens(ours: list[Sample], theirs: list[Sample]) -> float:
    pairs = [(x, y) for a, b in zip(ours, theirs, strict=True) for x, y in zip(a.token_ids, b.token_ids, strict=True)]
    num_same = sum(next((i for i, (a, b) in enumerate(zip(x, y, strict=True)) if a != b), len(x)) for x, y in pairs)
    return num_same / sum(len(x) for x, _ in pairs)
