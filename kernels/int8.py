"""Weights in eight bits: int8 codes and one float32 scale a row.

    value[n, k] = codes[n, k] * scales[n];    scales[n] = max over k of |value[n, k]| / 127

N rows, K columns.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

_LARGEST = 127  # -128 is left out, so that codes are symmetric
_ROWS = 4096  # at a time


@dataclass(frozen=True, slots=True)
class Int8Tensor:
    """codes [..., N, K] int8, scales [..., N] float32, and the dtype of the activations that they meet."""

    codes: Tensor
    scales: Tensor
    dtype: torch.dtype

    @property
    def shape(self) -> torch.Size:
        return self.codes.shape

    def dequantize(self) -> Tensor:
        return (self.codes * self.scales[..., None]).to(self.dtype)

    def rows(self, ids: Tensor) -> Tensor:
        """ids [T] -> [T, K] of a single matrix."""
        return (self.codes[ids] * self.scales[ids, None]).to(self.dtype)

    def contiguous(self) -> "Int8Tensor":
        return Int8Tensor(self.codes.contiguous(), self.scales.contiguous(), self.dtype)

    def view(self, *shape: int) -> "Int8Tensor":
        """Of contiguous codes; the last dimension stays."""
        return Int8Tensor(self.codes.view(shape), self.scales.view(shape[:-1]), self.dtype)

    def __iter__(self) -> Iterator["Int8Tensor"]:
        """Along the first dimension, as of a Tensor."""
        return (Int8Tensor(codes, scales, self.dtype) for codes, scales in zip(self.codes, self.scales, strict=True))


def quantize(matrix: Tensor) -> Int8Tensor:
    """matrix [..., N, K]; every value is off by at most half a scale. A row of zeros stays zeros."""
    codes = torch.empty(matrix.shape, dtype=torch.int8, device=matrix.device)
    scales = torch.empty(matrix.shape[:-1], dtype=torch.float32, device=matrix.device)
    rows, some_scales = codes.view(-1, matrix.shape[-1]), scales.view(-1)
    for first, part in enumerate(matrix.reshape(-1, matrix.shape[-1]).split(_ROWS)):  # no second matrix of float32
        values, mine = part.float(), slice(first * _ROWS, first * _ROWS + len(part))
        some_scales[mine] = values.abs().amax(dim=-1) / _LARGEST
        steps = some_scales[mine].masked_fill(some_scales[mine] == 0, 1)
        rows[mine] = (values / steps[:, None]).round_().to(torch.int8)
    return Int8Tensor(codes, scales, matrix.dtype)
