import pytest
import torch

from kernels.gated_linear import gated_linear, gated_linear_reference
from kernels.linear import MAX_FEW_TOKENS, Weight
from tests.close import assert_as_accurate


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize(
    ("tokens", "width", "columns"),
    [
        pytest.param(1, 64, 128, id="decode"),
        pytest.param(9, 37, 71, id="no-multiple-of-a-vector"),
        pytest.param(MAX_FEW_TOKENS + 1, 32, 64, id="too-many-for-our-own"),
    ],
)
def test_matches_the_reference(tokens, width, columns, dtype, path):
    x, matrix = torch.randn(tokens, columns).to(dtype), torch.randn(2 * width, columns).to(dtype)

    out = gated_linear(x, Weight(matrix))

    exact = gated_linear_reference(x.double(), matrix.double())
    assert_as_accurate(out, exact, gated_linear_reference(x, matrix))


def test_a_closed_gate_lets_nothing_through(path):
    matrix = torch.randn(2 * 20, 32)
    matrix[:20] = 0

    out = gated_linear(torch.randn(3, 32), Weight(matrix))

    assert torch.equal(out, torch.zeros(3, 20))
