"""Which part of every tensor a rank holds, and how it is read: whole, then cut at once.

A matrix [N, K] is described by two shards, of its rows and of its columns; whole() stands for a side that is not cut.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from engine.checkpoint import Checkpoint
from engine.errors import CheckpointError
from engine.stored_tensor import SCALE, StoredTensor
from engine.weight_reader import WeightReader
from kernels.fp8 import BLOCK

_EXPERT = re.compile(rf"\.experts\.(\d+)\.(?:gate|up|down)_proj\.weight(?:{SCALE})?$")


@dataclass(frozen=True, slots=True)
class Shard:
    """[start, end) of size rows, columns, heads or experts."""

    start: int
    end: int
    size: int

    def __len__(self) -> int:
        return self.end - self.start

    @property
    def is_whole(self) -> bool:
        return len(self) == self.size

    @property
    def index(self) -> slice:
        return slice(self.start, self.end)

    def times(self, width: int) -> "Shard":
        """Of the rows, where each of these is width rows."""
        return Shard(self.start * width, self.end * width, self.size * width)


def whole(size: int) -> Shard:
    return Shard(0, size, size)


def split(size: int, part: int, num_parts: int, unit: int = 1) -> Shard:
    """Neighbouring shares as equal as they can be, the first ones larger; borders are multiples of unit."""
    each, extra = divmod(-(-size // unit), num_parts)
    start, end = (n * each + min(n, extra) for n in (part, part + 1))
    return Shard(min(start * unit, size), min(end * unit, size), size)


def take_shard(weights: WeightReader, name: str, *shards: Shard) -> Tensor:
    """One shard per dimension. A copy, so that the rest is let go of before the next tensor is read."""
    tensor = weights.take(name, *(shard.size for shard in shards))
    if all(shard.is_whole for shard in shards):
        return tensor
    return tensor[tuple(shard.index for shard in shards)].clone(memory_format=torch.contiguous_format)


def take_fp8_shard(weights: WeightReader, name: str, rows: Shard, columns: Shard) -> tuple[Tensor, Tensor] | None:
    """Codes and scales as they are stored; None, and nothing taken, where take_shard() is the way."""
    taken = weights.take_fp8(name, rows.size, columns.size)
    if taken is None or (rows.is_whole and columns.is_whole):
        return taken
    codes, scales = taken
    row_blocks, column_blocks = _blocks(name, "rows", rows), _blocks(name, "columns", columns)
    return codes[rows.index, columns.index].clone(), scales[row_blocks, column_blocks].clone()


def _blocks(name: str, side: str, shard: Shard) -> slice:
    """The scales that belong to a shard; every one of them must belong to one rank."""
    for border in (shard.start, shard.end):
        if border % BLOCK and border != shard.size:
            raise CheckpointError(
                f"{name} is FP8 in blocks of {BLOCK}, and this number of ranks cuts its {shard.size:,} {side} at "
                f"{border:,}, inside a block; choose a smaller tensor_parallel."
            )
    return slice(shard.start // BLOCK, -(-shard.end // BLOCK))


class CheckpointShard:
    """A checkpoint without the matrices of the experts that other ranks hold, so that nobody reads them in vain."""

    def __init__(self, checkpoint: Checkpoint, experts: Shard) -> None:
        self._checkpoint = checkpoint
        self._experts = experts

    @property
    def path(self) -> Path:
        return self._checkpoint.path

    @property
    def config(self) -> dict[str, Any]:
        return self._checkpoint.config

    def names(self) -> list[str]:
        return [name for name in self._checkpoint.names() if not self._is_elsewhere(name)]

    def stored(self, name: str) -> StoredTensor:
        return self._checkpoint.stored(name)

    def tensor(self, name: str, dtype: torch.dtype | None = None) -> Tensor:
        return self._checkpoint.tensor(name, dtype)

    def _is_elsewhere(self, name: str) -> bool:
        """An expert of a number that there is not is nobody's, and stays to be refused."""
        found = _EXPERT.search(name)
        if found is None:
            return False
        expert = int(found[1])
        return expert < self._experts.size and not self._experts.start <= expert < self._experts.end
