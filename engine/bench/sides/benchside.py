"""This engine, as its own thread runs it: scheduler, prefix cache and sampling included."""

from time import perf_counter
from typing import cast

import torch

from engine.bench.job import Job, Request, SideSettings
from engine.bench.sides.job_loop import Serve, run_side
from engine.bench.sides.stepping import serve_by_steps
from engine.config import DType, EngineConfig
from engine.engine import Engine, Output
from engine.media import Prompt
from engine.model_runner import ModelRunner
from engine.sampling_params import SamplingParams


class OurStepper:
    """One engine for all jobs; request ids go on counting, so that no two requests share one."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._first_id = 0

    def prepare(self, job: Job) -> None:
        self._first_id += 1_000_000

    def add(self, index: int, request: Request) -> None:
        params = SamplingParams(max_tokens=request.max_tokens, ignore_eos=True)
        self._engine.add(self._first_id + index, Prompt(request.prompt), params, perf_counter())

    def step(self) -> list[tuple[int, int]]:
        tokens = []
        for output in self._engine.step():
            assert isinstance(output, Output), output
            tokens.append((output.request_id - self._first_id, output.token_id))
        return tokens


def load(settings: SideSettings) -> Serve:
    torch.set_num_threads(settings.num_threads)
    config = EngineConfig(
        settings.model,
        device="cpu",
        dtype=cast(DType, settings.dtype),
        max_model_len=settings.max_model_len,
        kv_cache_memory=settings.kv_cache_memory,
        max_num_seqs=settings.num_slots,
        speculation=0,  # the answers of random weights repeat themselves more than any text does
    )
    stepper = OurStepper(Engine(config, ModelRunner(config), frozenset()))
    return lambda job: serve_by_steps(stepper, job)


if __name__ == "__main__":
    run_side(load)
