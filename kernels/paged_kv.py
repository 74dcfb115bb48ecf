"""The paged cache of keys and values: pages of P tokens, all heads of one page together.

Keys are stored transposed, [pages, Hkv, D, P]: scores of neighbouring keys are then computed side by side, without sums
across vector lanes. Values are [pages, Hkv, P, D]. A token's slot is page * P + place in the page.

Where our CPU operations multiply pairs of bfloat16 at once, pairs lie together: keys [pages, Hkv, D / 2, P, 2] have two
dimensions of a token side by side, values [pages, Hkv, P / 2, D, 2] two tokens of a dimension.
"""

import ctypes
import logging
from dataclasses import dataclass

from torch import Tensor

from kernels import huge_pages
from kernels.cpu_library import dtype_code, has_dtype, load_cpu_library
from kernels.dispatch import is_for_cpu

_LANES = 16  # simd.h
_MAX_HEAD_SIZE = 512  # rope_store.cpp

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class PagedKV:
    """keys [pages, Hkv, D, P], values [pages, Hkv, P, D], or in pairs; library: our own operations, where they fit."""

    keys: Tensor
    values: Tensor
    library: ctypes.CDLL | None

    @property
    def num_kv_heads(self) -> int:
        return self.keys.shape[1]

    @property
    def head_size(self) -> int:
        return self.values.shape[3]

    @property
    def page_size(self) -> int:
        return self.keys.shape[3]


def allocate_paged_kv(
    num_layers: int, num_pages: int, num_kv_heads: int, head_size: int, page_size: int, like: Tensor
) -> list[PagedKV]:
    """One cache per layer, of the dtype and on the device of `like`. Not cleared: memory is taken when written to."""
    library = _library(head_size, page_size, like)
    keys, values = (num_pages, num_kv_heads, head_size, page_size), (num_pages, num_kv_heads, page_size, head_size)
    if library is not None and library.cache_step(dtype_code(like.dtype)) == 2:
        keys = (num_pages, num_kv_heads, head_size // 2, page_size, 2)
        values = (num_pages, num_kv_heads, page_size // 2, head_size, 2)
    return [PagedKV(_empty(keys, like), _empty(values, like), library) for _ in range(num_layers)]


def _empty(shape: tuple[int, ...], like: Tensor) -> Tensor:
    return huge_pages.empty(shape, like.dtype) if like.device.type == "cpu" else like.new_empty(shape)


def _library(head_size: int, page_size: int, like: Tensor) -> ctypes.CDLL | None:
    if not is_for_cpu(like) or not has_dtype(like.dtype):
        return None
    library = load_cpu_library()
    if library is None:
        return None
    if head_size % _LANES or head_size > _MAX_HEAD_SIZE or page_size % _LANES:
        _logger.warning(
            "Attention runs on PyTorch alone, which is slower: heads of %d and pages of %d; ours needs multiples of %d "
            "and heads of at most %d.", head_size, page_size, _LANES, _MAX_HEAD_SIZE,
        )  # fmt: skip
        return None
    return library
