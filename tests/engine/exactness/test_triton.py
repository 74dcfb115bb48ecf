"""The whole engine on the Triton kernels gives the tokens that it gives on the CPU's own operations.

In Triton's interpreter, which takes minutes, and on a GPU.
"""

import json

import pytest

from engine.config import EngineConfig
from engine.llm import LLM
from engine.media import TokensPrompt
from engine.sampling_params import SamplingParams
from kernels import experts as experts_module
from kernels.dispatch import triton_interpreter
from tests.golden import GOLDEN, needs_golden

pytestmark = needs_golden
CASES = ("s1-tiny", "pro-tiny", "pro-tiny-fp8", "mini-tiny")
NUM_TOKENS = 8
BATCH = ("text_short", "text_mid")


def greedy(case: str, device: str) -> list[list[int]]:
    """Of a short and a longer prompt, which are read and answered together."""
    config = EngineConfig(
        model=GOLDEN / case / "checkpoint", device=device, dtype="float32", kv_cache_memory=16 * 2**20
    )
    inputs = json.loads((GOLDEN / case / "inputs.json").read_text())
    prompts: list[TokensPrompt | str] = [{"prompt_token_ids": inputs[name]["input_ids"]} for name in BATCH]
    llm = LLM(config)
    try:
        outputs = llm.generate(prompts, SamplingParams(temperature=0.0, max_tokens=NUM_TOKENS, ignore_eos=True))
    finally:
        llm.close()
    return [output.token_ids for output in outputs]


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("case", CASES)
def test_interpreted_kernels_give_the_tokens_of_the_cpu(case, monkeypatch):
    expected = greedy(case, "cpu")
    calls = []
    combine = experts_module.combine_experts
    monkeypatch.setattr(experts_module, "combine_experts", lambda *rows: calls.append(case) or combine(*rows))

    with triton_interpreter():
        tokens = greedy(case, "cpu")

    assert tokens == expected
    assert bool(calls) == (case != "mini-tiny")  # the one without experts


@pytest.mark.gpu
@pytest.mark.parametrize(
    "case", [case for case in CASES if case != "pro-tiny-fp8"]
)  # a GPU quantises activations there
def test_a_gpu_gives_the_tokens_of_the_cpu(case):
    assert greedy(case, "cuda") == greedy(case, "cpu")
