"""Outputs with poison on both sides, which a kernel must leave as it is."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import torch
from torch import Tensor

_MARGIN = 4096  # elements: as far as a block can reach
_POISON = 0xA5


@contextmanager
def guarded_outputs() -> Iterator[None]:
    """Inside, what new_empty returns lies between two margins; at the end nobody has written to them."""
    buffers: list[tuple[Tensor, int]] = []
    plain = Tensor.new_empty

    def new_empty(self: Tensor, *shape, **options) -> Tensor:
        wanted = plain(self, *shape, **options)
        size, margin = wanted.numel() * wanted.element_size(), _MARGIN * wanted.element_size()
        buffer = torch.full((size + 2 * margin,), _POISON, dtype=torch.uint8, device=wanted.device)
        buffers.append((buffer, margin))
        inside = buffer[margin : margin + size].view(wanted.dtype).view(wanted.shape)
        return inside.copy_(wanted)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Tensor, "new_empty", new_empty)
        yield
    for buffer, margin in buffers:
        assert (buffer[:margin] == _POISON).all() and (buffer[-margin:] == _POISON).all(), "written past an output"
