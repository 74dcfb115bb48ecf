import pytest
import torch

from kernels.silu_mul import silu_mul, silu_mul_reference
from tests.close import assert_as_accurate
from tests.kernels.guarded import guarded_outputs

GATES = [-1e4, -200.0, -88.0, 0.0, 88.0, 200.0, 1e4]


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("tokens", [1, 40], ids=["one-token", "many-tokens"])
@pytest.mark.parametrize("width", [32, 21], ids=["whole-vectors", "no-multiple-of-a-vector"])
def test_matches_the_reference(tokens, width, dtype, path):
    gate_up = (3 * torch.randn(tokens, 2 * width)).to(dtype)

    out = silu_mul(gate_up)

    assert_as_accurate(out, silu_mul_reference(gate_up.double()), silu_mul_reference(gate_up))


def test_large_gates_are_open_or_shut_and_never_nan(path):
    gate = torch.tensor(GATES)

    out = silu_mul(torch.cat((gate, torch.ones(7)))[None])[0]

    assert torch.allclose(out, gate.clamp(min=0), atol=1e-30)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize(
    ("tokens", "width"),
    [
        pytest.param(1, 32, id="decode"),
        pytest.param(3, 1030, id="more-than-a-block"),
        pytest.param(5, 21, id="no-multiple-of-a-vector"),
        pytest.param(0, 32, id="no-tokens"),
    ],
)
def test_the_kernel_matches_the_reference(tokens, width, dtype, triton_device):
    gate_up = (3 * torch.randn(tokens, 2 * width, device=triton_device)).to(dtype)

    with guarded_outputs():
        out = silu_mul(gate_up)

    assert_as_accurate(out, silu_mul_reference(gate_up.double()), silu_mul_reference(gate_up))


@pytest.mark.filterwarnings("ignore:overflow encountered")  # numpy's, in the interpreter
def test_the_kernel_leaves_large_gates_open_or_shut(triton_device):
    gate = torch.tensor(GATES, device=triton_device)

    out = silu_mul(torch.cat((gate, torch.ones_like(gate)))[None])[0]

    assert torch.allclose(out, gate.clamp(min=0), atol=1e-30)


def test_a_gate_of_zero_shuts_and_an_up_of_two_doubles(triton_device):
    gate = torch.randn(1, 50, device=triton_device)
    one, two = torch.ones_like(gate), torch.full_like(gate, 2.0)

    assert torch.equal(silu_mul(torch.cat((torch.zeros_like(gate), gate), dim=1)), torch.zeros_like(gate))
    assert torch.equal(silu_mul(torch.cat((gate, two), dim=1)), 2 * silu_mul(torch.cat((gate, one), dim=1)))
