"""Weights in block-FP8: e4m3 codes and one float32 scale for every 128 x 128 of them.

    value[n, k] = codes[n, k] * scales[n // 128, k // 128]

N rows, K columns; blocks at the edges are cut off. Checkpoints call the scales weight_scale_inv although they multiply.
Intern-S1-Pro's are powers of two, which makes its values exact in bfloat16.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

BLOCK = 128
FP8 = torch.float8_e4m3fn


def scales_shape(num_rows: int, num_columns: int) -> tuple[int, int]:
    """Of a matrix [num_rows, num_columns]."""
    return -(-num_rows // BLOCK), -(-num_columns // BLOCK)


def dequantize(codes: Tensor, scales: Tensor, dtype: torch.dtype) -> Tensor:
    """codes [..., N, K] e4m3, scales [..., ceil(N / 128), ceil(K / 128)] float32 -> [..., N, K], rounded once."""
    N, K = codes.shape[-2:]
    assert codes.dtype == FP8 and scales.dtype == torch.float32, (codes.dtype, scales.dtype)
    assert scales.shape == (*codes.shape[:-2], *scales_shape(N, K)), (codes.shape, scales.shape)
    values = codes.to(torch.float32)
    by_column = scales.repeat_interleave(BLOCK, dim=-1)[..., :K]
    for block, first in enumerate(range(0, N, BLOCK)):  # in place: no second matrix of float32
        values[..., first : first + BLOCK, :] *= by_column[..., block : block + 1, :]
    return values.to(dtype)


def has_fp8_products(codes: Tensor) -> bool:
    """Whether the device of codes multiplies e4m3: Ada, Hopper and after, and AMD's. So does Triton's interpreter."""
    if codes.device.type != "cuda" or torch.version.hip:
        return True
    return torch.cuda.get_device_capability(codes.device) >= (8, 9)


@dataclass(frozen=True, slots=True)
class Fp8Tensor:
    """Matrices that stay FP8 in memory: codes and scales as above, and the dtype of the numbers they stand for."""

    codes: Tensor
    scales: Tensor
    dtype: torch.dtype

    @property
    def shape(self) -> torch.Size:
        return self.codes.shape

    def dequantize(self) -> Tensor:
        return dequantize(self.codes, self.scales, self.dtype)

    def contiguous(self) -> "Fp8Tensor":
        return Fp8Tensor(self.codes.contiguous(), self.scales.contiguous(), self.dtype)

    def __iter__(self) -> Iterator["Fp8Tensor"]:
        """Along the first dimension, as of a Tensor."""
        return (Fp8Tensor(codes, scales, self.dtype) for codes, scales in zip(self.codes, self.scales, strict=True))
