import pytest
import torch

from kernels.int8 import quantize
from kernels.linear import Weight, linear, linear_reference
from tests.close import assert_as_accurate

CASES = [
    pytest.param(1, 64, 128, id="decode"),
    pytest.param(3, 37, 71, id="no-multiple-of-a-vector"),
    pytest.param(2, 5, 7, id="less-than-a-vector"),
    pytest.param(11, 48, 96, id="more-than-one-group-of-tokens"),
    pytest.param(130, 80, 300, id="several-blocks-of-everything"),
    pytest.param(0, 16, 32, id="no-tokens"),
]
# Ours adds one column after another, so that rounding does not depend on the batch. On some processors PyTorch adds up
# many short sums, which rounds less: 2.4 times less over 128 columns on an Intel Xeon.
SLACK_OF_A_CHAIN = 3.0


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize(("tokens", "rows", "columns"), CASES)
def test_matches_the_reference(tokens, rows, columns, dtype, path):
    x, matrix = torch.randn(tokens, columns).to(dtype), torch.randn(rows, columns).to(dtype)

    out = linear(x, Weight(matrix.clone()))

    exact = linear_reference(x.double(), matrix.double())
    assert_as_accurate(out, exact, linear_reference(x, matrix), SLACK_OF_A_CHAIN)


def test_the_identity_copies(path):
    x = torch.randn(5, 40)

    assert torch.equal(linear(x, Weight(torch.eye(40))), x)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_a_token_does_not_depend_on_the_others(dtype, compiled):
    x, weight = torch.randn(113, 600).to(dtype), Weight(torch.randn(150, 600).to(dtype))
    alone = torch.cat([linear(row[None], weight) for row in x])

    for size in (2, 3, 7, 13, 113):
        assert torch.equal(torch.cat([linear(rows, weight) for rows in x.split(size)]), alone), size


def test_float32_results_of_bfloat16_products_are_not_rounded(compiled):
    x, matrix = torch.randn(2, 64).bfloat16(), torch.randn(50, 64).bfloat16()

    out = linear(x, Weight(matrix.clone()), out_dtype=torch.float32)

    assert_as_accurate(out, x.double() @ matrix.double().T, x.float() @ matrix.float().T)


def test_a_nan_stays_in_its_row(path):
    x = torch.randn(4, 32).bfloat16()
    x[2, 5] = torch.nan

    out = linear(x, Weight(torch.randn(20, 32).bfloat16()))

    assert out[2].isnan().all()
    assert out[[0, 1, 3]].isfinite().all()


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize(("tokens", "rows", "columns"), CASES)
def test_int8_weights_are_those_that_they_stand_for(tokens, rows, columns, dtype, path):
    x, codes = torch.randn(tokens, columns).to(dtype), quantize((torch.randn(rows, columns) / columns**0.5).to(dtype))
    matrix = codes.codes.double() * codes.scales[:, None].double()

    out = linear(x, Weight(codes), out_dtype=torch.float32)

    error = (out.double() - x.double() @ matrix.T).abs()
    half_a_step = x.double().abs().amax(dim=1, keepdim=True) / 65534 if path == "compiled" else torch.zeros(tokens, 1)
    weights_rounded_by_torch = 2**-8 if path == "torch" and dtype == torch.bfloat16 else 0
    allowed = half_a_step * matrix.abs().sum(dim=1) + weights_rounded_by_torch * x.double().abs() @ matrix.abs().T
    assert (error <= allowed + 1e-5).all()


@pytest.mark.parametrize("poison", [torch.nan, torch.inf])
def test_what_is_not_finite_stays_so_beside_int8_weights(poison, path):
    x = torch.randn(3, 300)
    x[1, 200] = poison

    out = linear(x, Weight(quantize(torch.randn(20, 300))))

    assert not out[1].isfinite().any() and out[[0, 2]].isfinite().all()


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("shape", [(64, 48), (37, 71)])
def test_rows_come_back_out_of_panels(shape, dtype, compiled):
    matrix, ids = torch.randn(shape).to(dtype), torch.tensor([0, 5, 36, 17])

    weight = Weight(matrix.clone())

    assert torch.equal(weight.rows(ids), matrix[ids])
    codes = quantize(matrix)
    assert torch.equal(Weight(quantize(matrix)).rows(ids), codes.rows(ids))
