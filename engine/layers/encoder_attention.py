"""Attention inside whole sequences, as encoders have it: nothing is cached.

torch's operation goes through the keys in blocks with a running softmax in float32 (on CPU and CUDA, for the dtypes and
unmasked or causal inputs used here), so memory grows with the length of a sequence and not with its square.
"""

import torch.nn.functional as F
from torch import Tensor


def attend(q: Tensor, k: Tensor, v: Tensor, is_causal: bool = False) -> Tensor:
    """q, k, v [S, T, heads, D], S sequences of T -> [S, T, heads * D]; the scale is D ** -0.5."""
    q, k, v = (part.transpose(1, 2) for part in (q, k, v))
    return F.scaled_dot_product_attention(q, k, v, is_causal=is_causal).transpose(1, 2).flatten(2)
