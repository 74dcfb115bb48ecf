"""Attention within sequences of different lengths that lie one after another, as encoders have it: nothing is cached.

    out[t, h] = sum over s in the sequence of t of softmax(q[t, h] . k[s, h] / sqrt(D))[s] * v[s, h]

T rows in all, S sequences, D head size. Causal: only s <= t.
"""

import math

import torch
import torch.nn.functional as F
from torch import Tensor

from kernels.dispatch import takes_triton
from kernels.launch_config import LaunchConfig, choose
from kernels.online_softmax import LOG2_E, add_keys, find_tile, no_keys
from kernels.triton_import import tl, triton
from kernels.variant import Variant

# Not tuned.
CONFIGS = {
    "default": LaunchConfig("64 x 64", {"BLOCK_M": 64, "BLOCK_N": 64}, num_warps=4, num_stages=2),
    "sm_90": LaunchConfig("128 x 64", {"BLOCK_M": 128, "BLOCK_N": 64}, num_warps=8, num_stages=2),
    "sm_100": LaunchConfig("128 x 64", {"BLOCK_M": 128, "BLOCK_N": 64}, num_warps=8, num_stages=2),
    "gfx942": LaunchConfig("128 x 64", {"BLOCK_M": 128, "BLOCK_N": 64}, num_warps=4, num_stages=1),
}
FLOAT32 = LaunchConfig("float32", {"BLOCK_M": 32, "BLOCK_N": 32}, num_warps=8, num_stages=1)


def varlen_attention_reference(q: Tensor, k: Tensor, v: Tensor, starts: Tensor, is_causal: bool = False) -> Tensor:
    """The definition, sequence by sequence, in the precision of the inputs."""
    out = torch.zeros_like(q)
    for start, end in zip(starts[:-1].tolist(), starts[1:].tolist(), strict=True):
        queries, keys, values = (part[start:end].transpose(0, 1) for part in (q, k, v))  # [heads, n, D]
        scores = queries @ keys.transpose(1, 2) / math.sqrt(q.shape[2])
        if is_causal:
            scores = scores.masked_fill(scores.new_ones(scores.shape[1:], dtype=torch.bool).triu(1), -torch.inf)
        out[start:end] = (scores.softmax(dim=-1) @ values).transpose(0, 1)
    return out


@triton.jit
def _varlen_attention_kernel(
    q_ptr,  # [T, heads, D]
    k_ptr,  # [T, heads, D]
    v_ptr,  # [T, heads, D]
    starts_ptr,  # [S + 1] int32
    out_ptr,  # [T, heads, D]
    q_stride,
    k_stride,
    v_stride,
    out_stride,
    S,
    scale,
    D: tl.constexpr,
    IS_CAUSAL: tl.constexpr,
    BLOCK_M: tl.constexpr,
    BLOCK_N: tl.constexpr,
    BLOCK_D: tl.constexpr,
    PRECISION: tl.constexpr,
):
    sequence, first = find_tile(starts_ptr, S, tl.program_id(0), BLOCK_M)
    start = tl.load(starts_ptr + sequence).to(tl.int64)
    length = (tl.load(starts_ptr + sequence + 1) - start).to(tl.int32)
    if first >= length:
        return
    head = tl.program_id(1) * D
    rows = first + tl.arange(0, BLOCK_M)
    cols = tl.arange(0, BLOCK_D)
    mask = (rows < length)[:, None] & (cols < D)[None, :]
    q = tl.load(q_ptr + start * q_stride + head + rows[:, None] * q_stride + cols[None, :], mask=mask, other=0.0)

    k_ptr += start * k_stride + head
    v_ptr += start * v_stride + head
    num_keys = tl.minimum(first + BLOCK_M, length) if IS_CAUSAL else length
    acc, top, total = no_keys(BLOCK_M, BLOCK_D)
    for first_key in range(0, num_keys, BLOCK_N):
        at = first_key + tl.arange(0, BLOCK_N)
        is_key = at < length
        k_mask = (cols < D)[:, None] & is_key[None, :]
        k = tl.load(k_ptr + at[None, :] * k_stride + cols[:, None], mask=k_mask, other=0.0)
        v_mask = is_key[:, None] & (cols < D)[None, :]
        v = tl.load(v_ptr + at[:, None] * v_stride + cols[None, :], mask=v_mask, other=0.0)
        scores = tl.dot(q, k, input_precision=PRECISION) * scale
        is_seen = is_key[None, :]
        if IS_CAUSAL:
            is_seen = is_seen & (at[None, :] <= rows[:, None])
        acc, top, total = add_keys(acc, top, total, tl.where(is_seen, scores, float("-inf")), v, PRECISION)
    out = (acc / total[:, None]).to(out_ptr.dtype.element_ty)
    tl.store(out_ptr + start * out_stride + head + rows[:, None] * out_stride + cols[None, :], out, mask=mask)


def varlen_attention(q: Tensor, k: Tensor, v: Tensor, starts: Tensor, is_causal: bool = False) -> Tensor:
    """q, k, v [T, heads, D], starts [S + 1] int32 from 0 to T -> [T, heads, D].

    A row of q, k or v is contiguous; the rows may be parts of longer ones. D <= 128 on a GPU.
    """
    T, heads, D = q.shape
    assert k.shape == v.shape == q.shape and k.dtype == v.dtype == q.dtype, (q.shape, k.shape, v.shape)
    assert starts.dim() == 1 and starts.dtype == torch.int32, (starts.shape, starts.dtype)
    if not takes_triton(q):
        return _varlen_attention_torch(q, k, v, starts, is_causal)
    assert all(part.stride(2) == 1 and (heads == 1 or part.stride(1) == D) for part in (q, k, v)), q.stride()
    assert D <= 128 and starts.is_contiguous(), (D, starts.stride())
    assert T * max(part.stride(0) for part in (q, k, v)) < 2**31, f"{T} rows: offsets in a sequence have 32 bits"
    S, out = len(starts) - 1, q.new_empty(T, heads, D)
    config = FLOAT32 if q.dtype == torch.float32 else choose(CONFIGS, q)
    if T > 0:
        _varlen_attention_kernel[T // config.tiles["BLOCK_M"] + S, heads](
            q, k, v, starts, out, q.stride(0), k.stride(0), v.stride(0), out.stride(0), S, D**-0.5 * LOG2_E,
            **_constants(D, is_causal, q.dtype, config), num_warps=config.num_warps, num_stages=config.num_stages,
        )  # fmt: skip
    return out


def _constants(D: int, is_causal: bool, dtype: torch.dtype, config: LaunchConfig) -> dict[str, object]:
    block_d = max(triton.next_power_of_2(D), 16)
    precision = "ieee" if dtype == torch.float32 else "tf32"
    return {"D": D, "IS_CAUSAL": is_causal, **config.tiles, "BLOCK_D": block_d, "PRECISION": precision}


def _varlen_attention_torch(q: Tensor, k: Tensor, v: Tensor, starts: Tensor, is_causal: bool) -> Tensor:
    """Sequences of one length at once, else one by one.

    torch's operation goes through the keys in blocks with a running softmax in float32 (on the CPU, for the dtypes and
    unmasked or causal inputs used here), so memory grows with the length of a sequence and not with its square.
    """
    lengths = starts.diff().tolist()
    if len(set(lengths)) == 1 and lengths[0] > 0:
        batches = [tuple(part.unflatten(0, (-1, lengths[0])) for part in (q, k, v))]
    else:
        batches = [*zip(*(part[None].split(lengths, dim=1) for part in (q, k, v)), strict=True)]
    outs = [q.new_empty(0, *q.shape[1:])]
    for batch in batches:
        heads_first = (part.transpose(1, 2) for part in batch)
        out = F.scaled_dot_product_attention(*heads_first, is_causal=is_causal)
        outs.append(out.transpose(1, 2).flatten(0, 1))
    return torch.cat(outs)


def variants(architecture: str) -> list[Variant]:
    """In bfloat16: four tiles of Intern-S1's and of S1-mini's tower, a picture of Pro's, a signal of Pro's."""
    config = CONFIGS.get(architecture, CONFIGS["default"])
    return [
        _variant(config, "S1 4 tiles", 4, 1025, 25, 128),
        _variant(config, "S1-mini 4 tiles", 4, 1025, 16, 64),
        _variant(config, "Pro picture 4096", 1, 4096, 16, 64),
        _variant(config, "Pro signal 1500", 1, 1500, 8, 96, is_causal=True),
    ]


def _variant(
    config: LaunchConfig, shape: str, S: int, length: int, heads: int, D: int, is_causal: bool = False
) -> Variant:
    constants = _constants(D, is_causal, torch.bfloat16, config)
    tensors = dict.fromkeys(("q_ptr", "k_ptr", "v_ptr"), "*bf16") | {"starts_ptr": "*i32", "out_ptr": "*bf16"}
    strides = dict.fromkeys(("q_stride", "k_stride", "v_stride", "out_stride"), "i32:16")
    return Variant(
        kernel=_varlen_attention_kernel,
        signature=tensors | strides | {"S": "i32", "scale": "fp32"} | dict.fromkeys(constants, "constexpr"),
        constants=constants,
        config=config,
        shape=shape,
        num_bytes=2 * 4 * S * length * heads * D,
        num_flops=4 * S * length * length * heads * D // (2 if is_causal else 1),
        uses_tensor_cores=True,
    )
