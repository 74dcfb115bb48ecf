"""Sums and gathers over the ranks of one machine: gloo on the CPU, NCCL on GPUs.

The process group is our own object, not torch.distributed's default one: it can be let go of and made anew while the
process lives, and a process may hold two models. Gloo listens on 127.0.0.1, on ports that the system picks; ranks find
each other through a file in a folder that only this user may enter.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import torch
import torch.distributed
import torch.nn.functional as F
from torch import Tensor
from torch.distributed import FileStore, ProcessGroupGloo

from engine.ranks.errors import RankLost

_LOOPBACK = "127.0.0.1"
# Left alone, NCCL meets on any interface, and ends the whole process when a rank is late.
_NCCL_SETTINGS = {
    "NCCL_SOCKET_IFNAME": "lo",
    "TORCH_NCCL_BLOCKING_WAIT": "1",
    "TORCH_NCCL_ASYNC_ERROR_HANDLING": "0",
}


class Collectives:
    """Every call is made by all ranks, in the same order; it raises RankLost when one is gone or too late."""

    def __init__(self, rank: int, size: int, device: torch.device) -> None:
        self._rank = rank
        self._size = size
        self._device = device
        self._group: Any = None  # a backend of torch.distributed, whose stubs leave out what it can do

    def connect(self, file: Path, timeout_s: float) -> None:
        """Wait until all ranks have come to the same file, which must be new. timeout_s: of this and of every call."""
        self.disconnect()
        store, timeout = FileStore(str(file), self._size), timedelta(seconds=timeout_s)
        store.set_timeout(timeout)
        with _as_loss():
            self._group = self._gloo(store, timeout) if self._device.type == "cpu" else self._nccl(store, timeout)
        self.sum(torch.zeros(1, device=self._device))  # NCCL connects at the first call

    def disconnect(self) -> None:
        """Close the connections, so that the other ranks' calls fail. Does nothing when there are none."""
        if self._group is not None and self._device.type != "cpu":
            self._group.abort()  # what is on the GPU may wait for ranks that are gone
        self._group = None

    def sum(self, tensor: Tensor) -> Tensor:
        """Of a float32 tensor, which may be written to."""
        assert self._group is not None and tensor.dtype == torch.float32, (self._group, tensor.dtype)
        tensor = tensor.contiguous()
        with _as_loss():
            self._group.allreduce([tensor]).wait()
        return tensor

    def gather_columns(self, mine: Tensor, widths: list[int]) -> Tensor:
        """mine [R, widths[rank]] -> [R, sum(widths)] on rank 0, side by side; the others get back what they gave."""
        assert self._group is not None and mine.shape[1] == widths[self._rank], (mine.shape, widths)
        if len(mine) == 0:
            return mine.new_empty(0, sum(widths))
        padded = F.pad(mine, (0, max(widths) - mine.shape[1])).contiguous()
        parts = [torch.empty_like(padded) for _ in widths] if self._rank == 0 else []
        with _as_loss():
            self._group.gather([parts] if parts else [], [padded]).wait()
        if self._rank != 0:
            return mine
        return torch.cat([part[:, :width] for part, width in zip(parts, widths, strict=True)], dim=1)

    def _gloo(self, store: FileStore, timeout: timedelta) -> Any:
        options = ProcessGroupGloo._Options()
        options._devices = [ProcessGroupGloo.create_device(hostname=_LOOPBACK)]
        options._timeout = timeout
        return ProcessGroupGloo(store, self._rank, self._size, options)

    def _nccl(self, store: FileStore, timeout: timedelta) -> Any:
        from torch.distributed import ProcessGroupNCCL  # not in torch's builds for the CPU

        os.environ.update(_NCCL_SETTINGS)
        torch.cuda.set_device(self._device)
        options = ProcessGroupNCCL.Options()
        options._timeout = timeout
        return ProcessGroupNCCL(store, self._rank, self._size, options)


@contextmanager
def _as_loss() -> Iterator[None]:
    """What torch raises when a connection breaks or a time limit passes is a RuntimeError, whatever the backend."""
    try:
        yield
    except RuntimeError as error:
        raise RankLost(f"ranks cannot reach each other: {error}") from error
