"""What a layer must know about ranks: which part of the model is this one's, and how partial results become whole.

Attention is split by heads; where ranks outnumber the key heads, neighbours share one. MLPs and experts are split by
width or, with expert parallelism, by whole experts first; embedding and head by the vocabulary. Norms and the router
are on all ranks, so they see the same hidden states, bit by bit, and choose the same experts.

Sums over ranks are float32 whatever the dtype. They add in another order than one rank does, which moves the last bits.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from engine.ranks.collectives import Collectives
from engine.ranks.sharding import Shard, split
from kernels.linear import Weight, linear


@dataclass(frozen=True, slots=True)
class Parallel:
    """This is one of size ranks. Each size / expert_parallel neighbours share the width of the same experts.

    width_unit: borders of MLPs and experts are multiples of it; a block where weights stay FP8.
    """

    rank: int = 0
    size: int = 1
    expert_parallel: int = 1
    width_unit: int = 1
    collectives: Collectives | None = None  # None: there is only this rank

    def heads(self, num_heads: int) -> Shard:
        return split(num_heads, self.rank, self.size)

    def kv_heads(self, num_kv_heads: int) -> Shard:
        """Those that this rank's query heads use."""
        if num_kv_heads >= self.size:
            return split(num_kv_heads, self.rank, self.size)
        first = self.rank * num_kv_heads // self.size
        return Shard(first, first + 1, num_kv_heads)

    def width(self, size: int) -> Shard:
        """Of a dense MLP."""
        return split(size, self.rank, self.size, self.width_unit)

    def experts(self, num_experts: int) -> Shard:
        return split(num_experts, self.rank // self._ranks_per_expert, self.expert_parallel)

    def expert_width(self, size: int) -> Shard:
        """Of every expert that this rank has a part of."""
        return split(size, self.rank % self._ranks_per_expert, self._ranks_per_expert, self.width_unit)

    def vocabulary(self, vocab_size: int) -> Shard:
        return split(vocab_size, self.rank, self.size)

    def sum(self, partial: Tensor) -> Tensor:
        """What all ranks have a part of, on all ranks, in its dtype."""
        if self.collectives is None:
            return partial
        return self.collectives.sum(partial.float()).to(partial.dtype)

    def sum_of_products(self, x: Tensor, weight: Weight) -> Tensor:
        """x [T, K of this rank] times weight [N, K of this rank] -> [T, N], rounded to x's dtype after the sum."""
        if self.collectives is None:
            return linear(x, weight)
        return self.collectives.sum(linear(x, weight, out_dtype=torch.float32)).to(x.dtype)

    def gather_columns(self, mine: Tensor, columns: Shard) -> Tensor:
        """mine [R, columns of this rank] -> [R, all columns] on rank 0; other ranks get back what they gave."""
        if self.collectives is None:
            return mine
        widths = [len(split(columns.size, rank, self.size)) for rank in range(self.size)]
        return self.collectives.gather_columns(mine, widths)

    @property
    def _ranks_per_expert(self) -> int:
        return self.size // self.expert_parallel


ALONE = Parallel()
