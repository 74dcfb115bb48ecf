"""Which experts each token goes to, and with what weight.

T tokens, E experts in G groups of neighbours, C experts per token.
"""

import torch
from torch import Tensor

from kernels.cpu_library import load_cpu_library


def route_experts(logits: Tensor, num_chosen: int, is_normalised: bool, num_groups: int = 1) -> tuple[Tensor, Tensor]:
    """logits [T, E] float32 -> ids [T, C] int64, weights [T, C] float32: the largest of softmax(logits).

    Every group gives C / G of them, in the order of groups. is_normalised: divided by their sum.
    """
    assert logits.dim() == 2 and logits.dtype == torch.float32, (logits.shape, logits.dtype)
    assert logits.shape[1] % num_groups == 0 and num_chosen % num_groups == 0, (logits.shape, num_chosen, num_groups)
    library = load_cpu_library() if logits.device.type == "cpu" else None
    if library is None:
        return route_experts_reference(logits, num_chosen, is_normalised, num_groups)
    assert logits.is_contiguous()
    T, E = logits.shape
    ids, weights = torch.empty(T, num_chosen, dtype=torch.int64), logits.new_empty(T, num_chosen)
    library.route_experts(
        logits.data_ptr(), ids.data_ptr(), weights.data_ptr(), T, E, num_chosen, num_groups, is_normalised
    )
    return ids, weights


def route_experts_reference(
    logits: Tensor, num_chosen: int, is_normalised: bool, num_groups: int = 1
) -> tuple[Tensor, Tensor]:
    """The same by torch, in the precision of the logits."""
    shares = logits.softmax(dim=-1)
    if num_groups == 1:
        weights, ids = shares.topk(num_chosen, dim=-1)
    else:
        weights, ids = _largest_of_groups(shares, num_chosen, num_groups)
    if is_normalised:
        weights = weights / weights.sum(dim=-1, keepdim=True)
    return ids, weights


def _largest_of_groups(shares: Tensor, num_chosen: int, num_groups: int) -> tuple[Tensor, Tensor]:
    T, E = shares.shape
    size = E // num_groups
    weights, places = shares.view(T, num_groups, size).topk(num_chosen // num_groups, dim=-1)
    firsts = torch.arange(0, E, size, device=shares.device)
    return weights.flatten(1), (places + firsts[:, None]).flatten(1)
