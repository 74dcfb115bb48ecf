import math
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.sampler import logits_to_choose_from, sample, token_logprobs
from engine.step_plan import LARGEST, TokenChoice

VOCAB_SIZE = 1000
EVERYTHING = {
    "temperature": 0.8,
    "top_k": 50,
    "top_p": 0.9,
    "min_p": 0.01,
    "repetition_penalty": 1.3,
    "presence_penalty": 0.5,
    "frequency_penalty": -0.25,
    "counts": {1: 0, 2: 3, 900: 1},
    "logit_bias": {2: 1.5, 700: -100.0},
}


def row(seed=0, temperature=1.0, **params):
    return TokenChoice(seed=seed, temperature=temperature, **params)


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


def test_logits_that_are_rounded_another_way_give_the_same_tokens():
    """What a batch of another size does to them. With so many tokens of so similar weight, borders are everywhere."""
    logits = torch.randn(150_000)
    rounded = logits + 4e-6 * torch.rand(150_000)
    rows = [row(seed, top_p=1.0 if seed % 2 else 0.9) for seed in range(20)]

    tokens = sample(logits.expand(len(rows), -1), rows)

    assert len(set(tokens)) == len(rows)
    assert sample(rounded.expand(len(rows), -1), rows) == tokens


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


# bias and penalties, against the definition in float64


def adjusted(logits, choice):
    """What a token is chosen from, one token after another."""
    values = logits.double().tolist()
    for token_id, bias in choice.logit_bias.items():
        values[token_id] += bias
    for token_id, count in choice.counts.items():
        value = values[token_id]
        value = value / choice.repetition_penalty if value > 0 else value * choice.repetition_penalty
        values[token_id] = value - count * choice.frequency_penalty - (choice.presence_penalty if count else 0)
    return np.array(values)


def allowed(values, choice):
    """Ids that may be drawn, and their probabilities, from logits in float64."""
    weights = np.exp((values - values.max()) / choice.temperature)
    weights[weights < choice.min_p * weights.max()] = 0
    order = np.argsort(-weights, kind="stable")
    if choice.top_k:
        weights[order[choice.top_k :]] = 0
    weights /= weights.sum()
    mass_before = np.cumsum(weights[order]) - weights[order]
    weights[order[mass_before >= choice.top_p]] = 0
    return weights / weights.sum()


ids = st.integers(0, 19)


@given(
    logits=st.lists(st.floats(-30, 30, width=32), min_size=20, max_size=20),
    counts=st.dictionaries(ids, st.integers(0, 50)),
    logit_bias=st.dictionaries(ids, st.floats(-100, 100)),
    repetition_penalty=st.sampled_from([0.01, 0.8, 1.0, 1.3, 10.0]),
    presence_penalty=st.sampled_from([-2.0, 0.0, 0.7, 2.0]),
    frequency_penalty=st.sampled_from([-2.0, 0.0, 0.3, 2.0]),
)
@settings(max_examples=200, deadline=None)
def test_bias_and_penalties_are_those_of_the_definition(logits, **params):
    logits, choice = torch.tensor(logits), TokenChoice(**params)
    before = logits.clone()

    (actual,) = logits_to_choose_from(logits[None], [choice])

    exact = adjusted(logits, choice)
    # each of the few operations rounds once, relative to the largest value on the way
    largest = np.abs(exact).max() + 130 / min(choice.repetition_penalty, 1)
    assert np.abs(actual.double().numpy() - exact).max() <= 4 * 2**-24 * largest
    assert torch.equal(logits, before)


def test_rows_without_bias_and_penalties_are_not_copied():
    logits = torch.randn(2, VOCAB_SIZE)

    assert logits_to_choose_from(logits, [row(), row()]) is logits


def test_a_greedy_choice_sees_bias_and_penalties():
    logits = torch.tensor([[3.0, 2.0, 1.0, -1.0]])

    def choose(**params):
        return sample(logits, [TokenChoice(**params)])

    assert choose() == [0]
    assert choose(logit_bias={3: 5.0}) == [3]
    assert choose(repetition_penalty=2.0, counts={0: 0}) == [1]  # a token of the prompt
    assert choose(presence_penalty=1.5, counts={0: 0}) == [0]
    assert choose(presence_penalty=1.5, counts={0: 1}) == [1]
    assert choose(frequency_penalty=0.4, counts={0: 2}) == [0]
    assert choose(frequency_penalty=0.4, counts={0: 3}) == [1]


def test_a_token_without_a_chance_is_never_drawn():
    counts = draw(torch.tensor([0.0, 0.1, 0.2]), logit_bias={1: -100.0}, temperature=0.5)

    assert set(counts) == {0, 2}


def test_padding_rows_are_not_revived():
    logits = torch.zeros(4)

    counts = draw(logits, 100, logit_bias={4: 100.0, 9: 100.0}, counts={7: 3}, frequency_penalty=-2.0)

    assert set(counts) <= {0, 1, 2, 3}


@pytest.mark.parametrize(("min_p", "kept"), [(0.0, {0, 1, 2, 3}), (0.12, {0, 1, 2}), (0.5, {2, 0}), (1.0, {2})])
def test_min_p_is_relative_to_the_likeliest(min_p, kept):
    logits = torch.tensor([0.25, 0.2, 0.5, 0.05]).log()

    assert set(draw(logits, min_p=min_p)) == kept


def test_temperature_comes_before_min_p():
    logits = torch.tensor([0.1, 0.9]).log()  # at temperature 2 the ratio is 1/3, not 1/9

    assert set(draw(logits, min_p=0.3, temperature=2.0)) == {0, 1}


@pytest.mark.parametrize("changes", [{}, {"top_k": 0}, {"top_p": 1.0}, {"min_p": 0.2}, {"top_k": 3, "top_p": 0.5}])
def test_draws_with_everything_on_are_distributed_as_defined(changes):
    logits = torch.randn(12) * 2
    params = EVERYTHING | {"counts": {1: 0, 2: 3, 9: 1}, "logit_bias": {2: 1.5, 7: -100.0}} | changes

    counts = draw(logits, 4000, **params)

    exact = allowed(adjusted(logits, row(**params)), row(**params))
    assert set(counts) <= set(np.flatnonzero(exact))
    # 5 standard deviations of a binomial of 4000 are at most 0.04
    assert all(abs(counts[i] / 4000 - p) < 0.04 for i, p in enumerate(exact))


def test_a_row_with_everything_on_draws_the_same_token_alone_and_in_any_batch():
    logits = torch.randn(6, VOCAB_SIZE)
    rows = [row(seed, **EVERYTHING) for seed in range(3)] + [LARGEST, row(3, logit_bias={5: 2.0}), row(4)]

    together = sample(logits, rows)

    assert together == [sample(logits[i : i + 1], rows[i : i + 1])[0] for i in range(6)]
    assert together[::-1] == sample(logits.flip(0), rows[::-1])


@pytest.mark.parametrize("bad", [torch.nan, torch.inf])
def test_a_row_that_is_not_finite_is_not_saved_by_a_bias(bad):
    logits = torch.randn(2, VOCAB_SIZE)
    logits[0, 2] = bad

    tokens = sample(logits, [row(logit_bias={2: -100.0}), row(**EVERYTHING)])

    assert tokens[0] is None and tokens[1] is not None


def test_a_row_in_which_nothing_may_be_chosen_has_no_token():
    assert sample(torch.full((1, 4), -torch.inf), [row(logit_bias={1: 1.0})]) == [None]


# log-probabilities


def test_logprobs_are_those_of_the_softmax_with_the_likeliest_in_order():
    logits, token_ids, num_top = torch.randn(4, VOCAB_SIZE), [3, 1, 4, 999], [0, 2, 20, 1]

    values = token_logprobs(logits, token_ids, num_top)

    exact = logits.double().log_softmax(dim=-1)
    for i, value in enumerate(values):
        assert value.token_id == token_ids[i]
        assert value.logprob == pytest.approx(float(exact[i, token_ids[i]]), abs=1e-5)
        assert [token_id for token_id, _ in value.top] == exact[i].topk(num_top[i]).indices.tolist()
        assert [logprob for _, logprob in value.top] == pytest.approx(
            exact[i].topk(num_top[i]).values.tolist(), abs=1e-5
        )


def test_more_likely_tokens_than_there_are():
    (value,) = token_logprobs(torch.zeros(1, 3), [1], [20])

    assert {token_id for token_id, _ in value.top} == {0, 1, 2}


def test_a_token_beyond_the_vocabulary_cannot_come():
    inside, beyond = token_logprobs(torch.zeros(2, 4), [3, 4], [0, 0])

    assert inside.logprob == pytest.approx(-math.log(4))
    assert beyond.logprob == -math.inf


def test_no_logprobs_are_asked_for():
    assert token_logprobs(torch.empty(0, VOCAB_SIZE), [], []) == []


# what is allowed


def packed(vocab_size, allowed_ids):
    """As TokenMatcher says, padded to a word of 32 bits."""
    bits = np.zeros(-(-vocab_size // 32) * 32, dtype=bool)
    bits[allowed_ids] = True
    return np.packbits(bits, bitorder="little").tobytes()


@pytest.mark.parametrize("vocab_size", [8, 70, 1000])
def test_only_allowed_tokens_are_chosen_and_other_rows_stay_as_they_are(vocab_size):
    torch.manual_seed(3)
    logits = torch.randn(5, vocab_size)
    before = logits.clone()
    allowed = [2, vocab_size - 1]
    choices = [TokenChoice(temperature=i % 2, seed=i) for i in range(5)]
    held = [replace(choice, allowed=packed(vocab_size, allowed)) for choice in choices]

    mixed = sample(logits, [held[0], choices[1], held[2], held[3], choices[4]])
    all_held = sample(logits, held)

    assert torch.equal(logits, before)
    assert {mixed[0], mixed[2], mixed[3], *all_held} <= set(allowed)
    assert mixed[0] == max(allowed, key=lambda i: logits[0, i])
    assert [mixed[1], mixed[4]] == [sample(logits, choices)[i] for i in (1, 4)]


def test_masks_that_are_padded_to_different_lengths_go_together():
    logits = torch.randn(3, 64)
    masks = [packed(64, [1]), packed(64, [2]) + bytes(4), packed(64, [3])[:1]]

    assert sample(logits, [TokenChoice(allowed=mask) for mask in masks]) == [1, 2, 3]


def test_a_row_without_an_allowed_token_has_no_token():
    assert sample(torch.zeros(1, 8), [TokenChoice(allowed=packed(8, []))]) == [None]
