"""What a side is given to do and what it hands back, as lines of JSON. Needs the standard library only.

A *side* is one of those who are measured: this engine or a peer. A *job* is a list of requests that a side serves while
the clock runs, a *sample* when it had which token. Every figure is made of samples, so all sides are read alike.
"""

import json
from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class SideSettings:
    """How to load. model: a Hugging Face folder; for llama.cpp a .gguf file, for a server its base URL.

    max_model_len: of one sequence; num_slots: that run together at most. kv_cache_memory: bytes
    that hold what all of them read and write, with some to spare.
    """

    model: str
    dtype: str
    num_threads: int
    max_model_len: int
    num_slots: int
    kv_cache_memory: int


@dataclass(frozen=True)
class Request:
    """Greedy, no stop token: exactly max_tokens come out. arrival_s: after the job's beginning."""

    prompt: list[int]
    max_tokens: int
    arrival_s: float = 0.0


@dataclass(frozen=True)
class Sample:
    """Per request, in the job's order: its tokens, and when each was there, in seconds after the job's beginning."""

    token_ids: list[list[int]]
    token_times: list[list[float]]


Job = list[Request]


def read_settings(line: str) -> SideSettings:
    return SideSettings(**json.loads(line))


def write_settings(settings: SideSettings) -> str:
    return json.dumps(asdict(settings))


def read_job(line: str) -> Job:
    return [Request(**request) for request in json.loads(line)]


def write_job(job: Job) -> str:
    return json.dumps([asdict(request) for request in job])


def read_sample(line: str) -> Sample:
    return Sample(**json.loads(line))


def write_sample(sample: Sample) -> str:
    return json.dumps(asdict(sample))
