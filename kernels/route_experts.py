"""Which experts each token goes to, and with what weight.

T tokens, E experts, C experts per token.
"""

import torch
from torch import Tensor


def route_experts(logits: Tensor, num_chosen: int, is_normalised: bool) -> tuple[Tensor, Tensor]:
    """logits [T, E] float32 -> ids [T, C] int64, weights [T, C] float32: the largest of softmax(logits).

    is_normalised: divided by their sum.
    """
    assert logits.dim() == 2 and logits.dtype == torch.float32, (logits.shape, logits.dtype)
    weights, ids = logits.softmax(dim=-1).topk(num_chosen, dim=-1)
    if is_normalised:
        weights = weights / weights.sum(dim=-1, keepdim=True)
    return ids, weights
