import torch

from kernels.route_experts import route_experts


def test_the_largest_logits_win_in_descending_order():
    logits = torch.tensor([[0.0, 3.0, 1.0, 2.0], [5.0, 0.0, 0.0, 4.0]])

    ids, weights = route_experts(logits, 2, is_normalised=False)

    assert ids.tolist() == [[1, 3], [0, 3]]
    assert torch.equal(weights, logits.softmax(dim=-1).gather(1, ids))


def test_normalised_weights_add_up_to_one_and_keep_their_ratio():
    logits = torch.randn(5, 8)

    ids, weights = route_experts(logits, 3, is_normalised=True)

    _, shares = route_experts(logits, 3, is_normalised=False)
    assert torch.allclose(weights.sum(dim=-1), torch.ones(5))
    assert torch.allclose(weights[:, 0] / weights[:, 2], shares[:, 0] / shares[:, 2])
