import pytest
import torch
from safetensors.torch import load_file

from kernels.experts import ExpertWeights, experts, experts_reference
from kernels.fp8 import FP8, Fp8Tensor
from kernels.int8 import quantize
from tests.close import assert_as_accurate
from tests.golden import GOLDEN, needs_golden


def inputs(tokens, num_experts, chosen, hidden, width, dtype):
    x = torch.randn(tokens, hidden).to(dtype)
    ids = torch.rand(tokens, num_experts).argsort(dim=1)[:, :chosen].contiguous()
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


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize(
    ("tokens", "num_experts", "chosen", "hidden", "width"),
    [
        pytest.param(0, 4, 2, 48, 32, id="no-tokens"),
        pytest.param(1, 8, 2, 64, 32, id="decode-most-experts-idle"),
        pytest.param(5, 3, 2, 37, 21, id="no-power-of-two"),
        pytest.param(70, 2, 2, 48, 32, id="tiles-of-many-rows"),
    ],
)
def test_the_kernels_match_the_reference(tokens, num_experts, chosen, hidden, width, dtype, triton_device):
    x, ids, weights, gate_up, down = inputs(tokens, num_experts, chosen, hidden, width, dtype)
    on_device = [tensor.to(triton_device) for tensor in (x, ids, weights)]

    out = experts(*on_device, ExpertWeights(gate_up.to(triton_device), down.to(triton_device)))

    exact = experts_reference(x.double(), ids, weights.double(), gate_up.double(), down.double())
    naive = experts_reference(x, ids, weights.to(dtype), gate_up, down)
    assert_as_accurate(out.cpu(), exact, naive)


def test_the_kernels_give_a_token_the_same_whoever_is_beside_it(triton_device):
    x, ids, weights, gate_up, down = (part.to(triton_device) for part in inputs(12, 4, 2, 48, 32, torch.bfloat16))
    prepared = ExpertWeights(gate_up, down)

    together = experts(x, ids, weights, prepared)

    alone = torch.cat([experts(x[t : t + 1], ids[t : t + 1], weights[t : t + 1], prepared) for t in range(12)])
    assert torch.equal(together, alone)


@needs_golden
def test_fp8_experts_with_quantised_activations_are_those_of_the_parity_data(triton_device):
    golden = {
        name: value.clone().to(triton_device)
        for name, value in load_file(GOLDEN / "moe-fp8" / "data.safetensors").items()
        if name.startswith("fused.")
    }
    w13, w2 = (
        Fp8Tensor(golden[f"fused.{name}_fp8"], golden[f"fused.{name}_scale"], torch.float32) for name in ("w13", "w2")
    )
    prepared = ExpertWeights(w13, w2)

    out = experts(golden["fused.x"].float(), golden["fused.topk_ids"].long(), golden["fused.topk_weights"], prepared)

    expected = golden["fused.expected_activation_quant"]
    assert prepared.has_powers_of_two and prepared.stacks[0].codes.dtype == FP8
    assert (out - expected).abs().max() <= 1e-5 * expected.abs().max()


def test_a_half_that_is_fp8_alone_is_dequantised(triton_device):
    x, ids, weights, gate_up, down = (part.to(triton_device) for part in inputs(3, 4, 2, 128, 32, torch.float32))
    codes = Fp8Tensor((down * 50).to(FP8), torch.rand(4, 1, 1, device=triton_device) / 50, torch.float32)

    out = experts(x, ids, weights, ExpertWeights(gate_up, codes))

    assert torch.equal(out, experts(x, ids, weights, ExpertWeights(gate_up, codes.dequantize())))
