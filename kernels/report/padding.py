"""What the FP8 grouped GEMMs save by not padding the rows of every expert to a multiple of 128, as others must.

Counted: the rows that go in, come out of the first and out of the second product. With S tokens per expert these are
S H and S I codes with a float32 scale for every 128 of them, and S H bfloat16 numbers. The weights are the same for
both. "TMA-Adaptive FP8 Grouped GEMM" (arXiv 2508.16584) measures the saving for groups of its own; here a router's
choices make the groups.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from kernels.fp8 import BLOCK
from kernels.route_experts import route_experts_reference

_SEED = 0


@dataclass(frozen=True, slots=True)
class Router:
    """Of a model, with the sizes of its experts: E experts in groups, H hidden size, I width of an expert."""

    model: str
    num_experts: int
    num_chosen: int
    num_groups: int
    hidden_size: int
    width: int


@dataclass(frozen=True, slots=True)
class Padding:
    """rows and bytes that padding would add to num_rows and num_bytes."""

    model: str
    routing: str
    num_tokens: int
    num_rows: int
    num_bytes: int
    rows_added: int
    bytes_added: int

    @property
    def share_saved(self) -> float:
        """Of the memory that padded rows would take."""
        return self.bytes_added / (self.num_bytes + self.bytes_added)


ROUTERS = (Router("Intern-S1", 128, 8, 1, 4096, 1536), Router("Intern-S1-Pro", 512, 8, 8, 4096, 1536))
NUM_TOKENS = (64, 256, 1024, 4096, 8192, 16384)


def padding_saved(router: Router, routing: str, num_tokens: int) -> Padding:
    """routing: "uniform", where all experts are alike, or "skewed", where their popularity falls as 1 / rank."""
    sizes = group_sizes(router, routing, num_tokens)
    num_rows = int(sizes.sum())
    rows_added = int((-sizes % BLOCK).sum())
    row_bytes = _row_bytes(router)
    return Padding(
        router.model, routing, num_tokens, num_rows, num_rows * row_bytes, rows_added, rows_added * row_bytes
    )


def group_sizes(router: Router, routing: str, num_tokens: int) -> Tensor:
    """[E] int64: how many of the tokens' choices fall on each expert, with random logits."""
    random = torch.Generator().manual_seed(_SEED)
    logits = torch.randn(num_tokens, router.num_experts, generator=random)
    if routing == "skewed":
        ranks = torch.randperm(router.num_experts, generator=random) + 1
        logits -= ranks.log()
    ids, _ = route_experts_reference(logits, router.num_chosen, True, router.num_groups)
    return ids.flatten().bincount(minlength=router.num_experts)


def _row_bytes(router: Router) -> int:
    codes_and_scales = sum(size + size // BLOCK * 4 for size in (router.hidden_size, router.width))
    return codes_and_scales + router.hidden_size * 2


def padding_table() -> list[Padding]:
    return [
        padding_saved(router, routing, num_tokens)
        for router in ROUTERS
        for routing in ("uniform", "skewed")
        for num_tokens in NUM_TOKENS
    ]
