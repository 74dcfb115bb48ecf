"""transformers' generate(). It batches what arrives together with equal lengths; anything else runs one by one."""

from collections import defaultdict
from time import perf_counter, sleep

import torch
from transformers import AutoModelForCausalLM, PreTrainedModel, StoppingCriteria, StoppingCriteriaList

from engine.bench.job import Job, Sample, SideSettings
from engine.bench.sides.job_loop import Serve, run_side


class _Stamps(StoppingCriteria):  # type: ignore[misc]
    """Never stops; notes when each step ended."""

    def __init__(self) -> None:
        self.times: list[float] = []

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor, **kwargs: object) -> torch.Tensor:
        self.times.append(perf_counter())
        return torch.zeros(len(input_ids), dtype=torch.bool)


def _serve(network: PreTrainedModel, job: Job) -> Sample:
    groups: defaultdict[tuple[float, int, int], list[int]] = defaultdict(list)
    for index, request in enumerate(job):
        groups[request.arrival_s, len(request.prompt), request.max_tokens].append(index)
    token_ids: list[list[int]] = [[] for _ in job]
    token_times: list[list[float]] = [[] for _ in job]
    began = perf_counter()
    for (arrival_s, _, max_tokens), members in sorted(groups.items()):
        sleep(max(0.0, arrival_s - (perf_counter() - began)))
        new_ids, times = _generate(network, [job[index].prompt for index in members], max_tokens)
        for index, ids in zip(members, new_ids, strict=True):
            token_ids[index], token_times[index] = ids, [time - began for time in times]
    return Sample(token_ids, token_times)


def _generate(
    network: PreTrainedModel, prompts: list[list[int]], max_tokens: int
) -> tuple[list[list[int]], list[float]]:
    ids, stamps = torch.tensor(prompts), _Stamps()
    out = network.generate(
        ids,
        attention_mask=torch.ones_like(ids),
        max_new_tokens=max_tokens,
        do_sample=False,
        stopping_criteria=StoppingCriteriaList([stamps]),
    )
    return out[:, ids.shape[1] :].tolist(), stamps.times


def load(settings: SideSettings) -> Serve:
    torch.set_num_threads(settings.num_threads)
    network = AutoModelForCausalLM.from_pretrained(settings.model, dtype=getattr(torch, settings.dtype)).eval()
    network.generation_config.eos_token_id = None
    network.generation_config.pad_token_id = 0
    return lambda job: _serve(network, job)


if __name__ == "__main__":
    run_side(load)
