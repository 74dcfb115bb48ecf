"""Contexts on the pages of a cache, for the tests of attention over it."""

import torch
from torch import Tensor

from kernels.contexts import Contexts
from kernels.paged_kv import PagedKV, allocate_paged_kv
from tests.kernels.plain_cache import fill, plain

KV_HEADS = 2


def make_contexts(
    queries: list[int], lengths: list[int], group: int, head_size: int, page_size: int, dtype: torch.dtype, padding=0
) -> tuple[Tensor, PagedKV, Contexts]:
    """Queries, cache and contexts of these lengths on shuffled pages. What no context owns is NaN, and so is the page
    that the rest of every table names."""
    widths = [-(-length // page_size) for length in lengths]
    [cache] = allocate_paged_kv(1, sum(widths) + 3, KV_HEADS, head_size, page_size, torch.empty(0, dtype=dtype))
    content = plain(cache)
    content.keys.fill_(torch.nan)
    content.values.fill_(torch.nan)
    pages = torch.randperm(sum(widths) + 3, dtype=torch.int32)
    tables = torch.full((len(lengths), max(widths, default=0)), int(pages[-1]), dtype=torch.int32)
    for b, (width, length) in enumerate(zip(widths, lengths, strict=True)):
        tables[b, :width], pages = pages[:width], pages[width:]
        for position in range(length):
            page, place = tables[b, position // page_size], position % page_size
            content.keys[page, :, :, place] = torch.randn(KV_HEADS, head_size).to(dtype)
            content.values[page, :, place] = torch.randn(KV_HEADS, head_size).to(dtype)
    fill(cache, content)
    starts = torch.tensor([0, *queries], dtype=torch.int32).cumsum(0, dtype=torch.int32)
    q = torch.randn(sum(queries) + padding, KV_HEADS * group, head_size).to(dtype)
    return q, cache, Contexts(tables, starts, torch.tensor(lengths, dtype=torch.int32))


def alone(q: Tensor, contexts: Contexts, b: int) -> tuple[Tensor, Contexts]:
    """Context b as the only one of a step."""
    start, end = contexts.starts[b : b + 2].tolist()
    starts = torch.tensor([0, end - start], dtype=torch.int32, device=q.device)
    return q[start:end], Contexts(contexts.tables[b : b + 1], starts, contexts.lengths[b : b + 1])


def in_float64(cache: PagedKV) -> PagedKV:
    content = plain(cache)
    return PagedKV(content.keys.double(), content.values.double(), library=None)


def to_device(device: str, q: Tensor, cache: PagedKV, contexts: Contexts) -> tuple[Tensor, PagedKV, Contexts]:
    moved = (part.to(device) for part in (contexts.tables, contexts.starts, contexts.lengths))
    return q.to(device), PagedKV(cache.keys.to(device), cache.values.to(device), cache.library), Contexts(*moved)
