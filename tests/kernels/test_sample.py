from dataclasses import fields

import pytest
import torch

from kernels.exponential_times import exponential_times
from kernels.sample import RowRules, sample, sample_reference
from tests.kernels.guarded import guarded_outputs

VOCAB_SIZE = 155_008
SETTINGS = {
    "plain": {},
    "temperature": {"temperature": 0.3},
    "top-k": {"top_k": 5},
    "top-p": {"top_p": 0.4},
    "top-k-and-top-p": {"top_k": 40, "top_p": 0.6},
    "min-p": {"min_p": 0.2},
    "everything": {"temperature": 1.3, "top_k": 30, "top_p": 0.8, "min_p": 0.02},
    "greedy": {"temperature": 0.0},
}


@pytest.fixture(params=["torch", "triton"])
def on(request) -> str:
    """The device of tensors that take this way."""
    return "cpu" if request.param == "torch" else request.getfixturevalue("triton_device")


def rules_for(num_rows, temperature=1.0, top_k=0, top_p=1.0, min_p=0.0, first_seed=0):
    """The same for every row but the seed."""
    return RowRules(
        torch.full((num_rows,), temperature),
        torch.full((num_rows,), top_k, dtype=torch.int32),
        torch.full((num_rows,), top_p, dtype=torch.float64),
        torch.full((num_rows,), min_p),
        torch.arange(first_seed, first_seed + num_rows) * 1_000_003 + 2**61,
    )


def parts(rules):
    return [getattr(rules, field.name) for field in fields(rules)]


def joined(all_rules):
    return RowRules(*map(torch.cat, zip(*map(parts, all_rules), strict=True)))


def draw(logits, rules, on):
    return sample(logits.to(on), RowRules(*(part.to(on) for part in parts(rules)))).cpu()


@pytest.mark.parametrize("setting", SETTINGS)
@pytest.mark.parametrize("vocab_size", [1, 2, 1000, 2049])
def test_every_token_is_that_of_a_full_sort(vocab_size, setting, on):
    num_rows = 8 if vocab_size > 2 else 2
    logits, rules = torch.randn(num_rows, vocab_size) * 2, rules_for(num_rows, **SETTINGS[setting])

    tokens = draw(logits, rules, on)

    assert torch.equal(tokens, sample_reference(logits.double(), rules))


@pytest.mark.slow
def test_a_whole_vocabulary(on):
    settings = [SETTINGS[name] for name in ("plain", "everything", "greedy")]
    rules = joined([rules_for(1, first_seed=i, **setting) for i, setting in enumerate(settings)])
    logits = torch.randn(len(settings), VOCAB_SIZE) * 2

    tokens = draw(logits, rules, on)

    assert torch.equal(tokens, sample_reference(logits.double(), rules))


@pytest.mark.parametrize(
    ("setting", "num_kept"),
    [
        pytest.param({"top_k": 1}, 1, id="one"),
        pytest.param({"top_k": 3}, 3, id="top-k"),
        pytest.param({"top_p": 0.5}, 4, id="half"),
        pytest.param({"top_p": 5 / 8}, 5, id="one-past-half"),
        pytest.param({"top_p": 1e-9}, 1, id="tiny-top-p"),
        pytest.param({"top_k": 6, "top_p": 1 / 3}, 2, id="a-third-of-the-largest", marks=pytest.mark.slow),
        pytest.param({"top_k": 3, "top_p": 0.6}, 2, id="the-last-of-the-largest-is-too-much"),
        pytest.param({"top_k": 1000, "min_p": 1.0}, 8, id="all"),
    ],
)
def test_of_equal_logits_the_lowest_ids_are_kept_and_no_others(setting, num_kept, triton_device):
    """Their masses are exact, so the borders are too; each of the kept has its turn."""
    logits = torch.full((1, 8), -1.5)

    tokens = draw(logits.expand(50, -1), rules_for(50, **setting), triton_device)

    assert set(tokens.tolist()) == set(range(num_kept))


def test_equal_logits_of_both_zeros_are_ordered_by_id(triton_device):
    logits = torch.tensor([[-1.0, -0.0, 0.0, -0.0]])

    assert draw(logits, rules_for(1, temperature=0.0), triton_device).tolist() == [1]
    assert set(draw(logits.expand(40, -1), rules_for(40, top_k=2), triton_device).tolist()) == {1, 2}


def test_a_token_without_a_chance_is_not_drawn_even_if_the_rest_is_one(on):
    logits = torch.full((20, 300), -torch.inf)
    logits[:, 299] = -3.0

    assert draw(logits, rules_for(20), on).tolist() == [299] * 20
    assert draw(logits, rules_for(20, top_k=50, top_p=0.5), on).tolist() == [299] * 20


def test_the_last_to_arrive_is_drawn_where_no_other_has_a_chance(on):
    seed = 1895217571321136450  # whose share of id 5 rounds to 1, behind which no time is finite
    logits = torch.full((1, 9), -torch.inf)
    logits[0, 5] = 2.0
    rules = rules_for(1)
    rules.seeds[0] = seed

    assert exponential_times(seed, torch.tensor([5])) > 16
    assert draw(logits, rules, on).tolist() == [5]


@pytest.mark.parametrize("bad", [torch.nan, -torch.nan, torch.inf])
@pytest.mark.parametrize("setting", ["greedy", "everything"])
def test_a_row_that_is_not_finite_fails_alone(bad, setting, on):
    logits = torch.randn(3, 100)
    logits[1, 17] = bad
    rules = rules_for(3, **SETTINGS[setting])

    tokens = draw(logits, rules, on)

    assert tokens[1] == -1
    assert torch.equal(tokens, sample_reference(logits.double(), rules))


def test_a_row_in_which_nothing_may_be_chosen_has_no_token(on):
    assert draw(torch.full((2, 10), -torch.inf), rules_for(2), on).tolist() == [-1, -1]


def test_no_rows(on):
    assert draw(torch.empty(0, 10), rules_for(0), on).tolist() == []


def test_a_row_draws_the_same_token_alone_and_among_any_others(on):
    logits = torch.randn(len(SETTINGS), 1000)
    alone = [rules_for(1, first_seed=i, **setting) for i, setting in enumerate(SETTINGS.values())]
    others = torch.full((1, 1000), torch.nan)

    tokens = draw(logits, joined(alone), on)

    assert tokens.tolist() == [int(draw(row[None], rule, on)) for row, rule in zip(logits, alone, strict=True)]
    mixed = draw(torch.cat((others, logits.flip(0))), joined([alone[0], *alone[::-1]]), on)
    assert mixed.tolist() == [-1, *tokens.tolist()[::-1]]


def test_padding_behind_a_row_is_not_read(triton_device):
    padded = torch.full((4, 1100), torch.nan)
    padded[:, :1000] = torch.randn(4, 1000)
    rules = rules_for(4, **SETTINGS["everything"])

    assert torch.equal(draw(padded[:, :1000], rules, triton_device), sample_reference(padded[:, :1000].double(), rules))


def test_nothing_outside_the_tokens_is_written(triton_device):
    with guarded_outputs():
        draw(torch.randn(3, 70), rules_for(3, **SETTINGS["everything"]), triton_device)
