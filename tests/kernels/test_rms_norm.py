import pytest
import torch

from kernels.rms_norm import add_rms_norm_, rms_norm_reference
from tests.close import assert_as_accurate

EPS = 1e-5


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize(
    ("tokens", "hidden"),
    [
        pytest.param(1, 64, id="decode"),
        pytest.param(3, 21, id="no-multiple-of-a-vector"),
        pytest.param(40, 72, id="many-tokens"),
        pytest.param(0, 64, id="no-tokens"),
    ],
)
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
