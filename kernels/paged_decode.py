"""Attention over paged KV, a program for each split of its tile's keys: for steps with few queries and many keys.

What it computes is defined in kernels/paged_attention.py, how tiles and splits lie in kernels/paged_tile.py. The sums
of N splits wait in memory until a second kernel folds them, in the order in which kernels/paged_prefill.py does.
"""

import torch
from torch import Tensor

from kernels.contexts import Contexts
from kernels.launch_config import LaunchConfig
from kernels.online_softmax import LOG2_E, fold, no_keys
from kernels.paged_kv import PagedKV
from kernels.paged_tile import (
    SPLIT,
    attend_split,
    choose_config,
    locate_rows,
    locate_tile,
    page_arguments,
    tile_constants,
    tile_signature,
)
from kernels.triton_import import tl, triton
from kernels.variant import Variant

# Not tuned. 64 rows are the fewest that Hopper's and Blackwell's matrix instructions for groups of warps take.
CONFIGS = {
    "default": LaunchConfig("64 rows", {"BLOCK_M": 64, "HAS_TMA": 0}, num_warps=8, num_stages=2),
    "sm_90": LaunchConfig("64 rows, TMA", {"BLOCK_M": 64, "HAS_TMA": 1}, num_warps=4, num_stages=3),
    "sm_100": LaunchConfig("64 rows, TMA", {"BLOCK_M": 64, "HAS_TMA": 1}, num_warps=8, num_stages=3),
    "gfx942": LaunchConfig("64 rows, one stage", {"BLOCK_M": 64, "HAS_TMA": 0}, num_warps=4, num_stages=1),
}
COMBINE = LaunchConfig("one token", {}, num_warps=4, num_stages=3)


@triton.jit
def _paged_decode_kernel(
    q_ptr,  # [T, Hq, D]
    keys,  # [pages, Hkv, D, P]
    values,  # [pages, Hkv, P, D]
    tables_ptr,  # [B, W] int32
    starts_ptr,  # [B + 1] int32
    lengths_ptr,  # [B] int32
    accs_ptr,  # [N, T, Hq, D] float32
    tops_ptr,  # [N, T, Hq] float32
    totals_ptr,  # [N, T, Hq] float32
    B,
    W,
    T,
    Hq,
    scale,
    G: tl.constexpr,
    D: tl.constexpr,
    P: tl.constexpr,
    SPLIT: tl.constexpr,
    BLOCK_M: tl.constexpr,
    BLOCK_D: tl.constexpr,
    HAS_TMA: tl.constexpr,
    PRECISION: tl.constexpr,
):
    first_row, num_tokens, position, table = locate_tile(tables_ptr, starts_ptr, lengths_ptr, B, W, BLOCK_M // G)
    split = tl.program_id(2)
    if (num_tokens <= 0) | (split * SPLIT >= position + num_tokens):
        return
    first, rows, is_row = locate_rows(first_row, num_tokens, Hq, G, BLOCK_M)
    cols = tl.arange(0, BLOCK_D)
    offsets = rows[:, None] * D + cols[None, :]
    mask = is_row[:, None] & (cols < D)[None, :]
    q = tl.load(q_ptr + first * D + offsets, mask=mask, other=0.0)

    acc, top, total = attend_split(
        q, keys, values, table, split, position, num_tokens, scale, G, D, P, SPLIT, BLOCK_M, BLOCK_D, HAS_TMA, PRECISION
    )
    first += split.to(tl.int64) * T * Hq
    tl.store(accs_ptr + first * D + offsets, acc, mask=mask)
    tl.store(tops_ptr + first + rows, top, mask=is_row)
    tl.store(totals_ptr + first + rows, total, mask=is_row)


@triton.jit
def _paged_combine_kernel(
    accs_ptr,  # [N, T, Hq, D] float32
    tops_ptr,  # [N, T, Hq] float32
    totals_ptr,  # [N, T, Hq] float32
    tables_ptr,  # [B, W] int32
    starts_ptr,  # [B + 1] int32
    lengths_ptr,  # [B] int32
    out_ptr,  # [T, Hq, D]
    B,
    W,
    T,
    Hq,
    G: tl.constexpr,
    D: tl.constexpr,
    SPLIT: tl.constexpr,
    BLOCK_M: tl.constexpr,
    BLOCK_D: tl.constexpr,
):
    # A tile is one token here.
    first_row, num_tokens, position, _ = locate_tile(tables_ptr, starts_ptr, lengths_ptr, B, W, 1)
    if num_tokens <= 0:
        return
    first, rows, is_row = locate_rows(first_row, num_tokens, Hq, G, BLOCK_M)
    cols = tl.arange(0, BLOCK_D)
    offsets = rows[:, None] * D + cols[None, :]
    mask = is_row[:, None] & (cols < D)[None, :]

    acc, top, total = no_keys(BLOCK_M, BLOCK_D)
    for split in range(position // SPLIT + 1):
        at = first + tl.cast(split, tl.int64) * T * Hq
        split_acc = tl.load(accs_ptr + at * D + offsets, mask=mask, other=0.0)
        split_top = tl.load(tops_ptr + at + rows, mask=is_row, other=0.0)
        split_total = tl.load(totals_ptr + at + rows, mask=is_row, other=1.0)
        acc, top, total = fold(acc, top, total, split_acc, split_top, split_total)
    tl.store(out_ptr + first * D + offsets, (acc / total[:, None]).to(out_ptr.dtype.element_ty), mask=mask)


def num_splits(cache: PagedKV, contexts: Contexts) -> int:
    """Of the longest context there is room for in the tables."""
    return triton.cdiv(contexts.tables.shape[1] * cache.page_size, SPLIT)


def paged_decode(q: Tensor, cache: PagedKV, contexts: Contexts) -> Tensor:
    """q [T, Hq, D] -> [T, Hq, D]; rows of no context come back as zeros."""
    T, Hq, D = q.shape
    B, W = contexts.tables.shape
    Hkv, N = cache.num_kv_heads, num_splits(cache, contexts)
    config = choose_config(CONFIGS, q)
    constants = tile_constants(Hq // Hkv, D, cache.page_size, q.dtype, config)
    tables = contexts.tables, contexts.starts, contexts.lengths
    out = torch.zeros_like(q)
    if T == 0 or B == 0:
        return out
    sums = [q.new_empty(shape, dtype=torch.float32) for shape in ((N, T, Hq, D), (N, T, Hq), (N, T, Hq))]
    tokens = constants["BLOCK_M"] // constants["G"]
    _paged_decode_kernel[T // tokens + B, Hkv, N](
        q, *page_arguments(cache, constants["HAS_TMA"]), *tables, *sums, B, W, T, Hq, D**-0.5 * LOG2_E, **constants,
        num_warps=config.num_warps, num_stages=config.num_stages,
    )  # fmt: skip
    G = constants["G"]
    _paged_combine_kernel[T + B, Hkv](
        *sums, *tables, out, B, W, T, Hq, G=G, D=D, SPLIT=SPLIT, BLOCK_M=triton.next_power_of_2(G),
        BLOCK_D=constants["BLOCK_D"], num_warps=COMBINE.num_warps, num_stages=COMBINE.num_stages,
    )  # fmt: skip
    return out


def variants(architecture: str) -> list[Variant]:
    """One token for each of 1, 64 and 256 contexts of 8,192, in bfloat16, on pages of 64."""
    config = CONFIGS.get(architecture, CONFIGS["default"])
    s1, mini = ("S1", 64, 4), ("S1-mini", 32, 8)
    return [_decode(config, *s1, T) for T in (1, 64, 256)] + [_decode(config, *mini, 64), _combine(*s1, 64)]


def _decode(config: LaunchConfig, model: str, Hq: int, Hkv: int, T: int) -> Variant:
    D, P, length = 128, 64, 8192
    constants = tile_constants(Hq // Hkv, D, P, torch.bfloat16, config)
    sums = dict.fromkeys(("accs_ptr", "tops_ptr", "totals_ptr"), "*fp32")
    sizes = {"B": "i32", "W": "i32:16", "T": "i32", "Hq": "i32:16", "scale": "fp32"}
    return Variant(
        kernel=_paged_decode_kernel,
        signature=tile_signature(constants) | sums | sizes | dict.fromkeys(constants, "constexpr"),
        constants=constants,
        config=config,
        shape=f"{model} decode {T} of {length}",
        num_bytes=T * (2 * 2 * length * Hkv * D + 2 * Hq * D + 4 * length // SPLIT * Hq * (D + 2)),
        num_flops=4 * T * Hq * D * length,
        uses_tensor_cores=True,
        uses_tma=True,
    )


def _combine(model: str, Hq: int, Hkv: int, T: int) -> Variant:
    G, D, length = Hq // Hkv, 128, 8192
    constants = {"G": G, "D": D, "SPLIT": SPLIT, "BLOCK_M": G, "BLOCK_D": D}
    pointers = dict.fromkeys(("accs_ptr", "tops_ptr", "totals_ptr"), "*fp32")
    pointers |= dict.fromkeys(("tables_ptr", "starts_ptr", "lengths_ptr"), "*i32") | {"out_ptr": "*bf16"}
    sizes = {"B": "i32", "W": "i32:16", "T": "i32", "Hq": "i32:16"}
    return Variant(
        kernel=_paged_combine_kernel,
        signature=pointers | sizes | dict.fromkeys(constants, "constexpr"),
        constants=constants,
        config=COMBINE,
        shape=f"{model} decode {T} of {length}",
        num_bytes=T * Hq * (4 * length // SPLIT * (D + 2) + 2 * D),
        num_flops=3 * T * Hq * D * length // SPLIT,
    )
