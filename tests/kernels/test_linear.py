import pytest
import torch

from kernels.linear import MAX_FEW_TOKENS, Weight, linear, linear_reference
from tests.close import assert_as_accurate

CASES = [
    pytest.param(1, 64, 128, id="decode"),
    pytest.param(3, 37, 71, id="no-multiple-of-a-vector"),
    pytest.param(2, 5, 7, id="less-than-a-vector"),
    pytest.param(11, 48, 96, id="more-than-one-group-of-tokens"),
    pytest.param(MAX_FEW_TOKENS + 1, 48, 96, id="too-many-for-our-own"),
    pytest.param(0, 16, 32, id="no-tokens"),
]


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize(("tokens", "rows", "columns"), CASES)
def test_matches_the_reference(tokens, rows, columns, dtype, path):
    x, matrix = torch.randn(tokens, columns).to(dtype), torch.randn(rows, columns).to(dtype)

    out = linear(x, Weight(matrix))

    exact = linear_reference(x.double(), matrix.double())
    assert_as_accurate(out, exact, linear_reference(x, matrix))


def test_the_identity_copies(path):
    x = torch.randn(5, 40)

    assert torch.equal(linear(x, Weight(torch.eye(40))), x)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_a_token_does_not_depend_on_the_others(dtype, compiled):
    x, weight = torch.randn(MAX_FEW_TOKENS, 100).to(dtype), Weight(torch.randn(70, 100).to(dtype))

    together = linear(x, weight)

    alone = torch.cat([linear(row[None], weight) for row in x])
    assert torch.equal(together, alone)


def test_float32_results_of_bfloat16_products_are_not_rounded(compiled):
    x, matrix = torch.randn(2, 64).bfloat16(), torch.randn(50, 64).bfloat16()

    out = linear(x, Weight(matrix), out_dtype=torch.float32)

    assert_as_accurate(out, x.double() @ matrix.double().T, x.float() @ matrix.float().T)


def test_a_nan_stays_in_its_row(path):
    x = torch.randn(4, 32).bfloat16()
    x[2, 5] = torch.nan

    out = linear(x, Weight(torch.randn(20, 32).bfloat16()))

    assert out[2].isnan().all()
    assert out[[0, 1, 3]].isfinite().all()
