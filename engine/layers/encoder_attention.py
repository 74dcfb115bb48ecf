"""Attention inside whole sequences of one length, as encoders have it: nothing is cached."""

import torch
from torch import Tensor

from kernels.varlen_attention import varlen_attention


def attend(q: Tensor, k: Tensor, v: Tensor, is_causal: bool = False) -> Tensor:
    """q, k, v [S, T, heads, D], S sequences of T -> [S, T, heads * D]; the scale is D ** -0.5."""
    S, T = q.shape[:2]
    starts = torch.arange(S + 1, dtype=torch.int32, device=q.device) * T
    q, k, v = (part.flatten(0, 1) for part in (q, k, v))
    return varlen_attention(q, k, v, starts, is_causal).flatten(1).unflatten(0, (S, T))
