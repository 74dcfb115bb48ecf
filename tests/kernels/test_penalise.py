import pytest
import torch

from kernels.penalise import Penalties, SeenTokens, penalise_, penalise_reference_
from tests.close import assert_as_accurate
from tests.kernels.guarded import guarded_outputs


@pytest.fixture(params=["torch", "triton"])
def on(request) -> str:
    """The device of tensors that take this way."""
    return "cpu" if request.param == "torch" else request.getfixturevalue("triton_device")


def inputs(R, V, num_seen):
    """So many different tokens in every row; some count 0 times."""
    rows = torch.arange(R).repeat_interleave(num_seen)
    ids = torch.cat([torch.randperm(V)[:num_seen] for _ in range(R)]) if R else rows
    seen = SeenTokens(rows, ids, torch.randint(0, 4, (R * num_seen,)).float())
    return torch.randn(R, V) * 4, seen, Penalties(torch.rand(R) + 0.5, torch.randn(R), torch.randn(R))


def moved(part, device):
    return type(part)(*(getattr(part, name).to(device) for name in part.__slots__))


@pytest.mark.parametrize(
    ("R", "V", "num_seen"),
    [
        pytest.param(1, 7, 1, id="one-token"),
        pytest.param(3, 1000, 171, id="one-past-two-blocks"),
        pytest.param(2, 155_008, 300, id="whole-vocabulary"),
        pytest.param(2, 10, 0, id="nothing-seen"),
        pytest.param(0, 10, 0, id="no-rows"),
    ],
)
def test_matches_the_reference_and_leaves_other_tokens_alone(R, V, num_seen, on):
    logits, seen, penalties = inputs(R, V, num_seen)
    exact, naive, actual = logits.double(), logits.clone(), logits.clone().to(on)
    is_seen = torch.zeros(R, V, dtype=torch.bool)
    is_seen[seen.rows, seen.ids] = True
    penalise_reference_(naive, seen, penalties)
    doubles = (part.double() for part in (penalties.repetition, penalties.presence, penalties.frequency))
    penalise_reference_(exact, SeenTokens(seen.rows, seen.ids, seen.counts.double()), Penalties(*doubles))

    penalise_(actual, moved(seen, on), moved(penalties, on))

    assert_as_accurate(actual.cpu(), exact, naive)
    assert torch.equal(actual.cpu()[~is_seen], logits[~is_seen])


def test_penalties_that_are_off_change_nothing(on):
    logits, seen, _ = inputs(3, 100, 20)
    off = Penalties(torch.ones(3), torch.zeros(3), torch.zeros(3))
    actual = logits.clone().to(on)

    penalise_(actual, moved(seen, on), moved(off, on))

    assert torch.equal(actual.cpu(), logits)


def test_nothing_outside_the_logits_is_written(triton_device):
    logits, seen, penalties = inputs(2, 50, 50)

    with guarded_outputs():
        actual = logits.to(triton_device).new_empty(2, 50).copy_(logits)
        penalise_(actual, moved(seen, triton_device), moved(penalties, triton_device))


def test_a_token_of_the_prompt_has_no_presence_and_negative_logits_are_lowered_too(on):
    logits = torch.tensor([[2.0, -2.0, 2.0, 5.0]], device=on)
    seen = SeenTokens(torch.tensor([0, 0, 0]), torch.tensor([0, 1, 2]), torch.tensor([0.0, 0.0, 3.0]))
    penalties = Penalties(torch.tensor([2.0]), torch.tensor([0.5]), torch.tensor([0.25]))

    penalise_(logits, moved(seen, on), moved(penalties, on))

    assert logits.tolist() == [[1.0, -4.0, 1.0 - 0.75 - 0.5, 5.0]]
