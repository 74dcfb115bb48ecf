"""The first half of a SwiGLU block.

    out[t, i] = silu(x[t] . weight[i]) * (x[t] . weight[I + i])

T tokens, K columns of the weight, I intermediate size.
"""

import torch.nn.functional as F
from torch import Tensor

from kernels.cpu_library import dtype_code
from kernels.linear import MAX_FEW_TOKENS, Fp8Weight, Weight
from kernels.silu_mul import silu_mul


def gated_linear_reference(x: Tensor, matrix: Tensor) -> Tensor:
    """x [T, K], matrix [2 I, K]: gate rows, then up rows -> [T, I], in the precision of the inputs."""
    gate, up = matrix.chunk(2)
    return F.silu(x @ gate.T) * (x @ up.T)


def gated_linear(x: Tensor, weight: Weight | Fp8Weight) -> Tensor:
    """x [T, K], weight [2 I, K]: gate rows, then up rows -> [T, I]."""
    T, K = x.shape
    N = weight.shape[0]
    assert weight.shape[1] == K and N % 2 == 0 and weight.dtype == x.dtype, (x.shape, weight.shape, weight.dtype)
    if weight.library is None or T > MAX_FEW_TOKENS:
        return silu_mul(weight.times_many(x))
    assert x.is_contiguous()
    out = x.new_empty(T, N // 2)
    weight.library.gated_linear(x.data_ptr(), weight.pointer, out.data_ptr(), T, N // 2, K, dtype_code(x.dtype))
    return out
