import math

import pytest

from engine.errors import InvalidRequest
from engine.sampling_params import MAX_TOKENS_LIMIT, SamplingParams


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
        {"prompt_logprobs": -1},
    ],
    ids=str,
)
def test_a_value_past_a_limit_is_refused_by_name(refused):
    ((name, value),) = refused.items()

    with pytest.raises(InvalidRequest, match=f"{name} is {value}; it must be "):
        SamplingParams(**refused)
