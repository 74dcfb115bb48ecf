import pytest
import torch

from kernels.combine_experts import combine_experts, combine_experts_reference
from tests.close import assert_as_accurate
from tests.kernels.guarded import guarded_outputs


def inputs(tokens, chosen, hidden, dtype, device):
    rows = torch.randn(tokens * chosen, hidden).to(dtype)
    return rows.to(device), torch.randperm(tokens * chosen).view(tokens, chosen).int().to(device)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize(
    ("tokens", "chosen", "hidden"),
    [
        pytest.param(0, 8, 64, id="no-tokens"),
        pytest.param(1, 8, 64, id="one-token"),
        pytest.param(5, 3, 96, id="no-power-of-two"),
        pytest.param(3, 8, 1030, id="more-than-one-block-of-columns"),
    ],
)
def test_matches_the_reference(tokens, chosen, hidden, dtype, triton_device):
    rows, places = inputs(tokens, chosen, hidden, dtype, triton_device)

    with guarded_outputs():
        out = combine_experts(rows, places)

    exact = combine_experts_reference(rows.double(), places)
    assert_as_accurate(out, exact, combine_experts_reference(rows, places))


def test_one_row_for_each_token_is_moved_exactly(triton_device):
    rows, places = inputs(9, 1, 40, torch.bfloat16, triton_device)

    assert torch.equal(combine_experts(rows, places), rows[places[:, 0].long()])


def test_rows_are_added_in_the_order_of_choices(triton_device):
    rows = torch.tensor([[2.0**24], [1.0], [-(2.0**24)]], device=triton_device)
    places = torch.tensor([[0, 1, 2], [0, 2, 1]], dtype=torch.int32, device=triton_device)

    assert combine_experts(rows, places).tolist() == [[0.0], [1.0]]  # 2^24 + 1 is not a float32


def test_a_row_of_nobody_is_not_read(triton_device):
    rows, places = inputs(4, 2, 40, torch.float32, triton_device)
    before = combine_experts(rows, places[:3].contiguous())

    rows[places[3].long()] = torch.nan

    assert torch.equal(combine_experts(rows, places[:3].contiguous()), before)


def test_the_cpu_adds_in_float32():
    rows, places = inputs(4, 8, 40, torch.bfloat16, "cpu")

    out = combine_experts(rows, places)

    exact = combine_experts_reference(rows.double(), places)
    assert_as_accurate(out, exact, combine_experts_reference(rows, places))
