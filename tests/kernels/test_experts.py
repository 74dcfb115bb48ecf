import pytest
import torch

from kernels.experts import ExpertWeights, experts, experts_reference
from kernels.int8 import quantize
from tests.close import assert_as_accurate


def inputs(tokens, num_experts, chosen, hidden, width, dtype):
    x = torch.randn(tokens, hidden).to(dtype)
    ids = torch.stack([torch.randperm(num_experts)[:chosen] for _ in range(tokens)])
    weights = torch.rand(tokens, chosen)
    gate_up = torch.randn(num_experts, 2 * width, hidden).to(dtype) / hidden**0.5
    down = torch.randn(num_experts, hidden, width).to(dtype) / width**0.5
    return x, ids, weights, gate_up, down


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize(
    ("tokens", "num_experts", "chosen", "hidden", "width"),
    [
        pytest.param(1, 8, 2, 64, 32, id="decode-most-experts-idle"),
        pytest.param(5, 3, 2, 37, 21, id="no-multiple-of-a-vector"),
        pytest.param(20, 2, 2, 48, 32, id="an-expert-with-many-tokens"),
        pytest.param(70, 5, 2, 48, 32, id="many-tokens"),
    ],
)
def test_matches_the_reference(tokens, num_experts, chosen, hidden, width, dtype, path):
    x, ids, weights, gate_up, down = inputs(tokens, num_experts, chosen, hidden, width, dtype)

    out = experts(x, ids, weights, ExpertWeights(gate_up.clone(), down.clone()))

    exact = experts_reference(x.double(), ids, weights.double(), gate_up.double(), down.double())
    assert_as_accurate(out, exact, experts_reference(x, ids, weights.to(dtype), gate_up, down))


def test_an_expert_of_weight_one_answers_alone(path):
    x, ids, _, gate_up, down = inputs(3, 4, 2, 32, 16, torch.float32)
    weights = torch.tensor([[1.0, 0.0]] * 3)

    prepared = ExpertWeights(gate_up, down)

    both = experts(x, ids, weights, prepared)

    alone = experts(x, ids[:, :1].contiguous(), torch.ones(3, 1), prepared)
    assert torch.equal(both, alone)


def test_a_token_does_not_depend_on_the_others(compiled):
    x, ids, weights, gate_up, down = inputs(112, 4, 2, 300, 40, torch.bfloat16)
    prepared = ExpertWeights(gate_up, down)

    together = experts(x, ids, weights, prepared)

    alone = torch.cat([experts(x[t : t + 1], ids[t : t + 1], weights[t : t + 1], prepared) for t in range(112)])
    assert torch.equal(together, alone)


@pytest.mark.parametrize(("tokens", "width"), [(1, 32), (40, 21)])
def test_int8_weights_are_those_that_they_stand_for(tokens, width, path):
    x, ids, weights, gate_up, down = inputs(tokens, 4, 2, 48, width, torch.bfloat16)
    codes = quantize(gate_up), quantize(down)
    plain = codes[0].dequantize(), codes[1].dequantize()

    out = experts(x, ids, weights, ExpertWeights(*codes))

    exact = experts_reference(x.double(), ids, weights.double(), plain[0].double(), plain[1].double())
    assert_as_accurate(out, exact, experts_reference(x, ids, weights.bfloat16(), *plain))
