"""The choices of a batch in the order of their experts, so that each expert sees its rows one behind another.

A choice is a pair (token, c), numbered token * C + c. Choices of one expert keep their order: a stable counting sort
in two launches, without atomic operations on global memory.

    ids [[2, 0], [0, 2]], E = 3  ->  offsets [0, 2, 2, 4], order [1, 2, 0, 3], places [[2, 0], [1, 3]]

T tokens, C experts per token, E experts, M = T * C choices.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from kernels.dispatch import takes_triton
from kernels.launch_config import LaunchConfig, choose
from kernels.triton_import import tl, triton
from kernels.variant import Variant

# ROWS: blocks of choices whose counts are added up at once. Neither tuned, nor where one table takes over.
_MOST_FEW = 2048
FEW_CONFIGS = {"default": LaunchConfig("128 choices", {"BLOCK": 128, "ROWS": 8}, num_warps=4, num_stages=1)}
CONFIGS = {"default": LaunchConfig("1024 choices", {"BLOCK": 1024, "ROWS": 8}, num_warps=8, num_stages=1)}


@dataclass(frozen=True, slots=True)
class SortedChoices:
    """offsets [E + 1]: expert e has the rows offsets[e] to offsets[e + 1]. order [M]: the choice in each row.

    places [T, C]: the row of each choice. All int32.
    """

    offsets: Tensor
    order: Tensor
    places: Tensor


def sort_by_expert_reference(ids: Tensor, num_experts: int) -> SortedChoices:
    order = ids.flatten().argsort(stable=True)
    counts = torch.zeros(num_experts, dtype=torch.int64, device=ids.device)
    counts.scatter_add_(0, ids.flatten(), torch.ones_like(order))
    offsets = torch.cat([counts.new_zeros(1), counts.cumsum(0)])
    return SortedChoices(offsets.int(), order.int(), order.argsort().view(ids.shape).int())


@triton.jit
def _count_experts_kernel(ids_ptr, counts_ptr, M, E, BLOCK: tl.constexpr, BLOCK_E: tl.constexpr):
    """ids [M] int64 -> counts [blocks, E]: how often every expert is chosen in every block of choices."""
    block = tl.program_id(0).to(tl.int64)
    choices = block * BLOCK + tl.arange(0, BLOCK)
    ids = tl.load(ids_ptr + choices, mask=choices < M, other=0).to(tl.int32)
    experts = tl.arange(0, BLOCK_E)
    counts = tl.histogram(ids, BLOCK_E, mask=choices < M)
    tl.store(counts_ptr + block * E + experts, counts, mask=experts < E)


@triton.jit
def _place_choices_kernel(
    ids_ptr,  # [M] int64
    counts_ptr,  # [blocks, E]
    offsets_ptr,  # [E + 1]
    order_ptr,  # [M]
    places_ptr,  # [M]
    M,
    E,
    BLOCK: tl.constexpr,
    ROWS: tl.constexpr,
    BLOCK_E: tl.constexpr,
):
    block = tl.program_id(0)
    experts = tl.arange(0, BLOCK_E)
    totals = tl.zeros([BLOCK_E], dtype=tl.int32)
    before = tl.zeros([BLOCK_E], dtype=tl.int32)
    mine = tl.zeros([BLOCK_E], dtype=tl.int32)
    for first in range(0, tl.num_programs(0), ROWS):
        blocks = (first + tl.arange(0, ROWS))[:, None]
        mask = (blocks < tl.num_programs(0)) & (experts < E)[None, :]
        counts = tl.load(counts_ptr + blocks.to(tl.int64) * E + experts[None, :], mask=mask, other=0)
        totals += tl.sum(counts, axis=0)
        before += tl.sum(tl.where(blocks < block, counts, 0), axis=0)
        mine += tl.sum(tl.where(blocks == block, counts, 0), axis=0)
    ends = tl.cumsum(totals)
    if block == 0:
        tl.store(offsets_ptr, 0)
        tl.store(offsets_ptr + 1 + experts, ends, mask=experts < E)

    # Sorted with its place in the block, no key is there twice; what lies past the end comes last.
    places = tl.arange(0, BLOCK)
    choices = block.to(tl.int64) * BLOCK + places
    ids = tl.load(ids_ptr + choices, mask=choices < M, other=BLOCK_E - 1).to(tl.int32)
    keys = tl.sort(ids * BLOCK + places)
    # Row of an expert's first choice in the block, less where that stands among the sorted.
    shifts = ends - totals + before - (tl.cumsum(mine) - mine)
    rows = places + tl.gather(shifts, keys // BLOCK, 0)
    sorted_choices = block * BLOCK + keys % BLOCK
    is_choice = sorted_choices < M
    tl.store(order_ptr + rows, sorted_choices, mask=is_choice)
    tl.store(places_ptr + sorted_choices, rows, mask=is_choice)


def sort_by_expert(ids: Tensor, num_experts: int) -> SortedChoices:
    """ids [T, C] int64, from 0 to num_experts - 1."""
    assert ids.dim() == 2 and ids.dtype == torch.int64 and num_experts > 0, (ids.shape, ids.dtype, num_experts)
    if not takes_triton(ids):
        return sort_by_expert_reference(ids, num_experts)
    M, E = ids.numel(), num_experts
    assert ids.is_contiguous() and M < 2**31, (ids.shape, ids.stride())
    config = choose(FEW_CONFIGS if M <= _MOST_FEW else CONFIGS, ids)
    block, block_e = config.tiles["BLOCK"], triton.next_power_of_2(E)
    num_blocks = max(1, triton.cdiv(M, block))
    options = {"num_warps": config.num_warps, "num_stages": config.num_stages}
    counts = ids.new_empty(num_blocks, E, dtype=torch.int32)
    offsets, order = ids.new_empty(E + 1, dtype=torch.int32), ids.new_empty(M, dtype=torch.int32)
    places = ids.new_empty(ids.shape, dtype=torch.int32)
    _count_experts_kernel[(num_blocks,)](ids, counts, M, E, BLOCK=block, BLOCK_E=block_e, **options)
    _place_choices_kernel[(num_blocks,)](
        ids, counts, offsets, order, places, M, E, BLOCK_E=block_e, **config.tiles, **options
    )  # fmt: skip
    return SortedChoices(offsets, order, places)


def variants(architecture: str) -> list[Variant]:
    few, many = (table.get(architecture, table["default"]) for table in (FEW_CONFIGS, CONFIGS))
    pointers = dict.fromkeys(("counts_ptr", "offsets_ptr", "order_ptr", "places_ptr"), "*i32")
    types = {"ids_ptr": "*i64", **pointers, "M": "i32", "E": "i32"}
    return [
        Variant(
            kernel,
            {name: types.get(name, "constexpr") for name in kernel.arg_names},
            {name: size for name, size in {**config.tiles, "BLOCK_E": E}.items() if name in kernel.arg_names},
            config,
            shape,
            num_bytes=T * 8 * 8 + (E * 4 if kernel is _count_experts_kernel else T * 8 * 8 + (E + 1) * 4),
            num_flops=0,
        )
        for shape, T, E, config in (
            ("S1 decode 64", 64, 128, few),
            ("Pro decode 256", 256, 512, few),
            ("S1 prefill 8192", 8192, 128, many),
            ("Pro prefill 8192", 8192, 512, many),
        )
        for kernel in (_count_experts_kernel, _place_choices_kernel)
    ]
