import pytest
import torch
from safetensors.torch import load_file

from kernels.experts import ExpertWeights, experts
from kernels.fp8 import FP8, Fp8Tensor, dequantize, scales_shape
from kernels.gated_linear import GatedWeight, gated_linear
from kernels.linear import Weight, linear
from tests.golden import GOLDEN, needs_golden

FOLDER = GOLDEN / "moe-fp8"
SHAPES = [
    pytest.param(128, 256, id="whole-blocks"),
    pytest.param(200, 130, id="blocks-cut-off-at-both-edges"),
    pytest.param(2, 3, id="less-than-a-block"),
]


@pytest.fixture(scope="module")
def golden():
    return load_file(FOLDER / "data.safetensors")


def random_fp8(*shape):
    codes = (torch.randn(*shape) * 50).to(FP8)
    scales = torch.rand(*shape[:-2], *scales_shape(*shape[-2:])) / 100
    return Fp8Tensor(codes, scales, torch.float32)


def assert_close_to_largest(actual, expected, tolerance):
    assert (actual - expected).abs().max() <= tolerance * expected.abs().max()


@pytest.mark.parametrize(("rows", "columns"), SHAPES)
def test_every_value_is_multiplied_by_the_scale_of_its_block(rows, columns):
    matrix = random_fp8(rows, columns)

    values = matrix.dequantize()

    for n in (0, 1, rows // 2, rows - 1):
        for k in (0, columns // 2, columns - 1):
            assert values[n, k] == matrix.codes[n, k].float() * matrix.scales[n // 128, k // 128]


def test_stacked_matrices_are_dequantised_each_by_its_own_scales():
    stack = random_fp8(3, 130, 40)

    together = stack.dequantize()

    assert torch.equal(together, torch.stack([matrix.dequantize() for matrix in stack]))


def test_powers_of_two_are_exact_in_bfloat16():
    codes = torch.arange(256, dtype=torch.uint8).view(FP8)[None, :127]  # the finite numbers above 0
    scales = torch.tensor([[2.0**-9]])

    assert torch.equal(dequantize(codes, scales, torch.bfloat16).float(), dequantize(codes, scales, torch.float32))


@pytest.mark.parametrize("tokens", [1, 40])
@pytest.mark.parametrize(("rows", "columns"), SHAPES)
def test_products_with_fp8_in_memory_are_those_with_plain_weights(tokens, rows, columns, path):
    matrix, x = random_fp8(rows, columns), torch.randn(tokens, columns)

    kept, plain = Weight(matrix), Weight(matrix.dequantize())

    assert_close_to_largest(linear(x, kept), linear(x, plain), 1e-6)
    kept, plain = GatedWeight(matrix), GatedWeight(matrix.dequantize())
    assert_close_to_largest(gated_linear(x, kept), gated_linear(x, plain), 1e-6)


@pytest.mark.parametrize("tokens", [2, 70])
def test_experts_with_fp8_in_memory_are_those_with_plain_weights(tokens, path):
    gate_up, down = random_fp8(4, 2 * 128, 200), random_fp8(4, 200, 128)
    x, weights = torch.randn(tokens, 200), torch.rand(tokens, 2)
    ids = torch.stack([torch.randperm(4)[:2] for _ in range(tokens)])

    kept = experts(x, ids, weights, ExpertWeights(gate_up, down))

    plain = experts(x, ids, weights, ExpertWeights(gate_up.dequantize(), down.dequantize()))
    assert_close_to_largest(kept, plain, 1e-6)


@needs_golden
def test_the_256_codes_mean_what_the_table_says(golden):
    codes = torch.arange(256, dtype=torch.uint8).view(FP8)[None]

    values = dequantize(codes, torch.ones(1, 2), torch.float32)[0]

    assert torch.equal(values.isnan(), golden["e4m3_table"].isnan()) and values.isnan().sum() == 2
    assert torch.equal(values.nan_to_num(), golden["e4m3_table"].nan_to_num())


@needs_golden
@pytest.mark.parametrize("name", ["d1", "d2"])
def test_linear_matches_the_reference(name, golden):
    weight = Weight(Fp8Tensor(golden[f"{name}.w_fp8"], golden[f"{name}.w_scale"], torch.float32))

    out = linear(golden[f"{name}.x"].float(), weight)

    assert_close_to_largest(out, golden[f"{name}.expected_weight_only"], 1e-5)


@needs_golden
@pytest.mark.parametrize("name", ["g1", "g2", "g3", "g4"])
def test_ragged_groups_match_the_reference(name, golden):
    sizes = golden[f"{name}.group_sizes"].tolist()
    codes, scales = golden[f"{name}.x_fp8"], golden[f"{name}.x_scale"]
    x = codes.float() * scales.repeat_interleave(128, dim=1)[:, : codes.shape[1]]
    weights = Fp8Tensor(golden[f"{name}.w_fp8"], golden[f"{name}.w_scale"], torch.float32)

    out = torch.cat([linear(rows, Weight(weight)) for rows, weight in zip(x.split(sizes), weights, strict=True)])

    assert_close_to_largest(out, golden[f"{name}.expected"], 1e-5)


@needs_golden
def test_a_mixture_of_experts_matches_the_reference(golden, path):
    gate_up = Fp8Tensor(golden["fused.w13_fp8"], golden["fused.w13_scale"], torch.float32)
    down = Fp8Tensor(golden["fused.w2_fp8"], golden["fused.w2_scale"], torch.float32)
    x, ids, weights = golden["fused.x"].float(), golden["fused.topk_ids"].long(), golden["fused.topk_weights"]

    out = experts(x, ids, weights, ExpertWeights(gate_up, down))

    assert_close_to_largest(out, golden["fused.expected_weight_only"], 1e-5)
