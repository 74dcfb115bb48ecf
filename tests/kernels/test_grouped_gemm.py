import pytest
import torch

from kernels import grouped_gemm as module
from kernels.grouped_gemm import (
    grouped_gemm,
    grouped_gemm_reference,
    grouped_swiglu,
    grouped_swiglu_reference,
)
from kernels.ragged_tiles import FEW_ROWS, MANY_ROWS, RaggedTiles, make_tiles
from tests.close import assert_as_accurate
from tests.kernels.guarded import guarded_outputs

SIZES = [0, 1, 127, 128, 129, 3, 0, 64]
CASES = [
    pytest.param(SIZES, MANY_ROWS, 48, 40, id="groups-around-a-tile"),
    pytest.param([0, 1, 15, 16, 17, 0], FEW_ROWS, 272, 72, id="low-tiles-and-two-columns-of-them"),
    pytest.param([0, 0, 150], MANY_ROWS, 16, 8, id="all-rows-in-the-last"),
    pytest.param([0, 1], FEW_ROWS, 16, 200, id="one-row"),
    pytest.param([0, 0], FEW_ROWS, 16, 16, id="no-rows"),
]


@pytest.fixture(params=["pointers", "tma"], autouse=True)
def sources(request, monkeypatch) -> None:
    """Both ways that tiles are read and written, on every device that has both."""
    if request.param == "tma":
        for table in (module.CONFIGS, module.FEW_ROWS_CONFIGS):
            monkeypatch.setitem(table, "default", table["sm_90"])


def inputs(sizes, N, K, dtype, device):
    offsets = torch.tensor([0, *sizes]).cumsum(0).int()
    x = torch.randn(sum(sizes), K).to(dtype)
    weights = torch.randn(len(sizes), N, K).to(dtype) / K**0.5
    return x.to(device), weights.to(device), offsets.to(device)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize(("sizes", "block_m", "N", "K"), CASES)
def test_matches_the_reference(sizes, block_m, N, K, dtype, triton_device):
    x, weights, offsets = inputs(sizes, N, K, dtype, triton_device)
    row_weights = torch.rand(len(x), device=triton_device)
    tiles = make_tiles(offsets, len(x), block_m)

    with guarded_outputs():
        plain, weighted = grouped_gemm(x, weights, tiles), grouped_gemm(x, weights, tiles, row_weights)
        gated = grouped_swiglu(x, weights, tiles)

    exact = grouped_gemm_reference(x.double(), weights.double(), offsets)
    naive = grouped_gemm_reference(x, weights, offsets)
    assert_as_accurate(plain, exact, naive)
    assert_as_accurate(weighted, exact * row_weights[:, None].double(), naive * row_weights[:, None].to(dtype))
    exact = grouped_swiglu_reference(x.double(), weights.double(), offsets)
    assert_as_accurate(gated, exact, grouped_swiglu_reference(x, weights, offsets))


@pytest.mark.parametrize("block_m", [FEW_ROWS, MANY_ROWS])
def test_rows_of_other_groups_are_neither_written_nor_read_into_a_result(block_m, triton_device):
    x, weights, offsets = inputs([20, 150, 20], 48, 16, torch.bfloat16, triton_device)
    x[:20], x[170:] = torch.nan, torch.nan
    whole = make_tiles(offsets, len(x), block_m)
    mine = whole.groups == 1
    only_mine = RaggedTiles(offsets, whole.groups[mine], whole.first_rows[mine], mine.sum()[None].int(), block_m)

    plain, gated = grouped_gemm(x, weights, only_mine), grouped_swiglu(x, weights, only_mine)

    for out in (plain, gated):
        assert out[20:170].isfinite().all() and out[:20].isnan().all() and out[170:].isnan().all()


def test_weights_of_other_groups_do_not_matter(triton_device):
    x, weights, offsets = inputs([20, 7], 48, 16, torch.bfloat16, triton_device)
    tiles = make_tiles(offsets, len(x), FEW_ROWS)
    before = grouped_gemm(x, weights, tiles), grouped_swiglu(x, weights, tiles)

    weights[1] = torch.nan

    after = grouped_gemm(x, weights, tiles), grouped_swiglu(x, weights, tiles)
    assert all(torch.equal(one[:20], other[:20]) for one, other in zip(before, after, strict=True))


def test_matrices_that_move_columns_move_them_exactly(triton_device):
    x, _, offsets = inputs([3, 0, 130], 40, 40, torch.bfloat16, triton_device)
    orders = torch.stack([torch.randperm(40, device=triton_device) for _ in range(3)])
    moves = torch.eye(40, device=triton_device, dtype=torch.bfloat16)[orders]
    tiles = make_tiles(offsets, len(x), MANY_ROWS)

    out = grouped_gemm(x, moves, tiles, torch.full((len(x),), 2.0, device=triton_device))

    assert torch.equal(out, 2 * torch.cat([x[:3][:, orders[0]], x[3:][:, orders[2]]]))


@pytest.mark.parametrize("block_m", [FEW_ROWS, MANY_ROWS])
def test_a_row_does_not_depend_on_its_neighbours(block_m, triton_device):
    x, weights, _ = inputs([40], 32, 136, torch.bfloat16, triton_device)
    groups = [[40], [13]]

    whole, part = (
        grouped_swiglu(x[-size[0] :], weights, make_tiles(offsets.int().to(triton_device), size[0], block_m))
        for size in groups
        for offsets in [torch.tensor([0, *size])]
    )

    assert torch.equal(whole[-13:], part)
