"""The ways an operation is computed.

On the CPU by our compiled library, and by PyTorch where there is no compiler; and by its Triton kernel.
"""

import shutil
from collections.abc import Iterator

import pytest
import torch

from kernels.cpu_library import load_cpu_library
from kernels.dispatch import triton_interpreter
from kernels.triton_import import is_interpreted


@pytest.fixture(autouse=True, scope="module")
def shared_work() -> Iterator[None]:
    """Two threads at least: how an operation is cut into parts is what goes wrong."""
    num_threads = torch.get_num_threads()
    torch.set_num_threads(max(2, num_threads))
    yield
    torch.set_num_threads(num_threads)


@pytest.fixture(params=["compiled", "torch"])
def path(request, monkeypatch, tmp_path) -> Iterator[str]:
    """ "torch" hides the compiler, as on a machine without one."""
    if request.param == "torch":
        monkeypatch.setenv("PATH", str(tmp_path))
    elif shutil.which("g++") is None:
        pytest.skip("needs g++")
    load_cpu_library.cache_clear()
    assert (load_cpu_library() is not None) == (request.param == "compiled")
    yield request.param
    load_cpu_library.cache_clear()


@pytest.fixture
def compiled() -> None:
    """For properties that only our own operations have."""
    if load_cpu_library() is None:
        pytest.skip("needs g++")


@pytest.fixture
def triton_device(device) -> Iterator[str]:
    """Tensors made on it take the Triton kernels: a GPU, or, where there is none, the CPU with Triton's interpreter."""
    if device == "cuda":
        yield device
        return
    if not is_interpreted:
        pytest.skip("needs Triton")
    with triton_interpreter():
        yield device
