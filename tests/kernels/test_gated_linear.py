import pytest
import torch

from kernels.gated_linear import GatedWeight, gated_linear, gated_linear_reference
from kernels.int8 import quantize
from tests.close import assert_as_accurate


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize(
    ("tokens", "width", "columns"),
    [
        pytest.param(1, 64, 128, id="decode"),
        pytest.param(9, 37, 71, id="no-multiple-of-a-vector"),
        pytest.param(130, 80, 300, id="several-blocks-of-everything"),
    ],
)
def test_matches_the_reference(tokens, width, columns, dtype, path):
    x, matrix = torch.randn(tokens, columns).to(dtype), (torch.randn(2 * width, columns) / columns**0.5).to(dtype)

    out = gated_linear(x, GatedWeight(matrix.clone()))

    exact = gated_linear_reference(x.double(), matrix.double())
    assert_as_accurate(out, exact, gated_linear_reference(x, matrix))


def test_a_closed_gate_lets_nothing_through(path):
    matrix = torch.randn(2 * 20, 32)
    matrix[:20] = 0

    out = gated_linear(torch.randn(3, 32), GatedWeight(matrix))

    assert torch.equal(out, torch.zeros(3, 20))


@pytest.mark.parametrize("width", [32, 37])
def test_int8_weights_are_those_that_they_stand_for(width, path):
    x, codes = torch.randn(5, 48).bfloat16(), quantize(torch.randn(2 * width, 48).bfloat16() / 48**0.5)
    exact = gated_linear_reference(x.double(), codes.dequantize().double())
    rounded = gated_linear_reference(x, codes.dequantize())

    out = gated_linear(x, GatedWeight(codes))

    assert_as_accurate(out, exact, rounded)
