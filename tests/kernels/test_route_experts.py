import pytest
import torch
from safetensors.torch import load_file

from kernels.route_experts import route_experts, route_experts_reference
from tests.close import assert_as_accurate
from tests.golden import GOLDEN, needs_golden


def test_the_largest_logits_win_in_descending_order():
    logits = torch.tensor([[0.0, 3.0, 1.0, 2.0], [5.0, 0.0, 0.0, 4.0]])

    ids, weights = route_experts(logits, 2, is_normalised=False)

    assert ids.tolist() == [[1, 3], [0, 3]]
    assert torch.allclose(weights, logits.softmax(dim=-1).gather(1, ids))


def test_normalised_weights_add_up_to_one_and_keep_their_ratio():
    logits = torch.randn(5, 8)

    ids, weights = route_experts(logits, 3, is_normalised=True)

    _, shares = route_experts(logits, 3, is_normalised=False)
    assert torch.allclose(weights.sum(dim=-1), torch.ones(5))
    assert torch.allclose(weights[:, 0] / weights[:, 2], shares[:, 0] / shares[:, 2])


def test_every_group_gives_its_largest_in_the_order_of_groups():
    logits = torch.tensor([[0.0, 9.0, 8.0, 7.0, 1.0, 2.0, 4.0, 3.0]])

    ids, weights = route_experts(logits, 4, is_normalised=False, num_groups=2)

    assert ids.tolist() == [[1, 2, 6, 7]]
    assert torch.allclose(weights, logits.softmax(dim=-1).gather(1, ids))


def test_groups_of_one_expert_each_choose_all():
    ids, weights = route_experts(torch.randn(3, 6), 6, is_normalised=True, num_groups=6)

    assert ids.tolist() == [list(range(6))] * 3
    assert torch.allclose(weights.sum(dim=-1), torch.ones(3))


def test_one_group_is_no_grouping():
    logits = torch.randn(5, 8)

    ids, weights = route_experts(logits, 3, is_normalised=True, num_groups=1)

    plain_ids, plain_weights = route_experts(logits, 3, is_normalised=True)
    assert torch.equal(ids, plain_ids) and torch.equal(weights, plain_weights)


@pytest.mark.parametrize(
    ("tokens", "num_experts", "chosen", "groups"), [(1, 4, 2, 1), (3, 37, 5, 1), (200, 64, 8, 8), (2, 6, 6, 3)]
)
@pytest.mark.parametrize("is_normalised", [True, False])
def test_matches_the_reference(tokens, num_experts, chosen, groups, is_normalised, path):
    logits = torch.randn(tokens, num_experts) * 3

    ids, weights = route_experts(logits, chosen, is_normalised, groups)

    expected_ids, expected = route_experts_reference(logits.double(), chosen, is_normalised, groups)
    assert torch.equal(ids, expected_ids)
    assert_as_accurate(weights, expected, route_experts_reference(logits, chosen, is_normalised, groups)[1])


@pytest.mark.parametrize("poison", [torch.nan, torch.inf])
def test_choices_stay_experts_when_logits_are_not_finite(poison, path):
    logits = torch.randn(2, 8)
    logits[1, 3] = poison

    ids, weights = route_experts(logits, 3, is_normalised=True)

    assert ((ids >= 0) & (ids < 8)).all() and weights[1].isnan().any() and weights[0].isfinite().all()


@needs_golden
def test_grouped_choices_are_those_of_the_reference():
    golden = load_file(GOLDEN / "moe-fp8" / "data.safetensors")

    ids, weights = route_experts(golden["router.logits"], 8, is_normalised=True, num_groups=8)

    assert torch.equal(ids[2:], golden["router.ids"][2:].long())  # the first two rows are exact ties
    assert weights.numpy() == pytest.approx(golden["router.weights"].numpy(), rel=1e-5)
