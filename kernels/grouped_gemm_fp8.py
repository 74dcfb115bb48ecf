"""kernels/grouped_gemm.py in block-FP8: rows and weights are e4m3 codes with scales.

    grouped_gemm_fp8:    out[m] = row_weights[m] * (weights[e] @ x[m])
    grouped_swiglu_fp8:  out[m] = silu(gate[e] @ x[m]) * (up[e] @ x[m])       for the rows m of group e

Scales of weights are those of kernels/fp8.py, scales of rows those of kernels/quantize_fp8.py, and grouped_swiglu_fp8
quantises its result in the same way for the product that follows. The serving arithmetic of the family: 128 columns are
multiplied as codes, then scaled, and what they give is added up in float32 in their order.

M rows, E groups, N rows of a weight, K columns, I = N / 2 width of an expert.
"""

import torch
from torch import Tensor

from kernels.fp8 import BLOCK, FP8, Fp8Tensor
from kernels.grouped_gemm import grouped_gemm_reference, grouped_swiglu_reference
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

# Chosen for no spills, which is also why sizes are constants of the kernels; not tuned.
FEW_ROWS_CONFIGS = {
    "default": LaunchConfig("few rows, pointers", {"USE_TMA": 0}, num_warps=4, num_stages=2),
    "sm_90": LaunchConfig("few rows, TMA", {"USE_TMA": 1}, num_warps=4, num_stages=4),
    "sm_100": LaunchConfig("few rows, TMA", {"USE_TMA": 1}, num_warps=4, num_stages=4),
}
CONFIGS = {
    "default": LaunchConfig("many rows, pointers", {"USE_TMA": 0}, num_warps=8, num_stages=2),
    "gfx942": LaunchConfig("many rows, pointers", {"USE_TMA": 0}, num_warps=8, num_stages=1),
    "sm_90": LaunchConfig("many rows, TMA", {"USE_TMA": 1}, num_warps=8, num_stages=4),
    "sm_100": LaunchConfig("many rows, TMA", {"USE_TMA": 1}, num_warps=8, num_stages=4),
}


def grouped_gemm_fp8_reference(
    x: Tensor, x_scales: Tensor, weights: Fp8Tensor, offsets: Tensor, row_weights: Tensor | None = None
) -> Tensor:
    """In weights.dtype."""
    return grouped_gemm_reference(_rows(x, x_scales, weights), weights.dequantize(), offsets, row_weights)


def grouped_swiglu_fp8_reference(x: Tensor, x_scales: Tensor, gate_up: Fp8Tensor, offsets: Tensor) -> Tensor:
    """In gate_up.dtype, before it is quantised."""
    return grouped_swiglu_reference(_rows(x, x_scales, gate_up), gate_up.dequantize(), offsets)


def _rows(codes: Tensor, scales: Tensor, weights: Fp8Tensor) -> Tensor:
    by_column = scales.to(weights.dtype).repeat_interleave(BLOCK, dim=1)[:, : codes.shape[1]]
    return codes.to(weights.dtype) * by_column


@triton.jit
def _scaled_product(
    x, x_scales_ptr, weights, weight_scales_ptr, row, end_row, first_weight, end_weight,
    K: tl.constexpr, BLOCK_M: tl.constexpr, USE_TMA: tl.constexpr,
):  # fmt: skip
    """Of BLOCK_M rows and 128 of the weights, which share their scales -> [BLOCK_M, 128] float32."""
    num_blocks = tl.cdiv(K, 128)
    rows = row + tl.arange(0, BLOCK_M)
    x_scales_ptr += rows.to(tl.int64) * num_blocks
    acc = tl.zeros([BLOCK_M, 128], dtype=tl.float32)
    for block in range(num_blocks):
        tokens = load_tile(x, row, block * 128, end_row, K, BLOCK_M, 128, USE_TMA)
        weight = load_tile(weights, first_weight, block * 128, end_weight, K, 128, 128, USE_TMA)
        if BLOCK_M < 64:  # of the left factor tensor cores take no fewer rows
            product = tl.dot(weight, tokens.T).T
        else:
            product = tl.dot(tokens, weight.T)
        scales = tl.load(x_scales_ptr + block, mask=rows < end_row, other=0.0) * tl.load(weight_scales_ptr + block)
        acc += product * scales[:, None]
    return acc


@triton.jit
def _grouped_gemm_fp8_kernel(
    x,  # [M, K]
    x_scales_ptr,  # [M, ceil(K / 128)] float32
    weights,  # [E * N, K]
    weight_scales_ptr,  # [E, ceil(N / 128), ceil(K / 128)] float32
    row_weights_ptr,  # [M] float32, or None
    out_ptr,  # [M, N]
    out,  # the same, as store_tile takes it
    offsets_ptr,
    groups_ptr,
    first_rows_ptr,
    num_tiles_ptr,
    N: tl.constexpr,
    K: tl.constexpr,
    BLOCK_M: tl.constexpr,
    USE_TMA: tl.constexpr,
):
    num_columns = tl.cdiv(N, 128)
    for tile in tl.range(tl.program_id(0), tl.load(num_tiles_ptr) * num_columns, tl.num_programs(0)):
        group = tl.load(groups_ptr + tile // num_columns)
        row = tl.load(first_rows_ptr + tile // num_columns)
        end_row = tl.load(offsets_ptr + group + 1)
        column = tile % num_columns
        weight_scales = weight_scales_ptr + (group.to(tl.int64) * num_columns + column) * tl.cdiv(K, 128)
        result = _scaled_product(
            x, x_scales_ptr, weights, weight_scales, row, end_row, group * N + column * 128, group * N + N, K,
            BLOCK_M, USE_TMA,
        )  # fmt: skip
        if row_weights_ptr is not None:
            rows = row + tl.arange(0, BLOCK_M)
            result *= tl.load(row_weights_ptr + rows, mask=rows < end_row, other=0.0)[:, None]
        result = result.to(out_ptr.dtype.element_ty)
        store_tile(out_ptr, out, result, row, column * 128, end_row, N, BLOCK_M, 128, USE_TMA)


def grouped_gemm_fp8(
    x: Tensor, x_scales: Tensor, weights: Fp8Tensor, tiles: RaggedTiles, row_weights: Tensor | None = None
) -> Tensor:
    """x [M, K] e4m3, x_scales [M, ceil(K / 128)] float32, weights [E, N, K], row_weights [M] float32 -> [M, N] in
    weights.dtype.
    """
    M, N = len(x), weights.shape[1]
    _check(x, x_scales, weights, tiles)
    assert row_weights is None or (row_weights.shape == (M,) and row_weights.dtype == torch.float32), row_weights
    out = x.new_empty(M, N, dtype=weights.dtype)
    if M > 0:
        _launch(_grouped_gemm_fp8_kernel, x, x_scales, weights, (row_weights,), out, tiles)
    return out


@triton.jit
def _grouped_swiglu_fp8_kernel(
    x,  # [M, K]
    x_scales_ptr,  # [M, ceil(K / 128)] float32
    gate_up,  # [E * 2 * I, K]: of every group gate rows, then up rows
    gate_up_scales_ptr,  # [E, 2 * I / 128, ceil(K / 128)] float32
    out_scales_ptr,  # [M, I / 128] float32
    out_ptr,  # [M, I]
    out,  # the same, as store_tile takes it
    offsets_ptr,
    groups_ptr,
    first_rows_ptr,
    num_tiles_ptr,
    I: tl.constexpr,  # noqa: E741
    K: tl.constexpr,
    BLOCK_M: tl.constexpr,
    USE_TMA: tl.constexpr,
    IS_POWER_OF_TWO: tl.constexpr,
):
    num_columns = I // 128
    for tile in tl.range(tl.program_id(0), tl.load(num_tiles_ptr) * num_columns, tl.num_programs(0)):
        group = tl.load(groups_ptr + tile // num_columns)
        row = tl.load(first_rows_ptr + tile // num_columns)
        end_row = tl.load(offsets_ptr + group + 1)
        column = tile % num_columns
        first_gate = group * 2 * I + column * 128
        gate_scales = gate_up_scales_ptr + (group.to(tl.int64) * 2 * num_columns + column) * tl.cdiv(K, 128)
        up_scales = gate_scales + num_columns * tl.cdiv(K, 128)
        gate = _scaled_product(
            x, x_scales_ptr, gate_up, gate_scales, row, end_row, first_gate, first_gate + 128, K, BLOCK_M, USE_TMA
        )
        up = _scaled_product(
            x, x_scales_ptr, gate_up, up_scales, row, end_row, first_gate + I, first_gate + I + 128, K, BLOCK_M, USE_TMA
        )
        result = gate / (1 + tl.exp(-gate)) * up
        # As integers, whose largest is a NaN where there is one.
        peaks = tl.max(result.to(tl.int32, bitcast=True) & 0x7FFFFFFF, axis=1).to(tl.float32, bitcast=True)
        scales = tl.div_rn(tl.where(peaks < 1e-6, 1e-6, peaks), 448.0)
        if IS_POWER_OF_TWO:
            powers = ((scales.to(tl.int32, bitcast=True) + 0x7FFFFF) & 0x7F800000).to(tl.float32, bitcast=True)
            scales = tl.where(scales < float("inf"), powers, scales)
        rows = row + tl.arange(0, BLOCK_M)
        tl.store(out_scales_ptr + rows.to(tl.int64) * num_columns + column, scales, mask=rows < end_row)
        codes = (result / scales[:, None]).to(out_ptr.dtype.element_ty)
        store_tile(out_ptr, out, codes, row, column * 128, end_row, I, BLOCK_M, 128, USE_TMA)


def grouped_swiglu_fp8(
    x: Tensor, x_scales: Tensor, gate_up: Fp8Tensor, tiles: RaggedTiles, is_power_of_two: bool
) -> tuple[Tensor, Tensor]:
    """x [M, K] e4m3, x_scales [M, ceil(K / 128)] float32, gate_up [E, 2 I, K]: gate rows, then up rows, I a multiple
    of 128 -> codes [M, I] e4m3, scales [M, I / 128] float32, powers of two where asked for.
    """
    M, width = len(x), gate_up.shape[1] // 2
    _check(x, x_scales, gate_up, tiles)
    assert gate_up.shape[1] == 2 * width and width % BLOCK == 0, gate_up.shape
    out, scales = x.new_empty(M, width), x_scales.new_empty(M, width // BLOCK)
    if M > 0:
        kernel = _grouped_swiglu_fp8_kernel
        _launch(kernel, x, x_scales, gate_up, (scales,), out, tiles, IS_POWER_OF_TWO=is_power_of_two)
    return out, scales


def _check(x: Tensor, x_scales: Tensor, weights: Fp8Tensor, tiles: RaggedTiles) -> None:
    M, K = x.shape
    assert len(weights.shape) == 3 and weights.shape[2] == K and x.dtype == FP8, (x.shape, weights.shape, x.dtype)
    assert x_scales.shape == (M, -(-K // BLOCK)) and x_scales.dtype == torch.float32, (x_scales.shape, x_scales.dtype)
    assert len(tiles.offsets) == weights.shape[0] + 1, (tiles.offsets.shape, weights.shape)
    assert x.is_contiguous() and x_scales.is_contiguous()
    assert weights.codes.is_contiguous() and weights.scales.is_contiguous()


def _launch(
    kernel: triton.JITFunction, x: Tensor, x_scales: Tensor, weights: Fp8Tensor, extra: tuple[Tensor | None, ...],
    out: Tensor, tiles: RaggedTiles, **constants: bool,
) -> None:  # fmt: skip
    config = choose(FEW_ROWS_CONFIGS if tiles.block_m == FEW_ROWS else CONFIGS, x)
    use_tma = config.tiles["USE_TMA"]
    num_tiles = tiles.max_tiles * triton.cdiv(out.shape[1], BLOCK)
    kernel[(min(num_programs(x), num_tiles),)](
        tile_source(x, tiles.block_m, BLOCK, use_tma), x_scales,
        tile_source(weights.codes.flatten(0, 1), BLOCK, BLOCK, use_tma), weights.scales, *extra,
        out, tile_source(out, tiles.block_m, BLOCK, use_tma),
        tiles.offsets, tiles.groups, tiles.first_rows, tiles.num_tiles, out.shape[1], x.shape[1],
        BLOCK_M=tiles.block_m, **config.tiles, **constants, num_warps=config.num_warps, num_stages=config.num_stages,
    )  # fmt: skip


def variants(architecture: str) -> list[Variant]:
    """Intern-S1-Pro's two products, of 512 experts of which a token chooses 8. sm_80 cannot multiply FP8."""
    return [
        _variant(kernel, name, T, N, K, architecture)
        for name, T in {"decode 1": 1, "decode 64": 64, "decode 256": 256, "prefill 8192": 8192}.items()
        for kernel, N, K in ((_grouped_swiglu_fp8_kernel, 2 * 1536, 4096), (_grouped_gemm_fp8_kernel, 4096, 1536))
        if architecture != "sm_80"
    ]


def _variant(kernel: triton.JITFunction, name: str, T: int, N: int, K: int, architecture: str) -> Variant:
    E, C, is_swiglu = 512, 8, kernel is _grouped_swiglu_fp8_kernel
    M = T * C
    block_m = rows_per_tile(M, E)
    table = FEW_ROWS_CONFIGS if block_m == FEW_ROWS else CONFIGS
    config = table.get(architecture, table["default"])
    use_tma = config.tiles["USE_TMA"]
    out_type = "fp8e4nv" if is_swiglu else "bf16"
    types = {
        "x": source_type("fp8e4nv", block_m, BLOCK, use_tma),
        **dict.fromkeys(("weights", "gate_up"), source_type("fp8e4nv", BLOCK, BLOCK, use_tma)),
        **dict.fromkeys(("x_scales_ptr", "weight_scales_ptr", "gate_up_scales_ptr"), "*fp32"),
        **dict.fromkeys(("row_weights_ptr", "out_scales_ptr"), "*fp32"),
        "out_ptr": f"*{out_type}",
        "out": source_type(out_type, block_m, BLOCK, use_tma),
        **dict.fromkeys(("offsets_ptr", "groups_ptr", "first_rows_ptr", "num_tiles_ptr"), "*i32"),
        **dict.fromkeys(("N", "I", "K", "BLOCK_M", "USE_TMA", "IS_POWER_OF_TWO"), "constexpr"),
    }
    signature = {name: types[name] for name in kernel.arg_names}
    constants = {"N": N, "I": N // 2, "K": K, "BLOCK_M": block_m, "IS_POWER_OF_TWO": True, **config.tiles}
    weight_bytes = expected_groups(T, C, E) * (N * K + N * K // BLOCK**2 * 4)
    row_bytes = K + K // BLOCK * 4 + (N // 2 + N // 2 // BLOCK * 4 if is_swiglu else 4 + N * 2)
    return Variant(
        kernel,
        signature,
        {name: constants[name] for name, kind in signature.items() if kind == "constexpr"},
        config,
        f"Pro {name}",
        num_bytes=weight_bytes + M * row_bytes,
        num_flops=2 * M * N * K,
        uses_tensor_cores=True,
        uses_tma=bool(use_tma),
    )
