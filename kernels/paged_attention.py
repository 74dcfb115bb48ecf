"""Causal attention of some contexts over the paged cache, for one new token of each or many.

    out[t, h] = sum over s <= position of t of softmax(q[t, h] . k[s, h // G] / sqrt(D))[s] * v[s, h // G]

T queries in all, B contexts, Hq query heads in groups of G per key head, D head size, P tokens per page.
"""

import math

import torch
from torch import Tensor

from kernels.contexts import Contexts
from kernels.cpu_library import dtype_code
from kernels.dispatch import takes_triton
from kernels.paged_decode import num_splits, paged_decode
from kernels.paged_kv import PagedKV
from kernels.paged_prefill import paged_prefill

_QUERIES = 128  # per block of scores: bounds their memory, [Hq, 128, keys]
_KEYS = 64  # every new number of keys costs oneDNN about half a millisecond, so it is rounded up to a multiple
_MAX_PARTIAL_SUMS = 16_384  # of a query and a split; each is Hq * D float32, 0.5 GiB in all for 64 heads of 128


def paged_attention_reference(q: Tensor, cache: PagedKV, contexts: Contexts) -> Tensor:
    """The definition, context by context, in the precision of the inputs."""
    out = torch.zeros_like(q)
    starts = contexts.starts.tolist()
    for b, length in enumerate(contexts.lengths.tolist()):
        queries = q[starts[b] : starts[b + 1]].transpose(0, 1)  # [Hq, n, D]
        keys, values = _gather(cache, contexts.tables[b], length)
        group = len(queries) // len(keys)
        keys, values = keys.repeat_interleave(group, dim=0), values.repeat_interleave(group, dim=0)
        scores = queries @ keys / math.sqrt(cache.head_size)
        positions = torch.arange(length - queries.shape[1], length, device=q.device)
        is_later = torch.arange(length, device=q.device) > positions[:, None]
        weights = scores.masked_fill(is_later, -torch.inf).softmax(dim=-1)
        out[starts[b] : starts[b + 1]] = (weights @ values).transpose(0, 1)
    return out


def paged_attention(q: Tensor, cache: PagedKV, contexts: Contexts) -> Tensor:
    """q [T, Hq, D] -> [T, Hq, D]. Rows that belong to no context are padding at the end; they come back as zeros."""
    T, Hq, D = q.shape
    B, width = contexts.tables.shape
    assert cache.head_size == D and Hq % cache.num_kv_heads == 0 and q.dtype == cache.keys.dtype, (q.shape, q.dtype)
    assert contexts.starts.shape == (B + 1,) and contexts.lengths.shape == (B,), (contexts.starts, contexts.lengths)
    if cache.library is None and not takes_triton(q):
        return _paged_attention_torch(q, cache, contexts)
    tables = contexts.tables, contexts.starts, contexts.lengths
    assert all(part.is_contiguous() for part in (q, cache.keys, cache.values, *tables))
    assert all(part.dtype == torch.int32 for part in tables), [part.dtype for part in tables]
    if takes_triton(q):
        return _paged_attention_triton(q, cache, contexts)
    out = torch.zeros_like(q)
    cache.library.paged_attention(
        q.data_ptr(), cache.keys.data_ptr(), cache.values.data_ptr(), contexts.tables.data_ptr(),
        contexts.starts.data_ptr(), contexts.lengths.data_ptr(), out.data_ptr(), B, width, Hq, cache.num_kv_heads, D,
        cache.page_size, D**-0.5, dtype_code(q.dtype),
    )  # fmt: skip
    return out


def _paged_attention_triton(q: Tensor, cache: PagedKV, contexts: Contexts) -> Tensor:
    """Both kernels give the same; splitting the keys gives more programs, which few queries need, and takes memory."""
    is_split = 1 < num_splits(cache, contexts) <= _MAX_PARTIAL_SUMS // max(len(q), 1)
    return (paged_decode if is_split else paged_prefill)(q, cache, contexts)


def _paged_attention_torch(q: Tensor, cache: PagedKV, contexts: Contexts) -> Tensor:
    """Contexts with one query in one batch, the others one by one. Scores and sums are float32."""
    out = torch.zeros_like(q)
    starts, lengths = contexts.starts.tolist(), contexts.lengths.tolist()
    single = [b for b in range(len(lengths)) if starts[b + 1] - starts[b] == 1]
    if single:
        rows = [starts[b] for b in single]
        out[rows] = _attend_single(q[rows], cache, contexts.tables[single], [lengths[b] for b in single])
    for b, length in enumerate(lengths):
        for start in range(starts[b], starts[b + 1], _QUERIES) if b not in single else ():
            end = min(start + _QUERIES, starts[b + 1])
            length_at_end = length - (starts[b + 1] - end)
            out[start:end] = _attend_block(q[start:end], cache, contexts.tables[b], length_at_end)
    return out


def _attend_single(q: Tensor, cache: PagedKV, tables: Tensor, lengths: list[int]) -> Tensor:
    """q [B, Hq, D], one query per context -> [B, Hq, D]. The queries of a group are rows of one product."""
    B, Hq, D = q.shape
    tables = tables[:, : _num_pages(max(lengths), cache.page_size)].long()
    keys = cache.keys[tables].permute(0, 2, 3, 1, 4).flatten(3)  # [B, Hkv, D, keys]
    values = cache.values[tables].permute(0, 2, 1, 3, 4).flatten(2, 3)  # [B, Hkv, keys, D]
    grouped = q.view(B, cache.num_kv_heads, -1, D)
    is_later = torch.arange(keys.shape[3], device=q.device) >= torch.tensor(lengths, device=q.device)[:, None]
    values.masked_fill_(is_later[:, None, :, None], 0)  # a page may hold anything there, and 0 x NaN is NaN
    return _attend(grouped, keys, values, is_later[:, None, None]).view(B, Hq, D).to(q.dtype)


def _attend_block(q: Tensor, cache: PagedKV, table: Tensor, length: int) -> Tensor:
    """q [n, Hq, D], the last tokens of a context of that length -> [n, Hq, D]."""
    n, Hq, D = q.shape
    keys, values = _gather(cache, table, _num_pages(length, cache.page_size) * cache.page_size)
    grouped = q.view(n, cache.num_kv_heads, -1, D).permute(1, 2, 0, 3)  # [Hkv, G, n, D]
    positions = torch.arange(length - n, length, device=q.device)
    is_later = torch.arange(keys.shape[2], device=q.device) > positions[:, None]
    values[:, length:] = 0  # as above
    out = _attend(grouped, keys[:, None], values[:, None], is_later)
    return out.permute(2, 0, 1, 3).reshape(n, Hq, D).to(q.dtype)


def _attend(q: Tensor, keys: Tensor, values: Tensor, is_later: Tensor) -> Tensor:
    scores = q.float() @ keys.float() * q.shape[-1] ** -0.5
    return scores.masked_fill(is_later, -torch.inf).softmax(dim=-1) @ values.float()


def _num_pages(length: int, page_size: int) -> int:
    """Enough pages for the tokens, rounded up to a multiple of _KEYS."""
    rounded = -(-length // _KEYS) * _KEYS
    return -(-rounded // page_size)


def _gather(cache: PagedKV, table: Tensor, length: int) -> tuple[Tensor, Tensor]:
    """Keys [Hkv, D, length] and values [Hkv, length, D] of a context, as far as its table goes."""
    pages = table[: -(-length // cache.page_size)].long()
    keys = cache.keys[pages].permute(1, 2, 0, 3).flatten(2)
    values = cache.values[pages].transpose(0, 1).flatten(1, 2)
    return keys[:, :, :length], values[:, :length]
