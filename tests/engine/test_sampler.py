from collections import Counter

import pytest
import torch

from engine.sampler import chosen_logprobs, sample
from engine.step_plan import SequencePlan

VOCAB_SIZE = 1000


def row(seed=0, temperature=1.0, top_k=0, top_p=1.0):
    return SequencePlan(0, [1], 0, [0], True, temperature=temperature, top_k=top_k, top_p=top_p, seed=seed)


def draw(logits, num_draws=2000, **params):
    """How often each token comes out of one row of logits."""
    rows = [row(seed, **params) for seed in range(num_draws)]
    return Counter(sample(logits.expand(num_draws, -1), rows))


def test_temperature_zero_takes_the_largest():
    logits = torch.randn(3, VOCAB_SIZE)

    assert sample(logits, [row(temperature=0.0)] * 3) == logits.argmax(dim=-1).tolist()


def test_frequencies_are_the_softmax():
    logits = torch.tensor([0.5, 0.3, 0.15, 0.05]).log()

    counts = draw(logits, 4000)

    # 4 standard deviations of a binomial of 4000 are at most 0.032
    assert all(abs(counts[i] / 4000 - p) < 0.032 for i, p in enumerate(logits.exp().tolist()))


def test_temperature_sharpens():
    logits = torch.tensor([0.6, 0.4]).log()

    counts = draw(logits, temperature=0.1)

    assert counts[0] > 1930  # 0.6^10 / (0.6^10 + 0.4^10) is 0.983, less 4 standard deviations


@pytest.mark.parametrize("temperature", [1e-30, 1e-5])
def test_a_temperature_near_zero_is_greedy(temperature):
    logits = torch.randn(VOCAB_SIZE)

    assert set(draw(logits, 50, temperature=temperature)) == {int(logits.argmax())}


def test_top_k_draws_from_the_k_largest():
    logits = torch.randn(VOCAB_SIZE)

    assert set(draw(logits, top_k=3)) == set(logits.topk(3).indices.tolist())


def test_top_k_beyond_the_vocabulary_keeps_all_of_it():
    assert set(draw(torch.zeros(4), top_k=100)) == {0, 1, 2, 3}


@pytest.mark.parametrize(
    ("top_p", "kept"), [(0.4, {2}), (0.5, {2}), (0.6, {2, 0}), (0.85, {2, 0, 3}), (1.0, {0, 1, 2, 3})]
)
def test_top_p_keeps_the_fewest_that_reach_it(top_p, kept):
    logits = torch.tensor([0.25, 0.0625, 0.5, 0.1875]).log()

    assert set(draw(logits, top_p=top_p)) == kept


def test_top_p_looks_beyond_the_likely_candidates_of_a_flat_distribution():
    counts = draw(torch.zeros(VOCAB_SIZE), 5000, top_p=0.9)

    assert 850 <= len(counts) <= 901


def test_top_k_comes_before_top_p():
    logits = torch.tensor([0.4, 0.3, 0.2, 0.1]).log()

    assert set(draw(logits, top_k=2, top_p=0.57)) == {0}  # 0.4 / 0.7 is 0.571


def test_a_row_draws_the_same_token_alone_and_in_any_batch():
    logits = torch.randn(4, VOCAB_SIZE)
    rows = [row(5), row(6, top_k=40), row(7, top_p=0.8), row(8, temperature=0.0)]

    together = sample(logits, rows)

    assert together == [sample(logits[i : i + 1], rows[i : i + 1])[0] for i in range(4)]
    assert together[::-1] == sample(logits.flip(0), rows[::-1])


@pytest.mark.parametrize("bad", [torch.nan, torch.inf])
@pytest.mark.parametrize("temperature", [0.0, 1.0])
def test_a_row_that_is_not_finite_fails_alone(bad, temperature):
    logits = torch.randn(3, VOCAB_SIZE)
    logits[1, 17] = bad

    tokens = sample(logits, [row(temperature=temperature)] * 3)

    assert tokens[1] is None
    assert None not in (tokens[0], tokens[2])


def test_no_rows():
    assert sample(torch.empty(0, VOCAB_SIZE), []) == []


def test_chosen_logprobs_are_those_of_the_softmax():
    logits, ids = torch.randn(5, VOCAB_SIZE), [3, 1, 4, 1, 5]

    logprobs = chosen_logprobs(logits, ids)

    assert torch.allclose(torch.tensor(logprobs), logits.log_softmax(dim=-1)[range(5), ids], atol=1e-6)


def test_no_logprobs_are_asked_for():
    assert chosen_logprobs(torch.empty(0, VOCAB_SIZE), []) == []
