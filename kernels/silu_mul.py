"""The gate of a SwiGLU block on a fused buffer.

    out[t, i] = silu(gate_up[t, i]) * gate_up[t, I + i]

T tokens, I intermediate size.
"""

import torch.nn.functional as F
from torch import Tensor

from kernels.cpu_library import dtype_code, has_dtype, load_cpu_library
from kernels.dispatch import takes_triton
from kernels.launch_config import LaunchConfig, choose
from kernels.triton_import import tl, triton
from kernels.variant import Variant

CONFIGS = {"default": LaunchConfig("16 bytes a thread", {"BLOCK_I": 1024}, num_warps=4, num_stages=1)}  # not tuned


def silu_mul_reference(gate_up: Tensor) -> Tensor:
    """In the precision of the input."""
    gate, up = gate_up.chunk(2, dim=-1)
    return F.silu(gate) * up


@triton.jit
def _silu_mul_kernel(
    gate_up_ptr,  # [T, 2 I]
    out_ptr,  # [T, I]
    I: tl.constexpr,  # noqa: E741
    BLOCK_I: tl.constexpr,
):
    token = tl.program_id(0).to(tl.int64)
    cols = tl.program_id(1) * BLOCK_I + tl.arange(0, BLOCK_I)
    mask = cols < I
    gate = tl.load(gate_up_ptr + token * 2 * I + cols, mask=mask, other=0.0).to(tl.float32)
    up = tl.load(gate_up_ptr + token * 2 * I + I + cols, mask=mask, other=0.0).to(tl.float32)
    out = gate * tl.sigmoid(gate) * up
    tl.store(out_ptr + token * I + cols, out.to(out_ptr.dtype.element_ty), mask=mask)


def silu_mul(gate_up: Tensor) -> Tensor:
    """gate_up [T, 2 I] -> [T, I], in float32 and rounded once to gate_up's dtype."""
    T, width = gate_up.shape
    assert width % 2 == 0, gate_up.shape

    if takes_triton(gate_up):
        return _launch(gate_up, T, width // 2)
    library = load_cpu_library()
    if library is None or not has_dtype(gate_up.dtype):
        return silu_mul_reference(gate_up)
    assert gate_up.is_contiguous()
    out = gate_up.new_empty(T, width // 2)
    library.silu_mul(gate_up.data_ptr(), out.data_ptr(), T, width // 2, dtype_code(gate_up.dtype))
    return out


def _launch(gate_up: Tensor, T: int, I: int) -> Tensor:  # noqa: E741
    assert gate_up.is_contiguous(), gate_up.stride()
    out = gate_up.new_empty(T, I)
    if out.numel() > 0:
        config = choose(CONFIGS, gate_up)
        grid = (T, triton.cdiv(I, config.tiles["BLOCK_I"]))
        _silu_mul_kernel[grid](
            gate_up, out, I=I, **config.tiles, num_warps=config.num_warps, num_stages=config.num_stages
        )
    return out


def variants(architecture: str) -> list[Variant]:
    """The dense block of Intern-S1-mini. Experts have this step inside their products."""
    config = CONFIGS.get(architecture, CONFIGS["default"])
    signature = {"gate_up_ptr": "*bf16", "out_ptr": "*bf16", "I": "constexpr", "BLOCK_I": "constexpr"}
    tokens = {"decode 1": 1, "decode 64": 64, "decode 256": 256, "prefill 8192": 8192}
    return [
        Variant(
            _silu_mul_kernel, signature, {"I": 12288, **config.tiles}, config, f"mini {name}",
            num_bytes=T * 12288 * (4 + 2), num_flops=T * 12288 * 5,
        )
        for name, T in tokens.items()
    ]  # fmt: skip
