import pytest
import torch
from safetensors.torch import load_file

from kernels.route_experts import route_experts, route_experts_reference
from tests.close import assert_as_accurate
from tests.golden import GOLDEN, needs_golden
from tests.kernels.guarded import guarded_outputs


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


@pytest.mark.parametrize(
    ("tokens", "num_experts", "chosen", "groups"),
    [
        pytest.param(0, 16, 4, 1, id="no-tokens"),
        pytest.param(1, 128, 8, 1, id="one-token-of-s1"),
        pytest.param(9, 512, 8, 8, id="pro-and-a-block-cut-off"),
        pytest.param(5, 37, 5, 1, id="no-power-of-two"),
        pytest.param(6, 18, 6, 3, id="groups-that-are-no-power-of-two"),
        pytest.param(2, 6, 6, 6, id="all-are-chosen"),
    ],
)
@pytest.mark.parametrize("is_normalised", [True, False])
def test_the_kernel_matches_the_reference(tokens, num_experts, chosen, groups, is_normalised, triton_device):
    logits = (torch.randn(tokens, num_experts) * 3).to(triton_device)

    with guarded_outputs():
        ids, weights = route_experts(logits, chosen, is_normalised, groups)

    expected_ids, expected = route_experts_reference(logits.double(), chosen, is_normalised, groups)
    assert torch.equal(ids, expected_ids)
    assert_as_accurate(weights, expected, route_experts_reference(logits, chosen, is_normalised, groups)[1])


@pytest.mark.parametrize("groups", [1, 2])
def test_the_kernel_takes_the_first_of_equal_shares(groups, triton_device):
    logits = torch.randint(0, 3, (7, 20), device=triton_device).float()

    ids, weights = route_experts(logits, 4, False, groups)

    sorted_shares = logits.softmax(dim=-1).view(7, groups, -1).sort(dim=-1, descending=True, stable=True)
    first = torch.arange(0, 20, 20 // groups, device=triton_device)[:, None]
    assert torch.equal(ids, (sorted_shares.indices[:, :, : 4 // groups] + first).flatten(1))
    assert torch.allclose(weights, sorted_shares.values[:, :, : 4 // groups].flatten(1))


@pytest.mark.filterwarnings("ignore:invalid value encountered:RuntimeWarning")  # by numpy, in the interpreter
@pytest.mark.parametrize("groups", [1, 4])
@pytest.mark.parametrize("is_normalised", [True, False])
@pytest.mark.parametrize("poison", [torch.nan, -torch.nan, torch.inf])
def test_the_kernel_chooses_experts_when_logits_are_not_finite(poison, is_normalised, groups, triton_device):
    logits = torch.randn(5, 12, device=triton_device)
    logits[1, 3], logits[2] = poison, poison

    ids, weights = route_experts(logits, 4, is_normalised, groups)

    assert ((ids >= 0) & (ids < 12)).all() and all(len(row.unique()) == 4 for row in ids)
    assert weights[1:3].isnan().all() and weights[[0, 3, 4]].isfinite().all()


def test_the_kernel_gives_a_token_the_same_whoever_is_beside_it(triton_device):
    logits = torch.randn(10, 64, device=triton_device)

    together = route_experts(logits, 8, True, 8)

    alone = [route_experts(row[None], 8, True, 8) for row in logits]
    assert all(
        torch.equal(both, torch.cat(parts)) for both, parts in zip(together, zip(*alone, strict=True), strict=True)
    )


@needs_golden
def test_the_kernel_chooses_as_the_reference_of_the_parity_data_does(triton_device):
    golden = load_file(GOLDEN / "moe-fp8" / "data.safetensors")

    ids, weights = route_experts(golden["router.logits"].to(triton_device), 8, is_normalised=True, num_groups=8)

    assert torch.equal(ids.cpu(), golden["router.ids"].long())  # ties too: to the lowest
    assert weights.cpu().numpy() == pytest.approx(golden["router.weights"].numpy(), rel=1e-5)


@needs_golden
def test_grouped_choices_are_those_of_the_reference():
    golden = load_file(GOLDEN / "moe-fp8" / "data.safetensors")

    ids, weights = route_experts(golden["router.logits"], 8, is_normalised=True, num_groups=8)

    assert torch.equal(ids[2:], golden["router.ids"][2:].long())  # the first two rows are exact ties
    assert weights.numpy() == pytest.approx(golden["router.weights"].numpy(), rel=1e-5)
