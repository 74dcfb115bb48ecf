"""The first half of a SwiGLU block.

    out[t, i] = silu(x[t] . gate[i]) * (x[t] . up[i])

T tokens, K columns of the weights, I intermediate size.
"""

import torch.nn.functional as F
from torch import Tensor

from kernels.cpu_library import dtype_code
from kernels.fp8 import Fp8Tensor
from kernels.linear import Weight
from kernels.panels import Matrix, Panels, make_panels
from kernels.silu_mul import silu_mul


def gated_linear_reference(x: Tensor, matrix: Tensor) -> Tensor:
    """x [T, K], matrix [2 I, K]: gate rows, then up rows -> [T, I], in the precision of the inputs."""
    gate, up = matrix.chunk(2)
    return F.silu(x @ gate.T) * (x @ up.T)


def make_gated_panels(matrix: Matrix) -> Panels | None:
    """matrix [..., 2 I, K], as panels of [..., 2, I, K]: none of them holds gate and up rows."""
    if isinstance(matrix, Fp8Tensor):
        return None
    *outer, N, K = matrix.shape
    return make_panels(matrix.view(*outer, 2, N // 2, K))


class GatedWeight:
    """matrix [2 I, K]: gate rows, then up rows; what Weight is for a plain linear layer."""

    __slots__ = ("dtype", "panels", "shape", "_plain")

    def __init__(self, matrix: Matrix) -> None:
        assert len(matrix.shape) == 2 and matrix.shape[0] % 2 == 0, matrix.shape
        self.shape = (matrix.shape[0], matrix.shape[1])
        self.dtype = matrix.dtype
        self.panels: Panels | None = make_gated_panels(matrix.contiguous())
        self._plain = Weight(matrix) if self.panels is None else None

    def times(self, x: Tensor) -> Tensor:
        """x [T, K] -> [T, 2 I] by torch. Only where there are no panels."""
        assert self._plain is not None
        return self._plain.times(x)


def gated_linear(x: Tensor, weight: GatedWeight) -> Tensor:
    """x [T, K], weight [2 I, K] -> [T, I]."""
    T, K = x.shape
    N = weight.shape[0]
    assert weight.shape[1] == K and weight.dtype == x.dtype, (x.shape, weight.shape, weight.dtype)
    if (panels := weight.panels) is None:
        return silu_mul(weight.times(x))
    assert x.is_contiguous()
    out = x.new_empty(T, N // 2)
    panels.library.gated_linear(
        x.data_ptr(), panels.pointer, panels.scales_pointer, out.data_ptr(), T, N // 2, K,
        dtype_code(x.dtype), panels.code,
    )  # fmt: skip
    return out
