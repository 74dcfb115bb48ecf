"""What tests/interpreter.py mends, seen through kernels; on a GPU the same must hold."""

import pytest
import torch

from kernels.triton_import import tl, triton

pytest.importorskip("triton")


@triton.jit
def _cast_kernel(x_ptr, out_ptr, SIZE: tl.constexpr):
    at = tl.arange(0, SIZE)
    tl.store(out_ptr + at, tl.load(x_ptr + at).to(out_ptr.dtype.element_ty))


@triton.jit
def _dot_kernel(a_ptr, b_ptr, out_ptr, SIZE: tl.constexpr):
    at = tl.arange(0, SIZE)[:, None] * SIZE + tl.arange(0, SIZE)[None, :]
    product = tl.dot(tl.load(a_ptr + at), tl.load(b_ptr + at), input_precision="ieee")
    tl.store(out_ptr + at, product)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, torch.float8_e4m3fn, torch.float32])
def test_casts_round_as_torch_does(dtype, device):
    x = torch.randn(1024, device=device) * 100
    x[:6] = torch.tensor([0.0, -0.0, 1.9999, 500.0, float("nan"), 1e-8])
    out = torch.empty(1024, dtype=dtype, device=device)

    _cast_kernel[(1,)](x, out, SIZE=1024)

    assert torch.equal(out.view(torch.uint8), x.to(dtype).view(torch.uint8))


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, torch.float8_e4m3fn, torch.float32])
def test_products_of_matrices_are_exact_in_float32(dtype, device):
    a, b = (torch.randint(-8, 9, (32, 32), device=device).to(dtype) for _ in range(2))
    out = torch.empty(32, 32, device=device)

    _dot_kernel[(1,)](a, b, out, SIZE=32)

    assert torch.equal(out, a.float() @ b.float())
