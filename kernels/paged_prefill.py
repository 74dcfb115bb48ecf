"""Attention over paged KV, a program for all keys of its tile: for steps with many queries.

What it computes is defined in kernels/paged_attention.py, how the tiles lie in kernels/paged_tile.py.
"""

import torch
from torch import Tensor

from kernels.contexts import Contexts
from kernels.launch_config import LaunchConfig
from kernels.online_softmax import LOG2_E, fold, no_keys
from kernels.paged_kv import PagedKV
from kernels.paged_tile import (
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

# Not tuned: the largest tiles that need no more registers than there are.
CONFIGS = {
    "default": LaunchConfig("64 rows", {"BLOCK_M": 64, "HAS_TMA": 0}, num_warps=8, num_stages=2),
    "sm_90": LaunchConfig("128 rows, TMA", {"BLOCK_M": 128, "HAS_TMA": 1}, num_warps=8, num_stages=3),
    "sm_100": LaunchConfig("64 rows, TMA", {"BLOCK_M": 64, "HAS_TMA": 1}, num_warps=8, num_stages=3),
    "gfx942": LaunchConfig("64 rows, one stage", {"BLOCK_M": 64, "HAS_TMA": 0}, num_warps=4, num_stages=1),
}


@triton.jit
def _paged_prefill_kernel(
    q_ptr,  # [T, Hq, D]
    keys,  # [pages, Hkv, D, P]
    values,  # [pages, Hkv, P, D]
    tables_ptr,  # [B, W] int32
    starts_ptr,  # [B + 1] int32
    lengths_ptr,  # [B] int32
    out_ptr,  # [T, Hq, D]
    B,
    W,
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
    if num_tokens <= 0:
        return
    first, rows, is_row = locate_rows(first_row, num_tokens, Hq, G, BLOCK_M)
    cols = tl.arange(0, BLOCK_D)
    offsets = rows[:, None] * D + cols[None, :]
    mask = is_row[:, None] & (cols < D)[None, :]
    q = tl.load(q_ptr + first * D + offsets, mask=mask, other=0.0)

    acc, top, total = no_keys(BLOCK_M, BLOCK_D)
    for split in range(tl.cdiv(position + num_tokens, SPLIT)):
        split_acc, split_top, split_total = attend_split(
            q, keys, values, table, split, position, num_tokens, scale, G, D, P, SPLIT, BLOCK_M, BLOCK_D, HAS_TMA,
            PRECISION,
        )  # fmt: skip
        acc, top, total = fold(acc, top, total, split_acc, split_top, split_total)
    tl.store(out_ptr + first * D + offsets, (acc / total[:, None]).to(out_ptr.dtype.element_ty), mask=mask)


def paged_prefill(q: Tensor, cache: PagedKV, contexts: Contexts) -> Tensor:
    """q [T, Hq, D] -> [T, Hq, D]; rows of no context come back as zeros."""
    T, Hq, D = q.shape
    B, W = contexts.tables.shape
    config = choose_config(CONFIGS, q)
    constants = tile_constants(Hq // cache.num_kv_heads, D, cache.page_size, q.dtype, config)
    out = torch.zeros_like(q)
    if T > 0 and B > 0:
        tokens = constants["BLOCK_M"] // constants["G"]
        _paged_prefill_kernel[T // tokens + B, cache.num_kv_heads](
            q, *page_arguments(cache, constants["HAS_TMA"]), contexts.tables, contexts.starts, contexts.lengths, out,
            B, W, Hq, D**-0.5 * LOG2_E, **constants, num_warps=config.num_warps, num_stages=config.num_stages,
        )  # fmt: skip
    return out


def variants(architecture: str) -> list[Variant]:
    """A prompt of 8,192 tokens, in bfloat16, on pages of 64."""
    config = CONFIGS.get(architecture, CONFIGS["default"])
    return [_variant(config, *model) for model in (("S1", 64, 4), ("S1-mini", 32, 8))]


def _variant(config: LaunchConfig, model: str, Hq: int, Hkv: int) -> Variant:
    T, D, P = 8192, 128, 64
    constants = tile_constants(Hq // Hkv, D, P, torch.bfloat16, config)
    sizes = {"out_ptr": "*bf16", "B": "i32", "W": "i32:16", "Hq": "i32:16", "scale": "fp32"}
    return Variant(
        kernel=_paged_prefill_kernel,
        signature=tile_signature(constants) | sizes | dict.fromkeys(constants, "constexpr"),
        constants=constants,
        config=config,
        shape=f"{model} prefill {T}",
        num_bytes=2 * T * D * (2 * Hq + 2 * Hkv),
        num_flops=4 * Hq * D * T * T // 2,
        uses_tensor_cores=True,
        uses_tma=True,
    )
