import pytest
import torch

from kernels.sort_by_expert import sort_by_expert, sort_by_expert_reference
from tests.kernels.guarded import guarded_outputs


def chosen(tokens, num_chosen, num_experts):
    return torch.stack([torch.randperm(num_experts)[:num_chosen] for _ in range(tokens)])


CASES = [
    pytest.param(torch.empty(0, 8, dtype=torch.int64), 16, id="no-tokens"),
    pytest.param(torch.tensor([[3]]), 4, id="one-choice-of-the-last"),
    pytest.param(torch.tensor([[0]]), 1, id="one-expert"),
    pytest.param(torch.full((129, 1), 2), 5, id="all-to-one-and-one-past-a-block"),
    pytest.param(chosen(16, 8, 37), 37, id="whole-block-no-power-of-two"),
    pytest.param(chosen(200, 4, 128), 300, id="many-blocks-and-experts-without-tokens"),
    pytest.param(chosen(300, 8, 512), 512, id="more-than-a-few-choices", marks=pytest.mark.slow),
]


@pytest.mark.parametrize(("ids", "num_experts"), CASES)
def test_choices_stand_in_the_order_of_experts_and_of_their_own(ids, num_experts, triton_device):
    with guarded_outputs():
        found = sort_by_expert(ids.to(triton_device), num_experts)

    expected = sort_by_expert_reference(ids, num_experts)
    for name in ("offsets", "order", "places"):
        ours, theirs = getattr(found, name).cpu(), getattr(expected, name)
        assert ours.dtype == torch.int32 and torch.equal(ours, theirs), name


def test_the_definition_gives_what_the_first_lines_say():
    found = sort_by_expert(torch.tensor([[2, 0], [0, 2]]), 3)

    assert found.offsets.tolist() == [0, 2, 2, 4]
    assert found.order.tolist() == [1, 2, 0, 3]
    assert found.places.tolist() == [[2, 0], [1, 3]]


def test_order_and_places_undo_each_other(triton_device):
    ids = chosen(60, 8, 64).to(triton_device)

    found = sort_by_expert(ids, 64)

    assert torch.equal(found.places.flatten()[found.order.long()], torch.arange(480, device=triton_device).int())
    assert torch.equal(found.order.sort().values, torch.arange(480, device=triton_device).int())
    assert (ids.flatten()[found.order.long()].diff() >= 0).all()
