"""Serves a job with whatever computes one step at a time, and notes when each token came."""

from time import perf_counter, sleep
from typing import Protocol

from engine.bench.job import Job, Request, Sample


class Stepper(Protocol):
    def prepare(self, job: Job) -> None:
        """Before the clock runs: make room for the job."""

    def add(self, index: int, request: Request) -> None:
        """The job's request of that index has arrived."""

    def step(self) -> list[tuple[int, int]]:
        """New tokens as (index, id), in order; each request ends by itself after its max_tokens."""


def serve_by_steps(stepper: Stepper, job: Job) -> Sample:
    token_ids: list[list[int]] = [[] for _ in job]
    token_times: list[list[float]] = [[] for _ in job]
    arrivals = sorted(range(len(job)), key=lambda index: job[index].arrival_s)
    num_left = sum(request.max_tokens for request in job)
    num_running = 0
    stepper.prepare(job)
    began = perf_counter()
    while num_left:
        while arrivals and job[arrivals[0]].arrival_s <= perf_counter() - began:
            index = arrivals.pop(0)
            stepper.add(index, job[index])
            num_running += 1
        if num_running == 0:
            sleep(max(0.0, job[arrivals[0]].arrival_s - (perf_counter() - began)))
            continue
        for index, token_id in stepper.step():
            token_ids[index].append(token_id)
            token_times[index].append(perf_counter() - began)
            num_left -= 1
            num_running -= len(token_ids[index]) == job[index].max_tokens
    return Sample(token_ids, token_times)
