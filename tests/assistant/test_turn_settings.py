import math

import pytest

from assistant.turn_settings import LIMITS, BadSetting, TurnSettings, turn_settings
from engine.sampling_params import SamplingParams

FAMILY = SamplingParams(max_tokens=2048, temperature=0.8, top_k=50, top_p=0.95)


def test_what_nobody_set_is_as_the_family_has_it():
    assert TurnSettings().params(FAMILY) == FAMILY


def test_what_somebody_set_takes_the_place_of_the_familys():
    settings = turn_settings({"temperature": 0, "seed": 7, "max_tokens": 100}, enable_thinking=False)

    params = settings.params(FAMILY)

    assert (params.temperature, params.seed, params.max_tokens) == (0, 7, 100)
    assert (params.top_k, params.top_p) == (50, 0.95)
    assert not settings.enable_thinking


@pytest.mark.parametrize("name", LIMITS)
def test_both_ends_of_every_range_are_taken_by_the_engine_too(name):
    for value in (LIMITS[name].low, LIMITS[name].high):
        assert getattr(turn_settings({name: value}, enable_thinking=True).params(FAMILY), name) == value


@pytest.mark.parametrize("name", LIMITS)
@pytest.mark.parametrize("beyond", [-1, 1e17, math.inf, -math.inf, math.nan, "warm", "1", True, [1]])
def test_a_value_out_of_its_range_is_refused_by_name(name, beyond):
    with pytest.raises(BadSetting) as refusal:
        turn_settings({name: beyond}, enable_thinking=True)

    assert refusal.value.name == name
    assert refusal.value.limits == LIMITS[name]


@pytest.mark.parametrize("name", ["top_k", "max_tokens", "seed"])
def test_a_count_is_a_whole_number_however_the_browser_writes_it(name):
    assert getattr(turn_settings({name: 12.0}, enable_thinking=True), name) == 12
    with pytest.raises(BadSetting):
        turn_settings({name: 12.5}, enable_thinking=True)


@pytest.mark.parametrize("given", [None, "", [], 3, {}, {"temperature": None}, {"colour": 3}])
def test_whatever_else_the_browser_sends_changes_nothing(given):
    assert turn_settings(given, enable_thinking=True) == TurnSettings()
