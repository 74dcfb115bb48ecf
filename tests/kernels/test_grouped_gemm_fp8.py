import pytest
import torch
from safetensors.torch import load_file

from kernels import grouped_gemm_fp8 as module
from kernels.fp8 import FP8, Fp8Tensor, scales_shape
from kernels.grouped_gemm import grouped_gemm_reference, grouped_swiglu_reference
from kernels.grouped_gemm_fp8 import (
    grouped_gemm_fp8,
    grouped_gemm_fp8_reference,
    grouped_swiglu_fp8,
    grouped_swiglu_fp8_reference,
)
from kernels.quantize_fp8 import quantize_fp8_reference
from kernels.ragged_tiles import FEW_ROWS, MANY_ROWS, RaggedTiles, make_tiles
from tests.close import assert_as_accurate
from tests.golden import GOLDEN, needs_golden
from tests.kernels.guarded import guarded_outputs

SIZES = [0, 1, 127, 128, 129, 3, 0, 64]
CASES = [
    pytest.param(SIZES, MANY_ROWS, 256, 256, id="groups-around-a-tile"),
    pytest.param([0, 1, 15, 16, 17, 0], FEW_ROWS, 512, 208, id="low-tiles-and-a-block-of-columns-cut-off"),
    pytest.param([0, 0, 150], MANY_ROWS, 256, 16, id="all-rows-in-the-last"),
    pytest.param([0, 1], FEW_ROWS, 256, 128, id="one-row"),
    pytest.param([0, 0], FEW_ROWS, 256, 128, id="no-rows"),
]


@pytest.fixture(params=["pointers", "tma"], autouse=True)
def sources(request, monkeypatch) -> None:
    """Both ways that tiles are read and written, on every device that has both."""
    if request.param == "tma":
        for table in (module.CONFIGS, module.FEW_ROWS_CONFIGS):
            monkeypatch.setitem(table, "default", table["sm_90"])


def random_codes(*shape):
    return torch.randn(*shape).mul(40).to(FP8)


def inputs(sizes, N, K, dtype, device):
    """Rows, their scales, weights and offsets; results are about 1."""
    offsets = torch.tensor([0, *sizes]).cumsum(0).int()
    M, E = sum(sizes), len(sizes)
    x, x_scales = random_codes(M, K), torch.rand(M, -(-K // 128)) / 20
    scales = torch.rand(E, *scales_shape(N, K)) / 20 / K**0.5
    weights = Fp8Tensor(random_codes(E, N, K).to(device), scales.to(device), dtype)
    return x.to(device), x_scales.to(device), weights, offsets.to(device)


def load_golden(device):
    """Copies: where they lie in the file, TMA could not begin."""
    return {key: value.clone().to(device) for key, value in load_file(GOLDEN / "moe-fp8" / "data.safetensors").items()}


def numbers(codes, scales):
    """What rows or matrices stand for, in float64."""
    by_column = scales.double().repeat_interleave(128, dim=-1)[..., : codes.shape[-1]]
    if codes.dim() == 3:
        by_column = by_column.repeat_interleave(128, dim=1)[:, : codes.shape[1]]
    return codes.double() * by_column


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize(("sizes", "block_m", "N", "K"), CASES)
def test_products_match_the_reference(sizes, block_m, N, K, dtype, triton_device):
    x, x_scales, weights, offsets = inputs(sizes, N, K, dtype, triton_device)
    row_weights = torch.rand(len(x), device=triton_device)
    tiles = make_tiles(offsets, len(x), block_m)

    with guarded_outputs():
        out = grouped_gemm_fp8(x, x_scales, weights, tiles, row_weights)

    rows, matrices = numbers(x, x_scales), numbers(weights.codes, weights.scales)
    exact = grouped_gemm_reference(rows, matrices, offsets, row_weights.double())
    naive = grouped_gemm_fp8_reference(x, x_scales, weights, offsets, row_weights.to(dtype))
    assert_as_accurate(out, exact, naive)


@pytest.mark.parametrize("is_power_of_two", [True, False])
@pytest.mark.parametrize(("sizes", "block_m", "N", "K"), CASES)
def test_gated_products_match_the_reference(sizes, block_m, N, K, is_power_of_two, triton_device):
    x, x_scales, gate_up, offsets = inputs(sizes, N, K, torch.float32, triton_device)
    tiles = make_tiles(offsets, len(x), block_m)

    with guarded_outputs():
        out = grouped_swiglu_fp8(x, x_scales, gate_up, tiles, is_power_of_two)

    exact = grouped_swiglu_reference(numbers(x, x_scales), numbers(gate_up.codes, gate_up.scales), offsets)
    naive = quantize_fp8_reference(grouped_swiglu_fp8_reference(x, x_scales, gate_up, offsets), is_power_of_two)
    assert_as_accurate(numbers(*out).float(), exact, numbers(*naive).float())
    assert torch.allclose(out[1], naive[1], rtol=1e-4, atol=0)
    peaks = out[0].float().unflatten(1, (N // 256, 128)).abs().amax(dim=-1)
    assert ((peaks >= 224) & (peaks <= 448)).all() if is_power_of_two else (peaks == 448).all()


@pytest.mark.parametrize("block_m", [FEW_ROWS, MANY_ROWS])
def test_rows_of_other_groups_are_neither_written_nor_read_into_a_result(block_m, triton_device):
    x, x_scales, weights, offsets = inputs([20, 150, 20], 256, 128, torch.bfloat16, triton_device)
    x_scales[:20], x_scales[170:] = torch.nan, torch.nan
    x.view(torch.uint8)[:20], x.view(torch.uint8)[170:] = 0x7F, 0x7F
    whole = make_tiles(offsets, len(x), block_m)
    mine = whole.groups == 1
    only_mine = RaggedTiles(offsets, whole.groups[mine], whole.first_rows[mine], mine.sum()[None].int(), block_m)

    plain = grouped_gemm_fp8(x, x_scales, weights, only_mine)
    codes, scales = grouped_swiglu_fp8(x, x_scales, weights, only_mine, True)

    for out in (plain, codes.float(), scales):
        assert out[20:170].isfinite().all() and out[:20].isnan().all() and out[170:].isnan().all()


def test_weights_of_other_groups_do_not_matter(triton_device):
    x, x_scales, weights, offsets = inputs([20, 7], 256, 128, torch.bfloat16, triton_device)
    tiles = make_tiles(offsets, len(x), FEW_ROWS)
    before = grouped_gemm_fp8(x, x_scales, weights, tiles), *grouped_swiglu_fp8(x, x_scales, weights, tiles, True)

    weights.codes.view(torch.uint8)[1], weights.scales[1] = 0x7F, torch.nan

    after = grouped_gemm_fp8(x, x_scales, weights, tiles), *grouped_swiglu_fp8(x, x_scales, weights, tiles, True)
    assert all(torch.equal(one[:20].float(), other[:20].float()) for one, other in zip(before, after, strict=True))


def test_codes_that_move_columns_move_them_exactly(triton_device):
    x, x_scales, _, offsets = inputs([3, 0, 130], 256, 256, torch.float32, triton_device)
    orders = torch.stack([torch.randperm(256, device=triton_device) for _ in range(3)])
    moves = Fp8Tensor(torch.eye(256, device=triton_device)[orders].to(FP8), torch.full((3, 2, 2), 4.0), torch.float32)

    out = grouped_gemm_fp8(x, x_scales, moves, make_tiles(offsets, len(x), MANY_ROWS))

    rows = 4 * x.float() * x_scales.repeat_interleave(128, dim=1)
    assert torch.equal(out, torch.cat([rows[:3][:, orders[0]], rows[3:][:, orders[2]]]))


@needs_golden
@pytest.mark.parametrize("name", ["g1", "g2", "g3", "g4"])
def test_ragged_groups_are_those_of_the_parity_data(name, triton_device):
    golden = load_golden(triton_device)
    sizes = golden[f"{name}.group_sizes"].cpu()
    offsets = torch.tensor([0, *sizes], dtype=torch.int32).cumsum(0).int().to(triton_device)
    weights = Fp8Tensor(golden[f"{name}.w_fp8"], golden[f"{name}.w_scale"], torch.float32)
    x, expected = golden[f"{name}.x_fp8"], golden[f"{name}.expected"]

    out = grouped_gemm_fp8(x, golden[f"{name}.x_scale"], weights, make_tiles(offsets, len(x), MANY_ROWS))

    assert (out - expected).abs().max() <= 1e-5 * expected.abs().max()
