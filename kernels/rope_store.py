"""Between the qkv projection and attention: normalise (some models) and rotate q and k, put k and v in the paged cache.

    rotate(x)[i]         = x[i] * cos[i] - x[D/2 + i] * sin[i]
    rotate(x)[D/2 + i]   = x[D/2 + i] * cos[i] + x[i] * sin[i]

T tokens, Hq query heads, Hkv key heads of size D. Each key head serves a group of Hq / Hkv query heads. Sources: the
rotary embedding of Qwen3, whose halves turn against each other, and the FoPE of Intern-S1-Pro.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from kernels.cpu_library import dtype_code
from kernels.dispatch import takes_triton
from kernels.launch_config import LaunchConfig, choose
from kernels.paged_kv import PagedKV
from kernels.rms_norm import rms_norm_reference
from kernels.triton_import import tl, triton
from kernels.variant import Variant

# TOKENS: so many of a long step share one reading of the mixtures. Not tuned.
CONFIGS = {"default": LaunchConfig("a key head and its queries", {"TOKENS": 8}, num_warps=4, num_stages=1)}
_LONG_STEP = 2048  # tokens; before that one token a program, so that every processor has some


@dataclass(frozen=True, slots=True)
class HeadNorms:
    """Weights [D] of the normalisation of every query and key head."""

    q: Tensor
    k: Tensor
    eps: float


@dataclass(frozen=True, slots=True)
class Angles:
    """What turns the heads of T tokens. A row of the table is D / 2 cosines, then D / 2 sines, float32.

    A token has one row for all heads: table [positions, D], positions [T] int64. Or, positions None, it has one for
    each key head, which turns the queries of its group as well: table [T, Hkv, D]. Or, with mixtures [2, Hkv, n, n]
    float32, a token has n cosines, then n sines in table [T, 2 n], and every key head mixes them into its own (FoPE).
    """

    table: Tensor
    positions: Tensor | None
    mixtures: Tensor | None = None

    def of_key_heads(self, head_size: int) -> tuple[Tensor, Tensor]:
        """cos and sin [T, Hkv or 1, D / 2]."""
        if self.mixtures is not None:
            return mix_reference(self.table, self.mixtures, head_size // 2)
        rows = self.table if self.positions is None else self.table[self.positions][:, None]
        cos, sin = rows.chunk(2, dim=-1)
        return cos, sin


def mix_reference(waves: Tensor, mixtures: Tensor, width: int) -> tuple[Tensor, Tensor]:
    """waves [T, 2 n], mixtures [2, Hkv, n, n] from wave to wave -> cos and sin [T, Hkv, width], 1 from n on."""
    cos, sin = (
        F.pad(torch.einsum("ti,hij->thj", wave, mixture), (0, width - wave.shape[-1]), value=1.0)
        for wave, mixture in zip(waves.chunk(2, dim=-1), mixtures, strict=True)
    )
    return cos, sin


def rotate_reference(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """x [T, ..., D], cos and sin [T, ... or 1, D / 2] -> [T, ..., D], in the precision of the inputs."""
    first, second = x.chunk(2, dim=-1)
    return torch.cat((first * cos - second * sin, second * cos + first * sin), dim=-1)


@triton.jit
def _rotate_heads(heads_ptr, mask, d, cos, sin, weight_ptr, eps, D: tl.constexpr):
    """heads_ptr [rows, 1]: of each head -> its two halves [rows, BLOCK_D], normalised where there is a weight."""
    first = tl.load(heads_ptr + d, mask=mask, other=0.0).to(tl.float32)
    second = tl.load(heads_ptr + D // 2 + d, mask=mask, other=0.0).to(tl.float32)
    if weight_ptr is not None:
        scale = tl.rsqrt(tl.sum(first * first + second * second, axis=1, keep_dims=True) / D + eps)
        in_half = d < D // 2
        first *= scale * tl.load(weight_ptr + d, mask=in_half, other=0.0).to(tl.float32)
        second *= scale * tl.load(weight_ptr + D // 2 + d, mask=in_half, other=0.0).to(tl.float32)
    return first * cos - second * sin, second * cos + first * sin


@triton.jit
def _rope_store_kernel(
    qkv_ptr,  # [T, (GROUP + 2) Hkv D]: queries, keys, values
    q_weight_ptr,  # [D], or None
    k_weight_ptr,  # [D], or None
    table_ptr,  # float32, as in Angles
    positions_ptr,  # [T] int64, or None
    mixtures_ptr,  # [2, Hkv, N, N] float32, or None
    slots_ptr,  # [S] int64
    q_ptr,  # [T, GROUP Hkv, D]
    keys_ptr,  # [pages, Hkv, D, PAGE]
    values_ptr,  # [pages, Hkv, PAGE, D]
    T,
    S,
    eps,
    N: tl.constexpr,
    GROUP: tl.constexpr,
    Hkv: tl.constexpr,
    D: tl.constexpr,
    PAGE: tl.constexpr,
    TOKENS: tl.constexpr,
    BLOCK_G: tl.constexpr,
    BLOCK_D: tl.constexpr,
):
    key_head = tl.program_id(1)
    d = tl.arange(0, BLOCK_D)
    in_half = d < D // 2
    group = tl.arange(0, BLOCK_G)
    if mixtures_ptr is not None:
        mixtures_ptr += (key_head * N + d[:, None]) * N + d[None, :]
        in_mixture = (d[:, None] < N) & (d[None, :] < N)
        cos_mixture = tl.load(mixtures_ptr, mask=in_mixture, other=0.0)
        sin_mixture = tl.load(mixtures_ptr + Hkv * N * N, mask=in_mixture, other=0.0)

    first_token = tl.program_id(0).to(tl.int64) * TOKENS
    for token in range(first_token, tl.minimum(first_token + TOKENS, T)):
        if mixtures_ptr is not None:
            waves_ptr = table_ptr + token * (2 * N) + d
            cos_waves = tl.load(waves_ptr, mask=d < N, other=0.0)
            sin_waves = tl.load(waves_ptr + N, mask=d < N, other=0.0)
            cos = tl.where(d < N, tl.sum(cos_waves[:, None] * cos_mixture, axis=0), 1.0)[None, :]
            sin = tl.where(d < N, tl.sum(sin_waves[:, None] * sin_mixture, axis=0), 1.0)[None, :]
        else:
            row = token * Hkv + key_head if positions_ptr is None else tl.load(positions_ptr + token)
            cos = tl.load(table_ptr + row * D + d, mask=in_half, other=0.0)[None, :]
            sin = tl.load(table_ptr + row * D + D // 2 + d, mask=in_half, other=0.0)[None, :]

        heads_ptr = qkv_ptr + token * ((GROUP + 2) * Hkv * D)
        places = (key_head * GROUP + group[:, None]) * D
        mask = (group[:, None] < GROUP) & in_half[None, :]
        first, second = _rotate_heads(heads_ptr + places, mask, d[None, :], cos, sin, q_weight_ptr, eps, D)
        out_ptr = q_ptr + token * (GROUP * Hkv * D) + places + d[None, :]
        tl.store(out_ptr, first.to(q_ptr.dtype.element_ty), mask=mask)
        tl.store(out_ptr + D // 2, second.to(q_ptr.dtype.element_ty), mask=mask)

        slot = tl.load(slots_ptr + token, mask=token < S, other=-1)
        if slot >= 0:
            page_head, place = slot // PAGE * Hkv + key_head, slot % PAGE
            key_ptr = heads_ptr + (GROUP * Hkv + key_head) * D + tl.zeros([1, 1], dtype=tl.int32)
            low, high = _rotate_heads(key_ptr, in_half[None, :], d[None, :], cos, sin, k_weight_ptr, eps, D)
            slot_ptr = keys_ptr + (page_head * D + d[None, :]) * PAGE + place
            tl.store(slot_ptr, low.to(keys_ptr.dtype.element_ty), mask=in_half[None, :])
            tl.store(slot_ptr + D // 2 * PAGE, high.to(keys_ptr.dtype.element_ty), mask=in_half[None, :])
            whole = tl.arange(0, 2 * BLOCK_D)
            value = tl.load(heads_ptr + ((GROUP + 1) * Hkv + key_head) * D + whole, mask=whole < D)
            tl.store(values_ptr + (page_head * PAGE + place) * D + whole, value, mask=whole < D)


def rope_store(qkv: Tensor, norms: HeadNorms | None, angles: Angles, slots: Tensor, cache: PagedKV) -> Tensor:
    """qkv [T, (Hq + 2 Hkv) D], slots [S] int64 -> q [T, Hq, D].

    The first S tokens are stored in the cache, except one whose slot is negative; what follows is padding.
    """
    T, D, Hkv = qkv.shape[0], cache.head_size, cache.num_kv_heads
    Hq = qkv.shape[1] // D - 2 * Hkv
    S = slots.shape[0]
    assert qkv.shape == (T, (Hq + 2 * Hkv) * D) and qkv.dtype == cache.keys.dtype, (qkv.shape, qkv.dtype, D, Hkv)
    assert slots.dtype == torch.int64 and S <= T and Hq % Hkv == 0 and D % 2 == 0, (slots.dtype, S, T, Hq, Hkv, D)
    _check_angles(angles, T, Hkv, D)
    if takes_triton(qkv):
        return _launch(qkv, norms, angles, slots, cache)
    if cache.library is None:
        return _rope_store_torch(qkv.view(T, Hq + 2 * Hkv, D), norms, angles, slots, cache)
    table, positions = angles.table, angles.positions
    assert qkv.is_contiguous() and table.is_contiguous() and angles.mixtures is None
    q = qkv.new_empty(T, Hq, D)
    cache.library.rope_store(
        qkv.data_ptr(), norms.q.data_ptr() if norms else None, norms.k.data_ptr() if norms else None,
        norms.eps if norms else 0.0, table.data_ptr(), None if positions is None else positions.data_ptr(),
        slots.data_ptr(), q.data_ptr(), cache.keys.data_ptr(), cache.values.data_ptr(), T, S, Hq, Hkv, D,
        cache.page_size, dtype_code(qkv.dtype),
    )  # fmt: skip
    return q


def _check_angles(angles: Angles, T: int, Hkv: int, D: int) -> None:
    table, positions, mixtures = angles.table, angles.positions, angles.mixtures
    assert table.dtype == torch.float32, table.dtype
    if mixtures is not None:
        n = mixtures.shape[-1]
        assert mixtures.shape == (2, Hkv, n, n) and mixtures.dtype == torch.float32, (mixtures.shape, mixtures.dtype)
        assert table.shape == (T, 2 * n) and n <= D // 2 and positions is None, (table.shape, n, D)
    elif positions is None:
        assert table.shape == (T, Hkv, D), (table.shape, T, Hkv, D)
    else:
        assert positions.shape == (T,) and positions.dtype == torch.int64, (positions.shape, positions.dtype)
        assert table.dim() == 2 and table.shape[1] == D, (table.shape, D)


def _rope_store_torch(heads: Tensor, norms: HeadNorms | None, angles: Angles, slots: Tensor, cache: PagedKV) -> Tensor:
    """The same on any device, in float32, rounded once. heads [T, Hq + 2 Hkv, D]."""
    Hkv, S = cache.num_kv_heads, len(slots)
    q, k, v = heads.split((heads.shape[1] - 2 * Hkv, Hkv, Hkv), dim=1)
    q, k = q.float(), k.float()
    if norms is not None:
        q = rms_norm_reference(q, norms.q.float(), norms.eps)
        k = rms_norm_reference(k, norms.k.float(), norms.eps)
    cos, sin = angles.of_key_heads(heads.shape[2])
    is_stored = slots >= 0
    page, place = slots[is_stored] // cache.page_size, slots[is_stored] % cache.page_size
    cache.keys[page, :, :, place] = rotate_reference(k, cos, sin)[:S][is_stored].to(heads.dtype)
    cache.values[page, :, place] = v[:S][is_stored]
    groups = q.unflatten(1, (Hkv, -1))  # [T, Hkv, Hq / Hkv, D]
    return rotate_reference(groups, cos[:, :, None], sin[:, :, None]).flatten(1, 2).to(heads.dtype)


def _launch(qkv: Tensor, norms: HeadNorms | None, angles: Angles, slots: Tensor, cache: PagedKV) -> Tensor:
    T, D, Hkv = qkv.shape[0], cache.head_size, cache.num_kv_heads
    group = qkv.shape[1] // D // Hkv - 2
    q = qkv.new_empty(T, group * Hkv, D)
    pointers = (
        qkv, norms.q if norms else None, norms.k if norms else None, angles.table, angles.positions, angles.mixtures,
        slots, q, cache.keys, cache.values,
    )  # fmt: skip
    assert all(pointer is None or pointer.is_contiguous() for pointer in pointers)
    if T > 0:
        config = choose(CONFIGS, qkv)
        num_tokens = config.tiles["TOKENS"] if T >= _LONG_STEP else 1
        sizes = _sizes(angles.table.shape[-1] // 2, group, Hkv, D, cache.page_size)
        _rope_store_kernel[(triton.cdiv(T, num_tokens), Hkv)](
            *pointers, T, len(slots), norms.eps if norms else 0.0, **sizes, TOKENS=num_tokens,
            num_warps=config.num_warps, num_stages=config.num_stages,
        )  # fmt: skip
    return q


def _sizes(n: int, group: int, Hkv: int, D: int, page_size: int) -> dict[str, int]:
    blocks = {"BLOCK_G": triton.next_power_of_2(group), "BLOCK_D": triton.next_power_of_2(D // 2)}
    return {"N": n, "GROUP": group, "Hkv": Hkv, "D": D, "PAGE": page_size, **blocks}


def variants(architecture: str) -> list[Variant]:
    """The heads of the three models, in pages of 32; those of Pro with mixtures."""
    config = CONFIGS.get(architecture, CONFIGS["default"])
    tokens = {"decode 1": 1, "decode 64": 64, "prefill 8192": 8192}
    models = {"S1": (16, 4, False), "mini": (4, 8, False), "Pro": (16, 4, True)}
    return [
        _variant(config, f"{model} {name}", T, *heads) for model, heads in models.items() for name, T in tokens.items()
    ]


def _variant(config: LaunchConfig, shape: str, T: int, group: int, Hkv: int, has_mixtures: bool) -> Variant:
    n, D, num_tokens = 45 if has_mixtures else 64, 128, config.tiles["TOKENS"] if T >= _LONG_STEP else 1
    names = ("qkv_ptr", "q_weight_ptr", "k_weight_ptr", "q_ptr", "keys_ptr", "values_ptr")
    signature = dict.fromkeys(names, "*bf16") | {"table_ptr": "*fp32", "slots_ptr": "*i64", "T": "i32", "S": "i32"}
    signature |= {"positions_ptr": "*i64", "mixtures_ptr": "*fp32", "eps": "fp32"}
    absent = "positions_ptr" if has_mixtures else "mixtures_ptr"
    constants = _sizes(n, group, Hkv, D, page_size=32) | {"TOKENS": num_tokens, absent: None}
    signature |= dict.fromkeys(constants, "constexpr")
    heads = (group + 2) * Hkv
    return Variant(
        _rope_store_kernel,
        {name: signature[name] for name in _rope_store_kernel.arg_names},
        constants,
        config,
        shape,
        num_bytes=T * (2 * heads * D * 2 + 2 * n * 4 + 16) + (2 * Hkv * n * n * 4 if has_mixtures else 0),
        num_flops=T * ((group + 1) * Hkv * D * 7 + (4 * Hkv * n * n if has_mixtures else 0)),
    )
