"""Which tokens of a step belong to which contexts, and where those lie in the paged cache."""

from dataclasses import dataclass

from torch import Tensor


@dataclass(frozen=True, slots=True)
class Contexts:
    """tables [B, W] int32: the pages of each context, in order; starts [B + 1] int32; lengths [B] int32.

    Rows starts[b] to starts[b + 1] of q are the last tokens of context b, which is lengths[b] long with them.
    """

    tables: Tensor
    starts: Tensor
    lengths: Tensor
