"""Greedy tokens through the whole engine, all prompts of a case at once."""

from collections.abc import Iterator, Sequence
from itertools import zip_longest

from torch import Tensor

from engine.config import EngineConfig
from engine.llm import LLM
from engine.media import Prompt, TokensPrompt
from engine.parity.case import Case
from engine.parity.check import Check, exact
from engine.parity.golden_prompts import GoldenPrompt
from engine.sampling_params import SamplingParams

_CACHE_BYTES = 64 * 2**20


def check_greedy(case: Case, prompts: Sequence[GoldenPrompt]) -> Iterator[Check]:
    answers = generate(case, [golden.prompt for golden in prompts], max(map(num_greedy, prompts)))
    for golden, ids in zip(prompts, answers, strict=True):
        yield compare_greedy(case, golden, ids)


def compare_greedy(case: Case, golden: GoldenPrompt, ids: list[int], name: str = "greedy tokens") -> Check:
    """ids may go on for longer."""
    theirs = golden_ids(golden.expected)
    pairs = enumerate(zip_longest(ids[: len(theirs)], theirs))
    wrong = [f"{ours} at {i}, not {golden_id}" for i, (ours, golden_id) in pairs if ours != golden_id]
    return exact(case.name, f"{golden.name}: {name}", wrong, len(theirs))


def golden_ids(expected: dict[str, Tensor]) -> list[int]:
    """Where the data hold no continuation, the id of the last position's largest logit is the first token of it."""
    ids = expected["greedy_ids"] if "greedy_ids" in expected else expected["topk_ids"][-1, :1]
    return [int(token_id) for token_id in ids]


def num_greedy(golden: GoldenPrompt) -> int:
    return len(golden_ids(golden.expected))


def generate(case: Case, prompts: Sequence[Prompt], num_tokens: int) -> list[list[int]]:
    config = EngineConfig(model=case.path("checkpoint"), device="cpu", dtype="float32", kv_cache_memory=_CACHE_BYTES)
    llm = LLM(config)
    try:
        requests: list[TokensPrompt | str] = [
            {"prompt_token_ids": prompt.token_ids, "media": list(prompt.inputs)} for prompt in prompts
        ]
        outputs = llm.generate(requests, SamplingParams(temperature=0.0, max_tokens=num_tokens, ignore_eos=True))
    finally:
        llm.close()
    return [output.token_ids for output in outputs]
