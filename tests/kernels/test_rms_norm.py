import pytest
import torch

from kernels.rms_norm import add_rms_norm_, rms_norm, rms_norm_reference
from tests.close import assert_as_accurate
from tests.kernels.guarded import guarded_outputs

EPS = 1e-5
SHAPES = [
    pytest.param(1, 64, id="decode"),
    pytest.param(3, 21, id="no-multiple-of-a-vector"),
    pytest.param(40, 72, id="many-tokens"),
    pytest.param(0, 64, id="no-tokens"),
]


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize(("tokens", "hidden"), SHAPES)
def test_matches_the_reference(tokens, hidden, dtype, path):
    residual, x = torch.randn(tokens, hidden), torch.randn(tokens, hidden).to(dtype)
    weight, added = torch.rand(hidden).to(dtype), residual + x

    out = add_rms_norm_(residual, x, weight, EPS)

    assert torch.equal(residual, added)
    exact = rms_norm_reference(added.double(), weight.double(), EPS)
    assert_as_accurate(out, exact, rms_norm_reference(added.to(dtype), weight, EPS))


def test_a_row_of_zeros_stays_zero(path):
    residual = torch.zeros(2, 32)

    out = add_rms_norm_(residual, torch.zeros(2, 32), torch.ones(32), EPS)

    assert torch.equal(out, torch.zeros(2, 32))


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize(("tokens", "hidden"), [*SHAPES, pytest.param(2, 8192, id="largest")])
def test_the_kernel_matches_the_reference_and_writes_its_rows_only(tokens, hidden, dtype, triton_device):
    rows = torch.randn(tokens + 2, hidden, device=triton_device)
    rows[0], rows[-1] = torch.nan, torch.nan
    before, residual = rows.clone(), rows[1:-1]
    x, weight = torch.randn_like(residual).to(dtype), torch.rand(hidden, device=triton_device).to(dtype)
    added = residual + x

    with guarded_outputs():
        out = add_rms_norm_(residual, x, weight, EPS)

    assert torch.equal(residual, added)
    assert torch.equal(rows[[0, -1]].view(torch.int32), before[[0, -1]].view(torch.int32))
    exact = rms_norm_reference(added.double(), weight.double(), EPS)
    assert_as_accurate(out, exact, rms_norm_reference(added.to(dtype), weight, EPS))


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_columns_of_a_wider_row_are_normalised_alone(dtype, triton_device):
    """As the queries of a vision tower are, over all heads at once."""
    fused = torch.full((2, 5, 3 * 40), torch.nan, device=triton_device).to(dtype)
    queries, weight = fused[..., 40:80], torch.rand(40, device=triton_device).to(dtype)
    queries.copy_(torch.randn(2, 5, 40))

    with guarded_outputs():
        out = rms_norm(queries, weight, EPS)

    exact = rms_norm_reference(queries.double(), weight.double(), EPS)
    assert_as_accurate(out, exact, rms_norm_reference(queries, weight, EPS))


def test_nothing_added_is_the_plain_norm(triton_device):
    x, weight = torch.randn(3, 100, device=triton_device), torch.rand(100, device=triton_device)

    added = add_rms_norm_(torch.zeros_like(x), x, weight, EPS)

    assert torch.equal(added, rms_norm(x, weight, EPS))


def test_a_power_of_two_scales_the_result_exactly(triton_device):
    x, weight = torch.randn(3, 100, device=triton_device), torch.rand(100, device=triton_device)

    assert torch.equal(rms_norm(x, 4 * weight, EPS), 4 * rms_norm(x, weight, EPS))


def test_a_hidden_size_that_no_program_can_hold_is_refused(triton_device):
    x = torch.zeros(1, 8193, device=triton_device)

    with pytest.raises(AssertionError, match="8193"):
        rms_norm(x, x[0], EPS)
