"""Rows that experts computed, back to the tokens that they belong to.

    out[t] = sum over c of rows[places[t, c]], in the order of c, added up in float32

T tokens, C experts per token, H hidden size, M = T * C rows. The rows are already weighted (kernels/grouped_gemm.py).
"""

import torch
from torch import Tensor

from kernels.dispatch import takes_triton
from kernels.launch_config import LaunchConfig, choose
from kernels.triton_import import tl, triton
from kernels.variant import Variant

CONFIGS = {"default": LaunchConfig("1024 columns", {"BLOCK_H": 1024}, num_warps=4, num_stages=1)}  # not tuned


def combine_experts_reference(rows: Tensor, places: Tensor) -> Tensor:
    """In the precision of the inputs."""
    return rows[places.long()].sum(dim=1)


@triton.jit
def _combine_experts_kernel(
    rows_ptr,  # [M, H]
    places_ptr,  # [T, C] int32
    out_ptr,  # [T, H]
    H,
    C: tl.constexpr,
    BLOCK_H: tl.constexpr,
):
    token = tl.program_id(0).to(tl.int64)
    cols = tl.program_id(1) * BLOCK_H + tl.arange(0, BLOCK_H)
    mask = cols < H
    acc = tl.zeros([BLOCK_H], dtype=tl.float32)
    for c in range(C):
        row = tl.load(places_ptr + token * C + c).to(tl.int64)
        acc += tl.load(rows_ptr + row * H + cols, mask=mask, other=0.0).to(tl.float32)
    tl.store(out_ptr + token * H + cols, acc.to(out_ptr.dtype.element_ty), mask=mask)


def combine_experts(rows: Tensor, places: Tensor) -> Tensor:
    """rows [M, H], places [T, C] int32 below M -> [T, H] in rows' dtype."""
    assert rows.dim() == 2 and places.dim() == 2 and places.dtype == torch.int32, (rows.shape, places.dtype)
    if not takes_triton(rows):
        return combine_experts_reference(rows.float(), places).to(rows.dtype)
    assert rows.is_contiguous() and places.is_contiguous()
    (T, C), H = places.shape, rows.shape[1]
    out = rows.new_empty(T, H)
    if T > 0:
        config = choose(CONFIGS, rows)
        _combine_experts_kernel[(T, triton.cdiv(H, config.tiles["BLOCK_H"]))](
            rows, places, out, H, C=C, **config.tiles, num_warps=config.num_warps, num_stages=config.num_stages
        )
    return out


def variants(architecture: str) -> list[Variant]:
    """Of Intern-S1 and Intern-S1-Pro, which both send a token to 8 experts."""
    config = CONFIGS.get(architecture, CONFIGS["default"])
    signature = {"rows_ptr": "*bf16", "places_ptr": "*i32", "out_ptr": "*bf16", "H": "i32:16"}
    return [
        Variant(
            _combine_experts_kernel, signature | dict.fromkeys(("C", "BLOCK_H"), "constexpr"), {"C": 8, **config.tiles},
            config, f"S1, Pro {name}", num_bytes=T * (8 * (4096 * 2 + 4) + 4096 * 2), num_flops=T * 8 * 4096,
        )
        for name, T in {"decode 1": 1, "decode 64": 64, "decode 256": 256, "prefill 8192": 8192}.items()
    ]  # fmt: skip
