"""Products with a weight matrix.

    out[t, n] = sum over k of x[t, k] * weight[n, k]

T tokens, N rows of the weight, K columns. Our own operation (kernels/cpu/panels.h) rounds a token's result the same way
whatever else is in the batch; activations that meet int8 weights are rounded to 16 bits there. Without it a plain
matrix is kept in oneDNN's own packing, where oneDNN has the dtype, and torch multiplies; FP8 and int8 matrices then
stay as they are in memory and are dequantised for every product. On GPUs a plain matrix stays as it is, for torch.
"""

import functools
import logging

import torch
import torch.nn.functional as F
from torch import Tensor

from kernels.cpu_library import dtype_code
from kernels.dispatch import is_for_cpu
from kernels.int8 import Int8Tensor
from kernels.panels import Matrix, Panels, make_panels

_logger = logging.getLogger(__name__)


def linear_reference(x: Tensor, matrix: Tensor) -> Tensor:
    """x [T, K], matrix [N, K] -> [T, N], in the precision of the inputs."""
    return x @ matrix.T


class Weight:
    """A matrix [N, K] and how products with it are computed, settled once. dtype is that of the activations.

    The matrix is taken over: its memory may be rearranged. panels: as our own operation reads it, or None.
    """

    __slots__ = ("dtype", "panels", "shape", "_is_onednn", "_matrix")

    def __init__(self, matrix: Matrix) -> None:
        assert len(matrix.shape) == 2, matrix.shape
        self.shape = (matrix.shape[0], matrix.shape[1])
        self.dtype = matrix.dtype
        self.panels: Panels | None = make_panels(matrix)
        self._matrix: Matrix | None = None
        self._is_onednn = False
        if self.panels is None:
            self._matrix = matrix.contiguous()
            if isinstance(self._matrix, Tensor) and is_for_cpu(self._matrix) and has_onednn(self.dtype):
                self._is_onednn = True
                self._matrix = torch.ops.mkldnn._reorder_linear_weight(self._matrix, 1)

    @property
    def has_rows(self) -> bool:
        """Whether rows() can tell them. Not those of FP8, nor what torch was given as it is."""
        return self.panels is not None or isinstance(self._matrix, Int8Tensor)

    def rows(self, ids: Tensor) -> Tensor:
        """ids [T] -> [T, K] in dtype."""
        if self.panels is not None:
            return self.panels.rows(ids, self.shape[1], self.dtype)
        assert isinstance(self._matrix, Int8Tensor), type(self._matrix)
        return self._matrix.rows(ids)

    def times(self, x: Tensor) -> Tensor:
        """x [T, K] -> [T, N] by torch. Only where there are no panels."""
        assert self._matrix is not None
        if not isinstance(self._matrix, Tensor):
            return F.linear(x, self._matrix.dequantize())
        if self._is_onednn:
            return torch.ops.mkldnn._linear_pointwise(x, self._matrix, None, "none", [], "")
        return F.linear(x, self._matrix)


def linear(x: Tensor, weight: Weight, out_dtype: torch.dtype | None = None) -> Tensor:
    """x [T, K] times weight [N, K], of x's dtype or float32 -> [T, N] in x's dtype or out_dtype."""
    T, K = x.shape
    N = weight.shape[0]
    assert weight.shape[1] == K and weight.dtype in (x.dtype, torch.float32), (x.shape, weight.shape, x.dtype)
    out_dtype = out_dtype or x.dtype
    if T == 0:
        return x.new_empty(0, N, dtype=out_dtype)
    if (panels := weight.panels) is None:
        return weight.times(x.to(weight.dtype)).to(out_dtype)
    assert x.is_contiguous()
    out = x.new_empty(T, N, dtype=out_dtype)
    panels.library.linear(
        x.data_ptr(), panels.pointer, panels.scales_pointer, out.data_ptr(), T, N, K,
        dtype_code(x.dtype), panels.code, dtype_code(out_dtype),
    )  # fmt: skip
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
