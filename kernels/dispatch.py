"""Which path an operation takes: its Triton kernel, or what computes it on the CPU. Decided here and nowhere else."""

from collections.abc import Iterator
from contextlib import contextmanager

from torch import Tensor

from kernels.triton_import import is_interpreted

_is_cpu_on_triton = False


def takes_triton(x: Tensor) -> bool:
    """Whether an operation on x runs its Triton kernel. PyTorch calls the devices of ROCm "cuda" as well."""
    device = x.device.type
    assert device in ("cuda", "cpu"), f"operations are for CUDA, ROCm and CPU tensors, not for {device}"
    return device == "cuda" or _is_cpu_on_triton


def is_for_cpu(x: Tensor) -> bool:
    """Whether weights may be laid out as the CPU's operations read them. Asked of tensors without memory as well."""
    return x.device.type == "cpu" and not _is_cpu_on_triton


@contextmanager
def triton_interpreter() -> Iterator[None]:
    """Inside, CPU tensors take the Triton kernels too, through Triton's interpreter: slow, and for tests only.

    In all threads of the process: an engine runs its steps in one of its own.
    """
    global _is_cpu_on_triton
    if not is_interpreted:
        raise RuntimeError("TRITON_INTERPRET=1 must be in the environment before any kernel is imported.")
    before, _is_cpu_on_triton = _is_cpu_on_triton, True
    try:
        yield
    finally:
        _is_cpu_on_triton = before
