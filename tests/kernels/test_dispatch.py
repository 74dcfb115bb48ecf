import threading

import pytest
import torch

from kernels import dispatch
from kernels.dispatch import takes_triton, triton_interpreter

ON_CPU = torch.empty(0)


def test_cpu_tensors_take_triton_only_in_its_interpreter(triton_device):
    if triton_device == "cuda":
        pytest.skip("needs the interpreter")
    with triton_interpreter():
        assert takes_triton(ON_CPU)
    assert takes_triton(ON_CPU)  # still in the one of the fixture


def test_cpu_tensors_have_a_path_of_their_own():
    assert not takes_triton(ON_CPU)


def test_the_interpreter_holds_for_every_thread(triton_device):
    if triton_device == "cuda":
        pytest.skip("needs the interpreter")
    seen = []
    thread = threading.Thread(target=lambda: seen.append(takes_triton(ON_CPU)))

    thread.start()
    thread.join()

    assert seen == [True]


def test_an_error_leaves_the_interpreter(triton_device):
    if triton_device == "cuda":
        pytest.skip("needs the interpreter")
    before = dispatch._is_cpu_on_triton
    with pytest.raises(ZeroDivisionError), triton_interpreter():
        raise ZeroDivisionError

    assert dispatch._is_cpu_on_triton == before


def test_no_interpreter_where_kernels_were_compiled_for_a_gpu(monkeypatch):
    monkeypatch.setattr(dispatch, "is_interpreted", False)

    with pytest.raises(RuntimeError, match="TRITON_INTERPRET"), triton_interpreter():
        pass


def test_other_devices_are_refused():
    with pytest.raises(AssertionError, match="meta"):
        takes_triton(torch.empty(0, device="meta"))


@pytest.mark.gpu
def test_cuda_tensors_take_triton():
    assert takes_triton(torch.empty(0, device="cuda"))
