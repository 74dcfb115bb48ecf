"""Rows that lie in groups, one group after another, cut into tiles for products with a matrix per group.

Group e has the rows offsets[e] to offsets[e + 1]. A tile is block_m rows of one group; the last of a group may be
shorter. No row is padded, and which tiles there are is known on the device only: nobody waits for it.

    offsets [0, 0, 1, 130], block_m 128  ->  tiles of the rows 0, 1..128 and 129; groups 1, 2, 2

E groups, M rows.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from kernels.launch_config import LaunchConfig
from kernels.triton_import import TensorDescriptor, tl, triton
from kernels.variant import Variant

# Tensor cores take 64 rows of weights and as few as 16 tokens. Neither size, nor where one takes over, is tuned.
FEW_ROWS, MANY_ROWS = 16, 128

CONFIGS = {"default": LaunchConfig("one program per group", {"BLOCK": 128}, num_warps=4, num_stages=1)}


@dataclass(frozen=True, slots=True)
class RaggedTiles:
    """offsets [E + 1] int32. Tile i belongs to groups[i] and begins at first_rows[i]; num_tiles [1] of them are there.

    All int32. groups and first_rows have room for the most tiles that M rows can have.
    """

    offsets: Tensor
    groups: Tensor
    first_rows: Tensor
    num_tiles: Tensor
    block_m: int

    @property
    def max_tiles(self) -> int:
        return len(self.groups)


def make_tiles_reference(offsets: list[int], block_m: int) -> list[tuple[int, int]]:
    """Group and first row of every tile."""
    return [
        (group, row)
        for group, (first, end) in enumerate(zip(offsets[:-1], offsets[1:], strict=True))
        for row in range(first, end, block_m)
    ]


@triton.jit
def _make_tiles_kernel(
    offsets_ptr,  # [E + 1]
    groups_ptr,  # [max_tiles]
    first_rows_ptr,  # [max_tiles]
    num_tiles_ptr,  # [1]
    E,
    BLOCK_M: tl.constexpr,
    BLOCK_E: tl.constexpr,
    BLOCK: tl.constexpr,
):
    group = tl.program_id(0)
    others = tl.arange(0, BLOCK_E)
    begins = tl.load(offsets_ptr + others, mask=others < E, other=0)
    ends = tl.load(offsets_ptr + others + 1, mask=others < E, other=0)
    nums = tl.cdiv(ends - begins, BLOCK_M)
    first_tile = tl.sum(tl.where(others < group, nums, 0))
    num = tl.sum(tl.where(others == group, nums, 0))
    first_row = tl.load(offsets_ptr + group)
    for start in range(0, num, BLOCK):
        tiles = start + tl.arange(0, BLOCK)
        tl.store(groups_ptr + first_tile + tiles, tl.full([BLOCK], group, tl.int32), mask=tiles < num)
        tl.store(first_rows_ptr + first_tile + tiles, first_row + tiles * BLOCK_M, mask=tiles < num)
    if group == E - 1:
        tl.store(num_tiles_ptr, first_tile + num)


def make_tiles(offsets: Tensor, num_rows: int, block_m: int) -> RaggedTiles:
    """offsets [E + 1] int32, from 0 to num_rows."""
    E = len(offsets) - 1
    assert offsets.dim() == 1 and offsets.dtype == torch.int32 and E > 0, (offsets.shape, offsets.dtype)
    assert offsets.is_contiguous() and block_m in (FEW_ROWS, MANY_ROWS), block_m
    max_tiles = num_rows // block_m + min(E, num_rows)
    groups, first_rows = offsets.new_empty(max_tiles), offsets.new_empty(max_tiles)
    num_tiles = offsets.new_empty(1)
    config = CONFIGS["default"]
    _make_tiles_kernel[(E,)](
        offsets, groups, first_rows, num_tiles, E, BLOCK_M=block_m, BLOCK_E=triton.next_power_of_2(E), **config.tiles,
        num_warps=config.num_warps, num_stages=config.num_stages,
    )  # fmt: skip
    return RaggedTiles(offsets, groups, first_rows, num_tiles, block_m)


def rows_per_tile(num_rows: int, num_groups: int) -> int:
    """block_m for so many rows, known before anybody knows which groups they are in."""
    return FEW_ROWS if num_rows <= FEW_ROWS * num_groups else MANY_ROWS


def tile_source(matrix: Tensor, block_rows: int, block_columns: int, use_tma: int) -> "Tensor | TensorDescriptor":
    """What load_tile and store_tile take for matrix [R, C]: the tensor itself, or its descriptor."""
    if not use_tma:
        return matrix
    assert matrix.stride(0) * matrix.element_size() % 16 == 0, (matrix.shape, matrix.dtype)
    return TensorDescriptor.from_tensor(matrix, [block_rows, block_columns])


def num_programs(x: Tensor) -> int:
    """As many as stay on x's device at the same time, one for every multiprocessor."""
    return torch.cuda.get_device_properties(x.device).multi_processor_count if x.device.type == "cuda" else 3


@triton.jit
def load_tile(source, row, column, end_row, C, ROWS: tl.constexpr, COLUMNS: tl.constexpr, USE_TMA: tl.constexpr):
    """[ROWS, COLUMNS] of a matrix [R, C] from (row, column); zeros past C.

    Past end_row zeros too, or, by TMA, what follows in the matrix: it must not reach a result that is stored.
    """
    if USE_TMA:
        tile = source.load([row, column])
    else:
        rows = row + tl.arange(0, ROWS)
        columns = column + tl.arange(0, COLUMNS)
        mask = (rows < end_row)[:, None] & (columns < C)[None, :]
        tile = tl.load(source + rows.to(tl.int64)[:, None] * C + columns[None, :], mask=mask, other=0.0)
    return tile


@triton.jit
def store_tile(
    out_ptr, out, values, row, column, end_row, C, ROWS: tl.constexpr, COLUMNS: tl.constexpr, USE_TMA: tl.constexpr
):
    """values [ROWS, COLUMNS] to a matrix [R, C] at (row, column), nothing past end_row or C.

    By TMA, through the descriptor out, where the tile is whole: TMA would write into the group that follows.
    """
    if USE_TMA and row + ROWS <= end_row:
        out.store([row, column], values)
    else:
        rows = row + tl.arange(0, ROWS)
        columns = column + tl.arange(0, COLUMNS)
        mask = (rows < end_row)[:, None] & (columns < C)[None, :]
        tl.store(out_ptr + rows.to(tl.int64)[:, None] * C + columns[None, :], values, mask=mask)


def source_type(dtype: str, block_rows: int, block_columns: int, use_tma: int) -> str:
    """How Triton spells the type of tile_source's result."""
    return f"tensordesc<{dtype}[{block_rows},{block_columns}]>" if use_tma else f"*{dtype}"


def expected_groups(num_tokens: int, num_chosen: int, num_groups: int) -> int:
    """How many groups have a row when every token chooses some and all are chosen equally often."""
    return round(num_groups * (1 - (1 - num_chosen / num_groups) ** num_tokens))


def variants(architecture: str) -> list[Variant]:
    pointers = ("offsets_ptr", "groups_ptr", "first_rows_ptr", "num_tiles_ptr")
    constexprs = ("BLOCK_M", "BLOCK_E", "BLOCK")
    signature = dict.fromkeys(pointers, "*i32") | {"E": "i32"} | dict.fromkeys(constexprs, "constexpr")
    return [
        Variant(
            _make_tiles_kernel, signature, {"BLOCK_M": block_m, "BLOCK_E": E, **CONFIGS["default"].tiles},
            CONFIGS["default"], shape, num_bytes=(E + 1 + 2 * num_tiles + 1) * 4, num_flops=0,
        )
        for shape, E, block_m, num_tiles in (
            ("Pro decode 64", 512, FEW_ROWS, expected_groups(64, 8, 512)),
            ("S1 prefill 8192", 128, MANY_ROWS, 128 * 4),
        )
    ]  # fmt: skip
