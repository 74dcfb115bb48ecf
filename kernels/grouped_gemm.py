"""Products of rows in groups with one matrix per group: the two halves of a mixture of SwiGLU experts.

    grouped_gemm:    out[m] = row_weights[m] * (weights[e] @ x[m])
    grouped_swiglu:  out[m] = silu(gate[e] @ x[m]) * (up[e] @ x[m])           for the rows m of group e

M rows, E groups, N rows of a weight, K columns, I = N / 2 width of an expert. A fixed number of programs goes through
the tiles of kernels/ragged_tiles.py. A tile's weights are the left factor, because tensor cores take at least 64 rows
there and groups may have a single token; its result is turned round before it is stored. K is added up in order, so a
row's result does not depend on its neighbours.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from kernels.launch_config import LaunchConfig, choose
from kernels.ragged_tiles import (
    FEW_ROWS,
    RaggedTiles,
    expected_groups,
    load_tile,
    num_programs,
    rows_per_tile,
    source_type,
    store_tile,
    tile_source,
)
from kernels.triton_import import tl, triton
from kernels.variant import Variant

# Chosen for no spills and at most 227 KiB of shared memory; not tuned.
_POINTERS = {"BLOCK_N": 128, "BLOCK_K": 32, "USE_TMA": 0}
_TMA = {"BLOCK_N": 128, "BLOCK_K": 64, "USE_TMA": 1}
FEW_ROWS_CONFIGS = {
    "default": LaunchConfig("few rows, pointers", _POINTERS, num_warps=4, num_stages=3),
    "sm_90": LaunchConfig("few rows, TMA", _TMA, num_warps=4, num_stages=4),
    "sm_100": LaunchConfig("few rows, TMA", _TMA, num_warps=4, num_stages=4),
}
CONFIGS = {
    "default": LaunchConfig("many rows, pointers", _POINTERS, num_warps=8, num_stages=3),
    "sm_90": LaunchConfig("many rows, TMA", _TMA, num_warps=8, num_stages=3),
    "sm_100": LaunchConfig("many rows, TMA", _TMA, num_warps=8, num_stages=3),
}
_FLOAT32 = LaunchConfig("float32", {"BLOCK_N": 64, "BLOCK_K": 32, "USE_TMA": 0}, num_warps=8, num_stages=2)


def grouped_gemm_reference(x: Tensor, weights: Tensor, offsets: Tensor, row_weights: Tensor | None = None) -> Tensor:
    """In the precision of the inputs, rounded once more by row_weights."""
    groups = x.split(offsets.diff().tolist())
    out = torch.cat([rows @ weight.T for rows, weight in zip(groups, weights, strict=True)])
    return out if row_weights is None else out * row_weights[:, None]


def grouped_swiglu_reference(x: Tensor, gate_up: Tensor, offsets: Tensor) -> Tensor:
    """In the precision of the inputs."""
    gate, up = grouped_gemm_reference(x, gate_up, offsets).chunk(2, dim=1)
    return F.silu(gate) * up


@triton.jit
def _grouped_gemm_kernel(
    x,  # [M, K]
    weights,  # [E * N, K]
    row_weights_ptr,  # [M] float32, or None
    out_ptr,  # [M, N]
    out,  # the same, as store_tile takes it
    offsets_ptr,
    groups_ptr,
    first_rows_ptr,
    num_tiles_ptr,
    N,
    K,
    BLOCK_M: tl.constexpr,
    BLOCK_N: tl.constexpr,
    BLOCK_K: tl.constexpr,
    USE_TMA: tl.constexpr,
):
    num_columns = tl.cdiv(N, BLOCK_N)
    for tile in tl.range(tl.program_id(0), tl.load(num_tiles_ptr) * num_columns, tl.num_programs(0)):
        group = tl.load(groups_ptr + tile // num_columns)
        row = tl.load(first_rows_ptr + tile // num_columns)
        end_row = tl.load(offsets_ptr + group + 1)
        n = tile % num_columns * BLOCK_N
        acc = tl.zeros([BLOCK_N, BLOCK_M], dtype=tl.float32)
        for k in range(0, K, BLOCK_K):
            tokens = load_tile(x, row, k, end_row, K, BLOCK_M, BLOCK_K, USE_TMA).T
            weight = load_tile(weights, group * N + n, k, group * N + N, K, BLOCK_N, BLOCK_K, USE_TMA)
            acc = tl.dot(weight, tokens, acc, input_precision="ieee")
        if row_weights_ptr is not None:
            rows = row + tl.arange(0, BLOCK_M)
            acc *= tl.load(row_weights_ptr + rows, mask=rows < end_row, other=0.0)[None, :]
        result = acc.to(out_ptr.dtype.element_ty).T
        store_tile(out_ptr, out, result, row, n, end_row, N, BLOCK_M, BLOCK_N, USE_TMA)


def grouped_gemm(x: Tensor, weights: Tensor, tiles: RaggedTiles, row_weights: Tensor | None = None) -> Tensor:
    """x [M, K], weights [E, N, K] of the same dtype, row_weights [M] float32 -> [M, N] in x's dtype."""
    M, K = x.shape
    E, N, _ = weights.shape
    _check(x, weights, tiles)
    assert row_weights is None or (row_weights.shape == (M,) and row_weights.dtype == torch.float32), row_weights
    out = x.new_empty(M, N)
    if M > 0:
        _launch(_grouped_gemm_kernel, x, weights.view(E * N, K), (row_weights,), out, tiles)
    return out


@triton.jit
def _grouped_swiglu_kernel(
    x,  # [M, K]
    gate_up,  # [E * 2 * I, K]: of every group gate rows, then up rows
    out_ptr,  # [M, I]
    out,  # the same, as store_tile takes it
    offsets_ptr,
    groups_ptr,
    first_rows_ptr,
    num_tiles_ptr,
    I,  # noqa: E741
    K,
    BLOCK_M: tl.constexpr,
    BLOCK_N: tl.constexpr,
    BLOCK_K: tl.constexpr,
    USE_TMA: tl.constexpr,
):
    num_columns = tl.cdiv(I, BLOCK_N)
    for tile in tl.range(tl.program_id(0), tl.load(num_tiles_ptr) * num_columns, tl.num_programs(0)):
        group = tl.load(groups_ptr + tile // num_columns)
        row = tl.load(first_rows_ptr + tile // num_columns)
        end_row = tl.load(offsets_ptr + group + 1)
        n = tile % num_columns * BLOCK_N
        first_gate, first_up = group * 2 * I, group * 2 * I + I
        gate_acc = tl.zeros([BLOCK_N, BLOCK_M], dtype=tl.float32)
        up_acc = tl.zeros([BLOCK_N, BLOCK_M], dtype=tl.float32)
        for k in range(0, K, BLOCK_K):
            tokens = load_tile(x, row, k, end_row, K, BLOCK_M, BLOCK_K, USE_TMA).T
            gate = load_tile(gate_up, first_gate + n, k, first_up, K, BLOCK_N, BLOCK_K, USE_TMA)
            gate_acc = tl.dot(gate, tokens, gate_acc, input_precision="ieee")
            up = load_tile(gate_up, first_up + n, k, first_up + I, K, BLOCK_N, BLOCK_K, USE_TMA)
            up_acc = tl.dot(up, tokens, up_acc, input_precision="ieee")
        result = (gate_acc / (1 + tl.exp(-gate_acc)) * up_acc).to(out_ptr.dtype.element_ty).T
        store_tile(out_ptr, out, result, row, n, end_row, I, BLOCK_M, BLOCK_N, USE_TMA)


def grouped_swiglu(x: Tensor, gate_up: Tensor, tiles: RaggedTiles) -> Tensor:
    """x [M, K], gate_up [E, 2 I, K] of the same dtype: gate rows, then up rows -> [M, I] in x's dtype."""
    M, K = x.shape
    E, N, _ = gate_up.shape
    _check(x, gate_up, tiles)
    assert N % 2 == 0, gate_up.shape
    out = x.new_empty(M, N // 2)
    if M > 0:
        _launch(_grouped_swiglu_kernel, x, gate_up.view(E * N, K), (), out, tiles)
    return out


def _check(x: Tensor, weights: Tensor, tiles: RaggedTiles) -> None:
    assert x.dim() == 2 and weights.dim() == 3 and weights.shape[2] == x.shape[1], (x.shape, weights.shape)
    assert weights.dtype == x.dtype in (torch.bfloat16, torch.float16, torch.float32), (x.dtype, weights.dtype)
    assert len(tiles.offsets) == len(weights) + 1, (tiles.offsets.shape, weights.shape)
    assert x.is_contiguous() and weights.is_contiguous()


def _launch(
    kernel: triton.JITFunction, x: Tensor, weights: Tensor, extra: tuple[Tensor | None, ...], out: Tensor,
    tiles: RaggedTiles,
) -> None:  # fmt: skip
    config = choose(FEW_ROWS_CONFIGS if tiles.block_m == FEW_ROWS else CONFIGS, x)
    if x.dtype == torch.float32:
        config = _FLOAT32
    block_n, block_k, use_tma = (config.tiles[name] for name in ("BLOCK_N", "BLOCK_K", "USE_TMA"))
    num_tiles = tiles.max_tiles * triton.cdiv(out.shape[1], block_n)
    kernel[(min(num_programs(x), num_tiles),)](
        tile_source(x, tiles.block_m, block_k, use_tma), tile_source(weights, block_n, block_k, use_tma), *extra,
        out, tile_source(out, tiles.block_m, block_n, use_tma),
        tiles.offsets, tiles.groups, tiles.first_rows, tiles.num_tiles, out.shape[1], x.shape[1],
        BLOCK_M=tiles.block_m, **config.tiles, num_warps=config.num_warps, num_stages=config.num_stages,
    )  # fmt: skip


def variants(architecture: str) -> list[Variant]:
    """Intern-S1's two products, of 128 experts of which a token chooses 8."""
    return [
        _variant(kernel, name, T, N, K, architecture)
        for name, T in {"decode 1": 1, "decode 64": 64, "decode 256": 256, "prefill 8192": 8192}.items()
        for kernel, N, K in ((_grouped_swiglu_kernel, 2 * 1536, 4096), (_grouped_gemm_kernel, 4096, 1536))
    ]


def _variant(kernel: triton.JITFunction, name: str, T: int, N: int, K: int, architecture: str) -> Variant:
    E, C = 128, 8
    M, num_out = T * C, N if kernel is _grouped_gemm_kernel else N // 2
    block_m = rows_per_tile(M, E)
    table = FEW_ROWS_CONFIGS if block_m == FEW_ROWS else CONFIGS
    config = table.get(architecture, table["default"])
    block_n, block_k, use_tma = (config.tiles[name] for name in ("BLOCK_N", "BLOCK_K", "USE_TMA"))
    weights = "weights" if kernel is _grouped_gemm_kernel else "gate_up"
    signature = {
        "x": source_type("bf16", block_m, block_k, use_tma),
        weights: source_type("bf16", block_n, block_k, use_tma),
        "row_weights_ptr": "*fp32",
        "out_ptr": "*bf16",
        "out": source_type("bf16", block_m, block_n, use_tma),
        **dict.fromkeys(("offsets_ptr", "groups_ptr", "first_rows_ptr", "num_tiles_ptr"), "*i32"),
        **dict.fromkeys(("N", "I", "K"), "i32:16"),
        **dict.fromkeys(("BLOCK_M", "BLOCK_N", "BLOCK_K", "USE_TMA"), "constexpr"),
    }
    return Variant(
        kernel,
        {name: signature[name] for name in kernel.arg_names},
        {"BLOCK_M": block_m, **config.tiles},
        config,
        f"S1 {name}",
        num_bytes=expected_groups(T, C, E) * N * K * 2 + M * (K + num_out) * 2,
        num_flops=2 * M * N * K,
        uses_tensor_cores=True,
        uses_tma=bool(use_tma),
    )
