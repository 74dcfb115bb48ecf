"""The gate of a SwiGLU block on a fused buffer.

    out[t, i] = silu(gate_up[t, i]) * gate_up[t, I + i]

T tokens, I intermediate size.
"""

import torch.nn.functional as F
from torch import Tensor

from kernels.cpu_library import dtype_code, has_dtype, load_cpu_library


def silu_mul_reference(gate_up: Tensor) -> Tensor:
    """In the precision of the input."""
    gate, up = gate_up.chunk(2, dim=-1)
    return F.silu(gate) * up


def silu_mul(gate_up: Tensor) -> Tensor:
    """gate_up [T, 2 I] -> [T, I]."""
    T, width = gate_up.shape
    assert width % 2 == 0, gate_up.shape

    library = load_cpu_library()
    if library is None or gate_up.device.type != "cpu" or not has_dtype(gate_up.dtype):
        return silu_mul_reference(gate_up)
    assert gate_up.is_contiguous()
    out = gate_up.new_empty(T, width // 2)
    library.silu_mul(gate_up.data_ptr(), out.data_ptr(), T, width // 2, dtype_code(gate_up.dtype))
    return out
