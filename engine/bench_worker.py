"""One side of engine/bench.py in a process of its own: `python -m engine.bench_worker PEER MODEL DTYPE`.

Loads the model, then answers one JSON line per JSON line of stdin. Prompts are random ids, greedy, no stop token.
"""

import json
import resource
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import cast

import torch

from engine.config import DType, EngineConfig
from engine.engine import Engine, Output
from engine.media import Prompt
from engine.model_runner import ModelRunner
from engine.sampling_params import SamplingParams

Generate = Callable[[list[list[int]], int], "Sample"]


@dataclass(frozen=True, slots=True)
class Sample:
    """One batch: time until all had a token, the median of the steps in which all got one, and the tokens."""

    time_to_first_token_s: float
    step_s: float
    token_ids: list[list[int]]


def load_ours(model: Path, dtype: str) -> Generate:
    config = EngineConfig(model, device="cpu", dtype=cast(DType, dtype))
    runner = ModelRunner(config)

    def generate(prompts: list[list[int]], num_new: int) -> Sample:
        engine = Engine(config, runner, frozenset())
        started = perf_counter()
        for i, prompt in enumerate(prompts):
            engine.add(i, Prompt(prompt), SamplingParams(max_tokens=num_new), started)
        token_ids: list[list[int]] = [[] for _ in prompts]
        steps = []
        first_token_s = 0.0
        while engine.has_work:
            began = perf_counter()
            outputs = engine.step()
            ended = perf_counter()
            for output in outputs:
                assert isinstance(output, Output), output
                token_ids[output.request_id].append(output.token_id)
            if first_token_s:
                steps.append((len(outputs), ended - began))
            elif all(token_ids):
                first_token_s = ended - started
        return Sample(first_token_s, median(time for size, time in steps if size == len(prompts)), token_ids)

    return generate


def load_transformers(model: Path, dtype: str) -> Generate:
    from transformers import AutoModelForCausalLM, StoppingCriteria, StoppingCriteriaList

    class Stamps(StoppingCriteria):  # type: ignore[misc]
        """Never stops; notes when each step ended."""

        def __init__(self) -> None:
            self.times: list[float] = []

        def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor, **kwargs: object) -> torch.Tensor:
            self.times.append(perf_counter())
            return torch.zeros(len(input_ids), dtype=torch.bool)

    network = AutoModelForCausalLM.from_pretrained(model, dtype=getattr(torch, dtype)).eval()
    network.generation_config.eos_token_id = None
    network.generation_config.pad_token_id = 0

    def generate(prompts: list[list[int]], num_new: int) -> Sample:
        ids, stamps = torch.tensor(prompts), Stamps()
        started = perf_counter()
        out = network.generate(
            ids,
            attention_mask=torch.ones_like(ids),
            max_new_tokens=num_new,
            do_sample=False,
            stopping_criteria=StoppingCriteriaList([stamps]),
        )
        steps = [after - before for before, after in zip(stamps.times, stamps.times[1:], strict=False)]
        return Sample(stamps.times[0] - started, median(steps), out[:, ids.shape[1] :].tolist())

    return generate


PEERS = {"benchside": load_ours, "transformers": load_transformers}


def main() -> None:
    peer, model, dtype = sys.argv[1:]
    replies, sys.stdout = sys.stdout, sys.stderr  # whatever a library prints must not get among the replies
    started = perf_counter()
    generate = PEERS[peer](Path(model), dtype)
    ready = {"load_s": perf_counter() - started, "num_threads": torch.get_num_threads()}
    print(json.dumps(ready), file=replies, flush=True)
    for line in sys.stdin:
        job = json.loads(line)
        reply = asdict(generate(job["prompts"], job["num_new"]))
        reply["peak_memory"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        print(json.dumps(reply), file=replies, flush=True)


if __name__ == "__main__":
    main()
