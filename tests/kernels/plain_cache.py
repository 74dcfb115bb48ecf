"""The paged cache as the reference reads it, whether or not pairs lie together (kernels/paged_kv.py)."""

from torch import Tensor

from kernels.paged_kv import PagedKV


def plain(cache: PagedKV) -> PagedKV:
    """A copy with keys [pages, Hkv, D, P] and values [pages, Hkv, P, D], for the reference."""
    return PagedKV(_apart(cache.keys), _apart(cache.values), library=None)


def fill(cache: PagedKV, content: PagedKV) -> None:
    """content: plain."""
    for stored, wanted in ((cache.keys, content.keys), (cache.values, content.values)):
        is_paired = stored.dim() == 5
        stored.copy_(wanted.unflatten(2, (-1, 2)).transpose(3, 4) if is_paired else wanted)


def _apart(stored: Tensor) -> Tensor:
    return stored.transpose(3, 4).flatten(2, 3) if stored.dim() == 5 else stored.clone()
