"""Products with a weight matrix, each computed the way that is fastest for its number of rows.

    out[t, n] = sum over k of x[t, k] * weight[n, k]

T tokens, N rows of the weight, K columns. When tokens are few, reading the weight is what takes the time, so our own
operation reads it once, in order. For more, oneDNN's product is faster in float32 than F.linear on AMD processors, and
as fast in bfloat16. With our operation at hand oneDNN is given the plain matrix, so that there is one copy of the
weights; without it, the matrix is kept in oneDNN's own packing, which is faster for few tokens.

A block-FP8 matrix stays FP8 in memory and is dequantised for every product.
"""

import ctypes
import functools
import logging

import torch
import torch.nn.functional as F
from torch import Tensor

from kernels.cpu_library import dtype_code, has_dtype, load_cpu_library
from kernels.fp8 import Fp8Tensor

# Up to here our own operation is used. Beyond, a row of the weight is multiplied for longer than it takes to read.
MAX_FEW_TOKENS = 16

_logger = logging.getLogger(__name__)


def linear_reference(x: Tensor, matrix: Tensor) -> Tensor:
    """x [T, K], matrix [N, K] -> [T, N], in the precision of the inputs."""
    return x @ matrix.T


class Weight:
    """A matrix [N, K] and how products with it are computed, settled once."""

    __slots__ = ("dtype", "library", "pointer", "shape", "_is_onednn", "_matrix")

    def __init__(self, matrix: Tensor) -> None:
        assert matrix.dim() == 2, matrix.shape
        self.shape = (matrix.shape[0], matrix.shape[1])
        self.dtype = matrix.dtype
        is_cpu = matrix.device.type == "cpu"
        self.library: ctypes.CDLL | None = load_cpu_library() if is_cpu and has_dtype(matrix.dtype) else None
        self._is_onednn = is_cpu and has_onednn(matrix.dtype)
        self._matrix = matrix.contiguous()
        if self._is_onednn and self.library is None:
            self._matrix = torch.ops.mkldnn._reorder_linear_weight(self._matrix, 1)
        self.pointer = self._matrix.data_ptr() if self.library is not None else 0

    def times_many(self, x: Tensor) -> Tensor:
        """x [T, K] -> [T, N] by a general matrix product."""
        if self._is_onednn:
            return torch.ops.mkldnn._linear_pointwise(x, self._matrix, None, "none", [], "")
        return F.linear(x, self._matrix)


class Fp8Weight:
    """What Weight is for a plain matrix. dtype is that of the products."""

    __slots__ = ("dtype", "library", "shape", "_matrix")

    def __init__(self, matrix: Fp8Tensor) -> None:
        assert len(matrix.shape) == 2, matrix.shape
        self.shape = (matrix.shape[0], matrix.shape[1])
        self.dtype = matrix.dtype
        self.library: None = None
        self._matrix = matrix

    def times_many(self, x: Tensor) -> Tensor:
        """x [T, K] -> [T, N] by a general matrix product."""
        return F.linear(x, self._matrix.dequantize())


def prepare(matrix: Tensor | Fp8Tensor) -> Weight | Fp8Weight:
    """matrix [N, K]."""
    return Fp8Weight(matrix) if isinstance(matrix, Fp8Tensor) else Weight(matrix)


def linear(x: Tensor, weight: Weight | Fp8Weight, out_dtype: torch.dtype | None = None) -> Tensor:
    """x [T, K] times weight [N, K] -> [T, N] in x's dtype or out_dtype."""
    T, K = x.shape
    N = weight.shape[0]
    assert weight.shape[1] == K and weight.dtype == x.dtype, (x.shape, weight.shape, x.dtype, weight.dtype)
    out_dtype = out_dtype or x.dtype
    if T == 0:
        return x.new_empty(0, N, dtype=out_dtype)
    if weight.library is None or T > MAX_FEW_TOKENS:
        return weight.times_many(x).to(out_dtype)
    assert x.is_contiguous()
    out = x.new_empty(T, N, dtype=out_dtype)
    weight.library.linear(
        x.data_ptr(), weight.pointer, out.data_ptr(), T, N, K, dtype_code(x.dtype), dtype_code(out_dtype)
    )
    return out


@functools.cache
def has_onednn(dtype: torch.dtype) -> bool:
    """Whether oneDNN's linear layer, a private part of torch, is there and computes this dtype on this processor."""
    is_there = torch.backends.mkldnn.is_available() and hasattr(torch.ops.mkldnn, "_linear_pointwise")
    if is_there and dtype == torch.bfloat16:
        is_there = torch.ops.mkldnn._is_mkldnn_bf16_supported()
    if not is_there:
        _logger.warning("oneDNN has no %s linear layer here; F.linear is used, which may be slower.", dtype)
    return is_there
