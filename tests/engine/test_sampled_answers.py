"""Sampled answers of a real, small model: what a seed says, no matter what else goes on."""

import pytest
import torch

from engine.config import EngineConfig
from engine.engine import Engine
from engine.media import Prompt
from engine.model_runner import ModelRunner
from engine.sampling_params import SamplingParams
from tests.engine.tiny_checkpoint import write_checkpoint

EVERYTHING = SamplingParams(
    max_tokens=24,
    temperature=1.2,
    top_k=300,
    top_p=0.97,
    min_p=1e-4,
    repetition_penalty=1.2,
    presence_penalty=0.4,
    frequency_penalty=0.3,
    logit_bias={7: 2.0, 8: -3.0},
    seed=11,
    logprobs=2,
)
OTHERS = [
    SamplingParams(max_tokens=24),
    SamplingParams(max_tokens=5, temperature=0.7, seed=11),
    SamplingParams(max_tokens=24, logit_bias={9: 4.0}, prompt_logprobs=3),
]
PROMPT = [5, 6, 7, 8, 5, 6]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    torch.manual_seed(0)
    return write_checkpoint("llama", tmp_path_factory.mktemp("llama"))


def answers(folder, requests, kv_cache_memory=2**20, **changes):
    """Outputs of each (prompt, params)."""
    config = EngineConfig(
        folder, device="cpu", dtype="float32", kv_cache_memory=kv_cache_memory, block_size=16, **changes
    )
    engine = Engine(config, ModelRunner(config), frozenset())
    for i, (prompt, params) in enumerate(requests):
        engine.add(i, Prompt(prompt), params, submitted_at=0.0)
    outputs = [[] for _ in requests]
    while engine.has_work:
        for output in engine.step():
            outputs[output.request_id].append(output)
    return engine, outputs


@pytest.mark.parametrize(
    "circumstances",
    [
        pytest.param({"max_num_batched_tokens": 16}, id="others-in-the-batch"),
        pytest.param({"max_num_batched_tokens": 4}, id="chunked-prefill"),
        pytest.param({"max_num_batched_tokens": 16, "kv_cache_memory": 5 * 16 * 512}, id="preemption"),
    ],
)
def test_a_seed_gives_the_same_answer_whatever_else_is_in_the_batch(folder, circumstances):
    _, (alone,) = answers(folder, [(PROMPT, EVERYTHING)])
    mixed = [([9, 1, i], params) for i, params in enumerate(OTHERS)] + [(PROMPT, EVERYTHING)]

    engine, (*_, together) = answers(folder, mixed, **circumstances)

    assert [output.token_id for output in together] == [output.token_id for output in alone]
    assert [output.logprob.logprob for output in together] == pytest.approx(
        [output.logprob.logprob for output in alone], abs=1e-4
    )
    assert (engine.stats().num_preemptions > 0) == ("kv_cache_memory" in circumstances)


def test_every_parameter_changes_the_answer(folder):
    """Otherwise the test above would prove little."""
    neutral = {
        "temperature": 0.0,
        "top_k": 1,
        "top_p": 1e-9,
        "min_p": 1.0,
        "repetition_penalty": 0.1,
        "presence_penalty": -2.0,
        "frequency_penalty": -2.0,
        "logit_bias": {3: 100.0},
        "seed": 12,
    }
    values = {name: getattr(EVERYTHING, name) for name in neutral}
    requests = [(PROMPT, SamplingParams(max_tokens=24, **values | {name: neutral[name]})) for name in neutral]

    _, (alone,) = answers(folder, [(PROMPT, EVERYTHING)])
    _, changed = answers(folder, requests)

    expected = [output.token_id for output in alone]
    same = [name for name, outputs in zip(neutral, changed, strict=True) if [o.token_id for o in outputs] == expected]
    assert same == []
