"""What the kernels of attention over paged KV share: a tile of queries, and the keys of its context.

A tile is BLOCK_M rows for one key head: BLOCK_M // G tokens of one context, with the G query heads of each. Its keys
are added up SPLIT at a time, and those sums are folded in order (kernels/online_softmax.py). Splits begin at multiples
of SPLIT wherever the queries are, and rows do not depend on each other; so a token's result depends neither on what is
asked with it nor on which kernel computes it, as far as the matrix instructions of their tiles round alike.

Pages are read as boxes of one tensor descriptor over the whole cache, by TMA, where HAS_TMA; else by pointers.
Program 0 is the tile, program 1 the key head.
"""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from kernels.launch_config import LaunchConfig, choose
from kernels.online_softmax import add_keys, find_tile, no_keys
from kernels.paged_kv import PagedKV
from kernels.triton_import import TensorDescriptor, tl, triton

SPLIT = 1024  # keys; not tuned
# Takes four times the memory of bfloat16 and no matrix instructions: for checks, not for speed.
FLOAT32 = LaunchConfig("float32", {"BLOCK_M": 32, "HAS_TMA": 0}, num_warps=8, num_stages=1)


@triton.jit
def locate_tile(tables_ptr, starts_ptr, lengths_ptr, B, W, TOKENS: tl.constexpr):
    """The tile's first row in q, how many tokens it has (0 or less: none), the position of the first in its context,
    and the context's row of tables."""
    b, first = find_tile(starts_ptr, B, tl.program_id(0), TOKENS)
    start = tl.load(starts_ptr + b)
    num_queries = tl.load(starts_ptr + b + 1) - start
    first_position = tl.load(lengths_ptr + b) - num_queries + first
    return start + first, tl.minimum(num_queries - first, TOKENS), first_position, tables_ptr + b.to(tl.int64) * W


@triton.jit
def locate_rows(first_row, num_tokens, Hq, G: tl.constexpr, BLOCK_M: tl.constexpr):
    """Where the tile's rows are among the [T, Hq]: the first of them, their offsets from it, and which there are."""
    rows = tl.arange(0, BLOCK_M)
    first = first_row.to(tl.int64) * Hq + tl.program_id(1) * G
    return first, rows // G * Hq + rows % G, rows < num_tokens * G


@triton.jit
def attend_split(
    q, keys, values, table, split, first_position, num_tokens, scale,
    G: tl.constexpr, D: tl.constexpr, P: tl.constexpr, SPLIT: tl.constexpr, BLOCK_M: tl.constexpr,
    BLOCK_D: tl.constexpr, HAS_TMA: tl.constexpr, PRECISION: tl.constexpr,
):  # fmt: skip
    """The sums over one split of the tile's keys. q [BLOCK_M, BLOCK_D]; scale: of the scores, in base 2."""
    first = split * (SPLIT // P)
    end = tl.minimum(first + SPLIT // P, tl.cdiv(first_position + num_tokens, P))
    all_seen = tl.maximum(tl.minimum((first_position + 1) // P, end), first)  # every row sees the pages before it
    acc, top, total = no_keys(BLOCK_M, BLOCK_D)
    for index in range(first, all_seen):
        page = tl.load(table + index)
        scores = tl.dot(q, _page(keys, page, D, P, BLOCK_D, P, HAS_TMA), input_precision=PRECISION) * scale
        v = _page(values, page, P, D, P, BLOCK_D, HAS_TMA)
        acc, top, total = add_keys(acc, top, total, scores, v, PRECISION)
    positions = first_position + tl.arange(0, BLOCK_M) // G
    for index in tl.range(all_seen, end, num_stages=1):  # few, and registers are few
        page = tl.load(table + index)
        scores = tl.dot(q, _page(keys, page, D, P, BLOCK_D, P, HAS_TMA), input_precision=PRECISION) * scale
        v = _page(values, page, P, D, P, BLOCK_D, HAS_TMA)
        at = index * P + tl.arange(0, P)
        scores = tl.where(at[None, :] <= positions[:, None], scores, float("-inf"))
        v = tl.where((at < first_position + num_tokens)[:, None], v, 0.0)  # a page may hold anything there: 0 x NaN
        acc, top, total = add_keys(acc, top, total, scores, v, PRECISION)
    return acc, top, total


@triton.jit
def _page(pages, page, R: tl.constexpr, C: tl.constexpr, ROWS: tl.constexpr, COLS: tl.constexpr, HAS_TMA: tl.constexpr):
    """Of pages [pages, Hkv, R, C]: one of them for the program's key head, [ROWS, COLS] with zeros around it."""
    if HAS_TMA:
        tile = pages.load([page, tl.program_id(1), 0, 0]).reshape(ROWS, COLS)
    else:
        rows = tl.arange(0, ROWS)[:, None]
        cols = tl.arange(0, COLS)[None, :]
        start = (page.to(tl.int64) * tl.num_programs(1) + tl.program_id(1)) * (R * C)
        tile = tl.load(pages + start + rows * C + cols, mask=(rows < R) & (cols < C), other=0.0)
    return tile


def page_arguments(cache: PagedKV, has_tma: bool) -> "tuple[Tensor | TensorDescriptor, Tensor | TensorDescriptor]":
    """Keys and values of a cache as attend_split reads them."""
    P, block_d = cache.page_size, padded_head_size(cache.head_size)
    assert P >= 16 and SPLIT % P == 0, f"on a GPU a page holds 16, 32, ... or {SPLIT} tokens, not {P}"
    if not has_tma:
        return cache.keys, cache.values
    keys = TensorDescriptor.from_tensor(cache.keys, [1, 1, block_d, P])
    return keys, TensorDescriptor.from_tensor(cache.values, [1, 1, P, block_d])


def padded_head_size(head_size: int) -> int:
    """Of a tile: a power of two that matrix instructions take."""
    return max(triton.next_power_of_2(head_size), 16)


def choose_config(table: Mapping[str, LaunchConfig], q: Tensor) -> LaunchConfig:
    return FLOAT32 if q.dtype == torch.float32 else choose(table, q)


def tile_constants(
    group: int, head_size: int, page_size: int, dtype: torch.dtype, config: LaunchConfig
) -> dict[str, Any]:
    """The constants of attend_split; group: query heads of a key head."""
    return {
        "G": group,
        "D": head_size,
        "P": page_size,
        "SPLIT": SPLIT,
        "BLOCK_M": max(config.tiles["BLOCK_M"], triton.next_power_of_2(group)),
        "BLOCK_D": padded_head_size(head_size),
        "HAS_TMA": bool(config.tiles["HAS_TMA"]),
        "PRECISION": "ieee" if dtype == torch.float32 else "tf32",
    }


def tile_signature(constants: Mapping[str, Any]) -> dict[str, str]:
    """The types of what both kernels begin with, and of the constants, for variants of bfloat16."""
    D, P = constants["BLOCK_D"], constants["P"]
    boxes = (f"tensordesc<bf16[1,1,{D},{P}]>", f"tensordesc<bf16[1,1,{P},{D}]>")
    keys, values = boxes if constants["HAS_TMA"] else ("*bf16", "*bf16")
    tables = dict.fromkeys(("tables_ptr", "starts_ptr", "lengths_ptr"), "*i32")
    return {"q_ptr": "*bf16", "keys": keys, "values": values, **tables}
