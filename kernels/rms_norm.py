"""Root-mean-square normalisation, alone and after an addition to the residual: the step between two blocks.

    residual[t, :] += x[t, :];    out[t, :] = residual[t, :] / sqrt(mean(residual[t, :]^2) + eps) * weight

T tokens, H hidden size. The residual is float32 whatever the dtype of the rest: it adds up over all layers. A row is
held by one program, in float32 from the first load to the one rounding of its result.
"""

import torch
from torch import Tensor

from kernels.cpu_library import dtype_code, has_dtype, load_cpu_library
from kernels.dispatch import takes_triton
from kernels.launch_config import LaunchConfig, choose
from kernels.triton_import import tl, triton
from kernels.variant import Variant

MAX_HIDDEN = 8192  # what a program can hold of one row without spilling
CONFIGS = {"default": LaunchConfig("a row a program", {}, num_warps=8, num_stages=1)}  # not tuned


def rms_norm_reference(x: Tensor, weight: Tensor, eps: float) -> Tensor:
    """x [..., H], weight [H] -> [..., H], in the precision of the inputs."""
    return x * torch.rsqrt(x.square().mean(dim=-1, keepdim=True) + eps) * weight


@triton.jit
def normalise(row, weight_ptr, cols, mask, size, eps):
    """row [..., BLOCK] float32, zero where the mask is not; its last axis is divided by its root mean square."""
    scale = tl.rsqrt(tl.sum(row * row, axis=-1, keep_dims=True) / size + eps)
    return row * scale * tl.load(weight_ptr + cols, mask=mask, other=0.0).to(tl.float32)


@triton.jit
def _rms_norm_kernel(
    residual_ptr,  # [T, H] float32, or None
    x_ptr,  # [T, H], rows X_STRIDE apart
    weight_ptr,  # [H]
    out_ptr,  # [T, H]
    eps,
    H: tl.constexpr,
    X_STRIDE: tl.constexpr,
    BLOCK_H: tl.constexpr,
):
    token = tl.program_id(0).to(tl.int64)
    cols = tl.arange(0, BLOCK_H)
    mask = cols < H
    row = tl.load(x_ptr + token * X_STRIDE + cols, mask=mask, other=0.0).to(tl.float32)
    if residual_ptr is not None:
        row += tl.load(residual_ptr + token * H + cols, mask=mask, other=0.0)
        tl.store(residual_ptr + token * H + cols, row, mask=mask)
    out = normalise(row, weight_ptr, cols, mask, H, eps)
    tl.store(out_ptr + token * H + cols, out.to(out_ptr.dtype.element_ty), mask=mask)


def rms_norm(x: Tensor, weight: Tensor, eps: float) -> Tensor:
    """x [..., H], whose rows may lie apart, weight [H] -> [..., H], in float32 and rounded once to x's dtype."""
    H = x.shape[-1]
    assert weight.shape == (H,) and weight.dtype == x.dtype, (x.shape, weight.shape, x.dtype, weight.dtype)
    if not takes_triton(x):
        return rms_norm_reference(x.float(), weight.float(), eps).to(x.dtype)
    rows = x.flatten(0, -2)
    out = x.new_empty(x.shape)
    _launch(None, rows, weight, out, eps)
    return out


def add_rms_norm_(residual: Tensor, x: Tensor, weight: Tensor, eps: float) -> Tensor:
    """Adds x [T, H] to residual [T, H] float32 in place; weight [H] -> the normalised residual [T, H] in x's dtype."""
    T, H = residual.shape
    assert x.shape == (T, H) and weight.shape == (H,), (x.shape, weight.shape)
    assert x.dtype == weight.dtype and residual.dtype == torch.float32, (x.dtype, weight.dtype, residual.dtype)

    if takes_triton(x):
        out = x.new_empty(T, H)
        _launch(residual, x, weight, out, eps)
        return out
    library = load_cpu_library()
    if library is None or not has_dtype(x.dtype):
        residual += x
        return rms_norm_reference(residual, weight.float(), eps).to(x.dtype)
    assert residual.is_contiguous() and x.is_contiguous() and weight.is_contiguous()
    out = torch.empty_like(x)
    library.add_rms_norm(
        residual.data_ptr(), x.data_ptr(), weight.data_ptr(), out.data_ptr(), T, H, eps, dtype_code(x.dtype)
    )
    return out


def _launch(residual: Tensor | None, x: Tensor, weight: Tensor, out: Tensor, eps: float) -> None:
    T, H = x.shape
    assert H <= MAX_HIDDEN and x.stride(1) == 1 and weight.is_contiguous(), (x.shape, x.stride(), weight.stride())
    assert residual is None or residual.is_contiguous(), residual.stride()
    if T > 0:
        config = choose(CONFIGS, x)
        _rms_norm_kernel[(T,)](
            residual, x, weight, out, eps, H=H, X_STRIDE=x.stride(0), BLOCK_H=triton.next_power_of_2(H),
            num_warps=config.num_warps, num_stages=config.num_stages,
        )  # fmt: skip


def variants(architecture: str) -> list[Variant]:
    """The residual of every layer, and the full-width queries of Intern-S1's vision tower (3200 of 9600 columns)."""
    config = CONFIGS.get(architecture, CONFIGS["default"])
    tokens = {"decode 1": 1, "decode 64": 64, "decode 256": 256, "prefill 8192": 8192}
    with_residual = {
        "residual_ptr": "*fp32",
        "x_ptr": "*bf16",
        "weight_ptr": "*bf16",
        "out_ptr": "*bf16",
        "eps": "fp32",
    }
    alone = with_residual | {"residual_ptr": "constexpr"}
    sizes = dict.fromkeys(("H", "X_STRIDE", "BLOCK_H"), "constexpr")
    decoder = {"H": 4096, "X_STRIDE": 4096, "BLOCK_H": 4096}
    vision = {"H": 3200, "X_STRIDE": 9600, "BLOCK_H": 4096, "residual_ptr": None}
    return [
        Variant(
            _rms_norm_kernel, with_residual | sizes, decoder, config, f"S1, mini, Pro {name}",
            num_bytes=T * 4096 * (4 + 4 + 2 + 2) + 4096 * 2, num_flops=T * 4096 * 5,
        )
        for name, T in tokens.items()
    ] + [
        Variant(
            _rms_norm_kernel, alone | sizes, vision, config, "S1 vision, 4 tiles",
            num_bytes=4100 * 3200 * (2 + 2) + 3200 * 2, num_flops=4100 * 3200 * 4,
        )
    ]  # fmt: skip
