"""Triton's interpreter with the arithmetic of a GPU.

The one in Triton 3.9 cuts float32 off where it should round to bfloat16, loses the carry where it rounds to FP8, and
multiplies the bits of bfloat16 matrices as integers. So the kernels' tests would need slack that hides errors, or fail.
Here torch converts, to the nearest and to even between two, and too large a number becomes the largest of FP8.
"""

from typing import Any

import numpy as np
import torch
import triton.language as tl
from triton.runtime import interpreter

_TORCH = {
    tl.float16: torch.float16,
    tl.bfloat16: torch.bfloat16,
    tl.float32: torch.float32,
    tl.float64: torch.float64,
    tl.float8e4nv: torch.float8_e4m3fn,
    tl.float8e5: torch.float8_e5m2,
    tl.float8e4b8: torch.float8_e4m3fnuz,
}
_INTEGER = {1: np.uint8, 2: np.uint16, 4: np.uint32, 8: np.uint64}


def round_as_gpus_do() -> None:
    """From now on, in this process."""
    interpreter._convert_float = _convert
    interpreter.InterpreterBuilder.create_dot = _dot


def _convert(data: np.ndarray, source: tl.dtype, target: tl.dtype, rounding_mode: Any) -> np.ndarray:
    """The bits of the converted numbers, as integers."""
    values = torch.from_numpy(np.atleast_1d(data).copy()).view(_TORCH[source])
    converted = values.to(_TORCH[target]).contiguous()
    return converted.view(torch.uint8).numpy().view(_INTEGER[converted.itemsize]).reshape(np.shape(data))


def _dot(
    builder: interpreter.InterpreterBuilder,
    a: interpreter.TensorHandle,
    b: interpreter.TensorHandle,
    d: interpreter.TensorHandle,
    input_precision: Any,
    max_num_imprecise_acc: Any,
) -> interpreter.TensorHandle:
    """Products of bfloat16 and FP8 numbers are exact in float32."""
    product = np.matmul(_wide(a), _wide(b), dtype=d.data.dtype)
    return interpreter.TensorHandle(product + d.data, d.dtype.scalar)


def _wide(handle: interpreter.TensorHandle) -> np.ndarray:
    element = handle.dtype.scalar
    if element == tl.bfloat16 or element.is_fp8():
        return _convert(handle.data, element, tl.float32, None).view(np.float32)
    return handle.data
