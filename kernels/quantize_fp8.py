"""Activations as block-FP8: every token's channels in groups of 128, each with a scale of its own, in e4m3.

    scale[t, g] = max(|x[t, group g]|, 1e-6) / 448, or the next power of two from there up
    codes[t, k] = x[t, k] / scale[t, k // 128], rounded to the nearest e4m3, ties to even

T tokens, K or H channels; the last group may be cut off. Source: the serving arithmetic of the family, where scale_fmt
ue8m0 asks for powers of two. Kernel and reference agree in every bit: both divide as IEEE says, and the kernel rounds
to e4m3 in integers, because sm_80 has no instruction for that and gfx942 one for another e4m3. A group with a NaN or
an infinity has a scale that is not finite, so that nothing in it looks sound.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from kernels.dispatch import takes_triton
from kernels.fp8 import BLOCK, FP8
from kernels.launch_config import LaunchConfig, choose
from kernels.rms_norm import MAX_HIDDEN, add_rms_norm_, normalise
from kernels.triton_import import tl, triton
from kernels.variant import Variant

LARGEST = 448.0  # of e4m3
CONFIGS = {"default": LaunchConfig("8 groups a program", {"BLOCK_K": 1024}, num_warps=4, num_stages=1)}  # not tuned
NORM_CONFIGS = {"default": LaunchConfig("a row a program", {}, num_warps=8, num_stages=1)}  # not tuned


def quantize_fp8_reference(x: Tensor, is_power_of_two: bool) -> tuple[Tensor, Tensor]:
    """x [T, K] -> codes [T, K] e4m3, scales [T, ceil(K / 128)] float32."""
    T, K = x.shape
    groups = F.pad(x.float(), (0, -K % BLOCK)).view(T, -(-K // BLOCK), BLOCK)
    scales = groups.abs().amax(dim=-1).clamp(min=1e-6) / LARGEST
    if is_power_of_two:
        fractions, exponents = torch.frexp(scales)  # a fraction is at least 0.5 and below 1
        powers = torch.ldexp(torch.ones_like(scales), exponents - (fractions == 0.5).int())
        scales = torch.where(scales.isfinite(), powers, scales)
    values = (groups / scales[:, :, None]).clamp(-LARGEST, LARGEST)
    return values.flatten(1)[:, :K].to(FP8).contiguous(), scales


@triton.jit
def quantise(x, IS_POWER_OF_TWO: tl.constexpr):
    """x [BLOCK] float32, whole groups -> codes [BLOCK] uint8, scales [BLOCK / 128] float32."""
    groups = tl.reshape(x, [x.shape[0] // 128, 128])
    # The largest as integers: unlike a maximum of numbers, that of their bits is NaN where one of them is.
    bits = tl.max(groups.to(tl.int32, bitcast=True) & 0x7FFFFFFF, axis=1)
    peaks = bits.to(tl.float32, bitcast=True)
    scales = tl.div_rn(tl.where(peaks < 1e-6, 1e-6, peaks), 448.0)
    if IS_POWER_OF_TWO:
        bits = (scales.to(tl.int32, bitcast=True) + 0x7FFFFF) & 0x7F800000  # up to the next, the fraction cleared
        scales = tl.where(scales < float("inf"), bits.to(tl.float32, bitcast=True), scales)
    values = tl.reshape(tl.div_rn(groups, scales[:, None]), [x.shape[0]])

    bits = values.to(tl.int32, bitcast=True)
    sign, size = (bits >> 24) & 0x80, bits & 0x7FFFFFFF
    normal = (size + 0x7FFFF + ((size >> 20) & 1) >> 20) - (120 << 3)  # 3 bits of fraction, bias 7 in place of 127
    # Below 2^-6 the steps are 2^-9: those of float32 next to 2^14, so adding that rounds.
    tiny = (tl.abs(values) + 16384.0).to(tl.int32, bitcast=True) - 0x46800000
    code = tl.minimum(tl.where(size < 0x3C800000, tiny, normal), 0x7E)  # the code of 448
    code = tl.where(size > 0x7F800000, 0x7F, code)  # NaN
    return (sign | code).to(tl.uint8), scales


@triton.jit
def _quantize_fp8_kernel(
    x_ptr,  # [T, K]
    codes_ptr,  # [T, K] bytes
    scales_ptr,  # [T, ceil(K / 128)] float32
    K: tl.constexpr,
    IS_POWER_OF_TWO: tl.constexpr,
    BLOCK_K: tl.constexpr,
):
    token = tl.program_id(0).to(tl.int64)
    cols = tl.program_id(1) * BLOCK_K + tl.arange(0, BLOCK_K)
    x = tl.load(x_ptr + token * K + cols, mask=cols < K, other=0.0).to(tl.float32)
    codes, scales = quantise(x, IS_POWER_OF_TWO)
    tl.store(codes_ptr + token * K + cols, codes, mask=cols < K)
    num_groups: tl.constexpr = (K + 127) // 128
    groups = tl.program_id(1) * (BLOCK_K // 128) + tl.arange(0, BLOCK_K // 128)
    tl.store(scales_ptr + token * num_groups + groups, scales, mask=groups < num_groups)


@triton.jit
def _add_rms_norm_quantize_kernel(
    residual_ptr,  # [T, H] float32
    x_ptr,  # [T, H]
    weight_ptr,  # [H]
    out_ptr,  # [T, H]
    codes_ptr,  # [T, H] bytes
    scales_ptr,  # [T, ceil(H / 128)] float32
    eps,
    H: tl.constexpr,
    IS_POWER_OF_TWO: tl.constexpr,
    BLOCK_H: tl.constexpr,
):
    token = tl.program_id(0).to(tl.int64)
    cols = tl.arange(0, BLOCK_H)
    mask = cols < H
    places = token * H + cols
    row = tl.load(residual_ptr + places, mask=mask, other=0.0)
    row += tl.load(x_ptr + places, mask=mask, other=0.0).to(tl.float32)
    tl.store(residual_ptr + places, row, mask=mask)
    out = normalise(row, weight_ptr, cols, mask, H, eps).to(out_ptr.dtype.element_ty)
    tl.store(out_ptr + places, out, mask=mask)
    codes, scales = quantise(out.to(tl.float32), IS_POWER_OF_TWO)
    tl.store(codes_ptr + places, codes, mask=mask)
    num_groups: tl.constexpr = (H + 127) // 128
    groups = tl.arange(0, BLOCK_H // 128)
    tl.store(scales_ptr + token * num_groups + groups, scales, mask=groups < num_groups)


def quantize_fp8(x: Tensor, is_power_of_two: bool) -> tuple[Tensor, Tensor]:
    """x [T, K] float32 or bfloat16 -> codes [T, K] e4m3, scales [T, ceil(K / 128)] float32."""
    if not takes_triton(x):
        return quantize_fp8_reference(x, is_power_of_two)
    T, K = x.shape
    assert x.is_contiguous(), x.stride()
    codes, scales = _empty(x)
    if x.numel() > 0:
        config = choose(CONFIGS, x)
        _quantize_fp8_kernel[(T, triton.cdiv(K, config.tiles["BLOCK_K"]))](
            x, codes.view(torch.uint8), scales, K=K, IS_POWER_OF_TWO=is_power_of_two, **config.tiles,
            num_warps=config.num_warps, num_stages=config.num_stages,
        )  # fmt: skip
    return codes, scales


def add_rms_norm_quantize_(
    residual: Tensor, x: Tensor, weight: Tensor, eps: float, is_power_of_two: bool
) -> tuple[Tensor, Tensor, Tensor]:
    """Adds x [T, H] to residual [T, H] float32 in place; weight [H] -> the normalised residual [T, H] in x's dtype,
    which a router reads, and what quantize_fp8 makes of just those rows: codes [T, H], scales [T, ceil(H / 128)].
    """
    if not takes_triton(x):
        out = add_rms_norm_(residual, x, weight, eps)
        return out, *quantize_fp8_reference(out, is_power_of_two)
    T, H = residual.shape
    assert x.shape == (T, H) and weight.shape == (H,) and H <= MAX_HIDDEN, (residual.shape, x.shape, weight.shape)
    assert x.dtype == weight.dtype and residual.dtype == torch.float32, (x.dtype, weight.dtype, residual.dtype)
    assert residual.is_contiguous() and x.is_contiguous() and weight.is_contiguous()
    out = x.new_empty(T, H)
    codes, scales = _empty(x)
    if T > 0:
        config = choose(NORM_CONFIGS, x)
        _add_rms_norm_quantize_kernel[(T,)](
            residual, x, weight, out, codes.view(torch.uint8), scales, eps, H=H, IS_POWER_OF_TWO=is_power_of_two,
            BLOCK_H=max(BLOCK, triton.next_power_of_2(H)), num_warps=config.num_warps, num_stages=config.num_stages,
        )  # fmt: skip
    return out, codes, scales


def _empty(x: Tensor) -> tuple[Tensor, Tensor]:
    """Codes and scales for x [T, K], not yet written."""
    T, K = x.shape
    return x.new_empty(T, K, dtype=FP8), x.new_empty(T, -(-K // BLOCK), dtype=torch.float32)


def variants(architecture: str) -> list[Variant]:
    """Of Intern-S1-Pro, whose scales are powers of two: what a norm hands on, and what attention gives to o_proj."""
    alone, after_norm = (table.get(architecture, table["default"]) for table in (CONFIGS, NORM_CONFIGS))
    tokens = {"decode 1": 1, "decode 64": 64, "decode 256": 256, "prefill 8192": 8192}
    pointers = {"x_ptr": "*bf16", "codes_ptr": "*u8", "scales_ptr": "*fp32"}
    sizes = dict.fromkeys(("K", "IS_POWER_OF_TWO", "BLOCK_K"), "constexpr")
    norm_pointers = pointers | {"residual_ptr": "*fp32", "weight_ptr": "*bf16", "out_ptr": "*bf16", "eps": "fp32"}
    norm_sizes = dict.fromkeys(("H", "IS_POWER_OF_TWO", "BLOCK_H"), "constexpr")
    return [
        Variant(
            _quantize_fp8_kernel, pointers | sizes, {"K": 8192, "IS_POWER_OF_TWO": True, **alone.tiles}, alone,
            f"Pro {name}", num_bytes=T * 8192 * (2 + 1) + T * 64 * 4, num_flops=T * 8192 * 3,
        )
        for name, T in tokens.items()
    ] + [
        Variant(
            _add_rms_norm_quantize_kernel, norm_pointers | norm_sizes,
            {"H": 4096, "IS_POWER_OF_TWO": True, "BLOCK_H": 4096}, after_norm, f"Pro {name}",
            num_bytes=T * 4096 * (4 + 4 + 2 + 2 + 1) + T * 32 * 4 + 4096 * 2, num_flops=T * 4096 * 8,
        )
        for name, T in tokens.items()
    ]  # fmt: skip
