import math

import pytest

from engine.errors import InvalidRequest
from engine.grammar.structure import JsonObject
from engine.sampling_params import (
    MAX_BIASES,
    MAX_LOGPROBS,
    MAX_SAMPLES,
    MAX_STOP_LENGTH,
    MAX_STOP_STRINGS,
    MAX_TOKENS_LIMIT,
    SamplingParams,
)


@pytest.mark.parametrize(
    "allowed",
    [
        {},
        {"max_tokens": 1},
        {"max_tokens": MAX_TOKENS_LIMIT},
        {"temperature": 0.0},
        {"temperature": 10.0},
        {"top_k": 0},
        {"top_p": 1.0},
        {"top_p": 1e-9},
        {"min_p": 0.0},
        {"min_p": 1.0},
        {"repetition_penalty": 0.01},
        {"repetition_penalty": 10.0},
        {"presence_penalty": -2.0},
        {"presence_penalty": 2.0},
        {"frequency_penalty": -2.0},
        {"frequency_penalty": 2.0},
        {"logit_bias": {0: -100.0, 5: 100}},
        {"logit_bias": dict.fromkeys(range(MAX_BIASES), 1.0)},
        {"stop": ("x" * MAX_STOP_LENGTH,) * MAX_STOP_STRINGS},
        {"n": 1},
        {"n": MAX_SAMPLES},
        {"logprobs": None},
        {"logprobs": 0},
        {"logprobs": MAX_LOGPROBS},
        {"prompt_logprobs": 0},
        {"seed": -1},
    ],
    ids=str,
)
def test_values_up_to_the_limits_are_accepted(allowed):
    params = SamplingParams(**allowed)

    assert all(getattr(params, name) == value for name, value in allowed.items())


@pytest.mark.parametrize(
    "refused",
    [
        {"max_tokens": 0},
        {"max_tokens": MAX_TOKENS_LIMIT + 1},
        {"temperature": -0.1},
        {"temperature": 10.1},
        {"temperature": math.nan},
        {"temperature": math.inf},
        {"top_k": -1},
        {"top_p": 0.0},
        {"top_p": 1.1},
        {"top_p": math.nan},
        {"min_p": -0.1},
        {"min_p": 1.1},
        {"min_p": math.nan},
        {"repetition_penalty": 0.0},
        {"repetition_penalty": 10.1},
        {"presence_penalty": -2.1},
        {"presence_penalty": math.nan},
        {"frequency_penalty": 2.1},
        {"n": 0},
        {"n": MAX_SAMPLES + 1},
        {"logprobs": -1},
        {"logprobs": MAX_LOGPROBS + 1},
        {"prompt_logprobs": -1},
    ],
    ids=str,
)
def test_a_value_past_a_limit_is_refused_by_name(refused):
    ((name, value),) = refused.items()

    with pytest.raises(InvalidRequest, match=f"{name} is {value}; it must be "):
        SamplingParams(**refused)


@pytest.mark.parametrize(
    ("refused", "message"),
    [
        ({"logit_bias": {3: 100.5}}, "logit_bias of token 3 is 100.5; it must be -100 to 100"),
        ({"logit_bias": {3: math.nan}}, "logit_bias of token 3 is nan"),
        ({"logit_bias": {-1: 1.0}}, "logit_bias is for the token -1; it must be for token ids"),
        ({"logit_bias": {"3": 1.0}}, "logit_bias is for the token '3'"),
        ({"logit_bias": dict.fromkeys(range(MAX_BIASES + 1), 1.0)}, "logit_bias is 1,025 entries; .* at most 1,024"),
        ({"stop": "###"}, "stop is '###'; it must be a tuple of texts"),
        ({"stop": (7,)}, r"stop is \(7,\); it must be a tuple of texts"),
        ({"stop": ("a",) * 17}, "stop is 17 texts; it must be at most 16"),
        ({"stop": ("a", "")}, "stop is a text of 0 characters; it must be texts of 1 to 256"),
        ({"stop": ("x" * 257,)}, "stop is a text of 257 characters"),
    ],
    ids=str,
)
def test_biases_and_stop_texts_are_refused_with_what_is_wrong(refused, message):
    with pytest.raises(InvalidRequest, match=message):
        SamplingParams(**refused)


def test_samples_have_seeds_of_their_own_and_the_prompt_is_asked_about_once():
    samples = SamplingParams(n=4, seed=7, prompt_logprobs=5, temperature=1.0).samples()

    assert [sample.n for sample in samples] == [1] * 4
    assert samples[0].seed == 7 and len({sample.seed for sample in samples}) == 4
    assert samples == SamplingParams(n=4, seed=7, prompt_logprobs=5, temperature=1.0).samples()
    assert [sample.prompt_logprobs for sample in samples] == [5, 0, 0, 0]
    assert {sample.seed for sample in SamplingParams(n=3).samples()} == {None}


def test_an_answer_with_a_structure_ends_with_it():
    with pytest.raises(InvalidRequest, match="^ignore_eos is on, and an answer held to a structure ends with"):
        SamplingParams(structure=JsonObject(), ignore_eos=True)
