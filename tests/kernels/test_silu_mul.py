import pytest
import torch

from kernels.silu_mul import silu_mul, silu_mul_reference
from tests.close import assert_as_accurate


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("tokens", [1, 40], ids=["one-token", "many-tokens"])
@pytest.mark.parametrize("width", [32, 21], ids=["whole-vectors", "no-multiple-of-a-vector"])
def test_matches_the_reference(tokens, width, dtype, path):
    gate_up = (3 * torch.randn(tokens, 2 * width)).to(dtype)

    out = silu_mul(gate_up)

    assert_as_accurate(out, silu_mul_reference(gate_up.double()), silu_mul_reference(gate_up))


def test_large_gates_are_open_or_shut_and_never_nan(path):
    gate = torch.tensor([-1e4, -200.0, -88.0, 0.0, 88.0, 200.0, 1e4])

    out = silu_mul(torch.cat((gate, torch.ones(7)))[None])[0]

    assert torch.allclose(out, gate.clamp(min=0), atol=1e-30)
