"""Weights as our own CPU operations read them: panels of 16 rows, column by column (kernels/cpu/panels.h)."""

import ctypes
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from kernels.cpu_library import dtype_code, has_dtype, load_cpu_library
from kernels.dispatch import is_for_cpu
from kernels.fp8 import Fp8Tensor
from kernels.int8 import Int8Tensor

ROWS = 16

Matrix = Tensor | Fp8Tensor | Int8Tensor


@dataclass(frozen=True, slots=True)
class Panels:
    """Matrices [..., N, K]; panels [..., ceil(N / 16), ceil(K / step), 16, step], what is missing are zeros.

    step: columns that lie together, 2 where the processor multiplies pairs. scales [..., N padded] float32 of int8
    codes, or None. library: the operations that read them.
    """

    panels: Tensor
    scales: Tensor | None
    library: ctypes.CDLL

    @property
    def pointer(self) -> int:
        return self.panels.data_ptr()

    @property
    def scales_pointer(self) -> int | None:
        return None if self.scales is None else self.scales.data_ptr()

    @property
    def code(self) -> int:
        """What the library calls the type of the weights."""
        return dtype_code(self.panels.dtype)

    def rows(self, ids: Tensor, num_columns: int, dtype: torch.dtype) -> Tensor:
        """ids [T] -> [T, K] of a single matrix."""
        rows = self.panels[ids // ROWS, :, ids % ROWS].flatten(1)[:, :num_columns]
        return rows.to(dtype) if self.scales is None else (rows * self.scales[ids, None]).to(dtype)


def make_panels(matrix: Matrix) -> Panels | None:
    """matrix [..., N, K] on the CPU, whose memory is taken over: it is rearranged in place where sizes allow.

    None where there is no library, it does not have the dtype, or Triton computes what is on the CPU.
    """
    if isinstance(matrix, Fp8Tensor) or not has_dtype(matrix.dtype):
        return None
    stored = matrix.codes if isinstance(matrix, Int8Tensor) else matrix
    library = load_cpu_library() if is_for_cpu(stored) else None
    if library is None:
        return None
    *outer, N, K = stored.shape
    code, step = dtype_code(stored.dtype), library.panel_step(dtype_code(stored.dtype))
    shape = (*outer, -(-N // ROWS), -(-K // step), ROWS, step)
    stored = stored.contiguous()
    panels = stored.view(shape) if N % ROWS == 0 and K % step == 0 else stored.new_empty(shape)
    for one, its_panels in zip(_each(stored, 2), _each(panels, 4), strict=True):
        library.pack_panels(one.data_ptr(), its_panels.data_ptr(), N, K, code)
    scales = None
    if isinstance(matrix, Int8Tensor):
        scales = torch.nn.functional.pad(matrix.scales, (0, -N % ROWS)).contiguous()
    return Panels(panels, scales, library)


def _each(tensor: Tensor, num_dims: int) -> Iterator[Tensor]:
    """The parts of the last num_dims dimensions, one after another."""
    return iter(tensor.view(-1, *tensor.shape[-num_dims:]))
