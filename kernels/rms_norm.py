"""Add to the residual and normalise it, the step between two blocks of a decoder.

    residual[t, :] += x[t, :];    out[t, :] = residual[t, :] / sqrt(mean(residual[t, :]^2) + eps) * weight

T tokens, H hidden size. The residual is float32 whatever the dtype of the rest: it adds up over all layers.
"""

import torch
from torch import Tensor

from kernels.cpu_library import dtype_code, has_dtype, load_cpu_library


def rms_norm_reference(x: Tensor, weight: Tensor, eps: float) -> Tensor:
    """x [..., H], weight [H] -> [..., H], in the precision of the inputs."""
    return x * torch.rsqrt(x.square().mean(dim=-1, keepdim=True) + eps) * weight


def add_rms_norm_(residual: Tensor, x: Tensor, weight: Tensor, eps: float) -> Tensor:
    """Adds x [T, H] to residual [T, H] float32 in place; weight [H] -> the normalised residual [T, H] in x's dtype."""
    T, H = residual.shape
    assert x.shape == (T, H) and weight.shape == (H,), (x.shape, weight.shape)
    assert x.dtype == weight.dtype and residual.dtype == torch.float32, (x.dtype, weight.dtype, residual.dtype)

    library = load_cpu_library()
    if library is None or residual.device.type != "cpu" or not has_dtype(x.dtype):
        residual += x
        return rms_norm_reference(residual, weight.float(), eps).to(x.dtype)
    assert residual.is_contiguous() and x.is_contiguous() and weight.is_contiguous()
    out = torch.empty_like(x)
    library.add_rms_norm(
        residual.data_ptr(), x.data_ptr(), weight.data_ptr(), out.data_ptr(), T, H, eps, dtype_code(x.dtype)
    )
    return out
