"""Between the qkv projection and attention: normalise (some models) and rotate q and k, put k and v in the paged cache.

    rotate(x)[i]         = x[i] * cos[i] - x[D/2 + i] * sin[i]
    rotate(x)[D/2 + i]   = x[D/2 + i] * cos[i] + x[i] * sin[i]

T tokens, Hq query heads, Hkv key heads of size D. Each key head serves a group of Hq / Hkv query heads.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from kernels.cpu_library import dtype_code
from kernels.paged_kv import PagedKV
from kernels.rms_norm import rms_norm_reference


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
    each key head, which turns the queries of its group as well: table [T, Hkv, D].
    """

    table: Tensor
    positions: Tensor | None

    def of_key_heads(self) -> tuple[Tensor, Tensor]:
        """cos and sin [T, Hkv or 1, D / 2]."""
        rows = self.table if self.positions is None else self.table[self.positions][:, None]
        cos, sin = rows.chunk(2, dim=-1)
        return cos, sin


def rotate_reference(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """x [T, ..., D], cos and sin [T, ... or 1, D / 2] -> [T, ..., D], in the precision of the inputs."""
    first, second = x.chunk(2, dim=-1)
    return torch.cat((first * cos - second * sin, second * cos + first * sin), dim=-1)


def rope_store(qkv: Tensor, norms: HeadNorms | None, angles: Angles, slots: Tensor, cache: PagedKV) -> Tensor:
    """qkv [T, (Hq + 2 Hkv) D], slots [S] int64 -> q [T, Hq, D].

    The first S tokens are stored in the cache; what follows is padding.
    """
    T, D, Hkv = qkv.shape[0], cache.head_size, cache.num_kv_heads
    Hq = qkv.shape[1] // D - 2 * Hkv
    table, positions = angles.table, angles.positions
    assert qkv.shape == (T, (Hq + 2 * Hkv) * D) and qkv.dtype == cache.keys.dtype, (qkv.shape, qkv.dtype, D, Hkv)
    assert table.shape[-1] == D and table.dtype == torch.float32, (table.shape, table.dtype)
    assert slots.dtype == torch.int64 and Hq % Hkv == 0, (slots.dtype, Hq, Hkv)
    if positions is None:
        assert table.shape[:2] == (T, Hkv), (table.shape, T, Hkv)
    else:
        assert positions.shape == (T,) and positions.dtype == torch.int64 and table.dim() == 2, (positions.shape, table)
    S = slots.shape[0]
    assert S <= T, (S, T)
    if cache.library is None:
        return _rope_store_torch(qkv.view(T, -1, D), norms, angles, slots, cache)
    assert qkv.is_contiguous() and table.is_contiguous()
    q = qkv.new_empty(T, Hq, D)
    cache.library.rope_store(
        qkv.data_ptr(), norms.q.data_ptr() if norms else None, norms.k.data_ptr() if norms else None,
        norms.eps if norms else 0.0, table.data_ptr(), None if positions is None else positions.data_ptr(),
        slots.data_ptr(), q.data_ptr(), cache.keys.data_ptr(), cache.values.data_ptr(), T, S, Hq, Hkv, D,
        cache.page_size, dtype_code(qkv.dtype),
    )  # fmt: skip
    return q


def _rope_store_torch(heads: Tensor, norms: HeadNorms | None, angles: Angles, slots: Tensor, cache: PagedKV) -> Tensor:
    """The same on any device, in float32, rounded once. heads [T, Hq + 2 Hkv, D]."""
    Hkv, S = cache.num_kv_heads, len(slots)
    q, k, v = heads.split((heads.shape[1] - 2 * Hkv, Hkv, Hkv), dim=1)
    q, k = q.float(), k.float()
    if norms is not None:
        q = rms_norm_reference(q, norms.q.float(), norms.eps)
        k = rms_norm_reference(k, norms.k.float(), norms.eps)
    cos, sin = angles.of_key_heads()
    page, place = slots // cache.page_size, slots % cache.page_size
    cache.keys[page, :, :, place] = rotate_reference(k, cos, sin)[:S].to(heads.dtype)
    cache.values[page, :, place] = v[:S]
    groups = q.unflatten(1, (Hkv, -1))  # [T, Hkv, Hq / Hkv, D]
    return rotate_reference(groups, cos[:, :, None], sin[:, :, None]).flatten(1, 2).to(heads.dtype)
