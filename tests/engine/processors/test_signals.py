import json

import numpy as np
import pytest
from safetensors import safe_open

from engine.errors import InvalidRequest
from engine.processors.signals import MAX_SAMPLES, count_tokens, encoder_stride, prepare_signal
from tests.golden import GOLDEN, needs_golden

FOLDER = GOLDEN / "ts"
CASES = json.loads((FOLDER / "cases.json").read_text()) if FOLDER.is_dir() else []


def bfloat16(values: np.ndarray) -> np.ndarray:
    """Rounded to the nearest bfloat16, halves to the even one."""
    bits = values.astype(np.float32).view(np.uint32)
    return ((bits + 0x7FFF + ((bits >> 16) & 1)) & 0xFFFF0000).view(np.float32)


@needs_golden
def test_every_row_of_the_table_has_its_stride_and_tokens():
    rows = json.loads((FOLDER / "token_counts.json").read_text())["rows"]

    assert len(rows) == 182
    for rate, length, _, stride, _, tokens in rows:
        assert encoder_stride(rate) == stride, rate
        if tokens:
            assert count_tokens(min(length, MAX_SAMPLES), stride, rate) == tokens, (rate, length)
        else:
            with pytest.raises(InvalidRequest, match="the model reads at least"):
                count_tokens(length, stride, rate)


@needs_golden
@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_a_series_becomes_the_reference_s_after_rounding_to_bfloat16(case):
    with safe_open(FOLDER / "inputs.safetensors", framework="np") as inputs:
        raw = inputs.get_tensor(f"{case['name']}.raw")
        expected = inputs.get_tensor(f"{case['name']}.ts_values_bf16_rounded").astype(np.float32)

    signal = prepare_signal(raw, case["sampling_rate"])

    assert signal.values.dtype == np.float32
    assert np.array_equal(bfloat16(signal.values), expected)
    assert signal.stride == case["stride_float32"]
    assert signal.num_tokens == case["feature_rows"]
    assert signal.sampling_rate == case["effective_sampling_rate"]


@needs_golden
def test_the_series_of_pro_tiny_becomes_its_input():
    with safe_open(GOLDEN / "pro-tiny" / "inputs.safetensors", framework="np") as inputs:
        expected = inputs.get_tensor("time_series.ts_values")

    signal = prepare_signal(np.load(GOLDEN / "pro-tiny" / "signal.npy", allow_pickle=False), 250.0)

    assert np.array_equal(bfloat16(signal.values), expected)
    assert signal.num_tokens == 8


def test_a_long_series_is_normalised_before_it_is_cut():
    values = np.concatenate([np.zeros(MAX_SAMPLES), np.full(MAX_SAMPLES, 2.0)])

    signal = prepare_signal(values, 16_000.0)

    assert signal.values.shape == (MAX_SAMPLES, 1)
    assert np.allclose(signal.values, -1.0)


def test_a_missing_rate_makes_the_series_4_seconds_long():
    assert prepare_signal(np.arange(900.0), None).sampling_rate == 225.0
    assert prepare_signal(np.arange(3.0).repeat(3)[:9], None).sampling_rate == 2.25


def test_whole_numbers_with_a_large_offset_are_computed_in_float64():
    values = 10**9 + np.arange(1_000) % 2

    signal = prepare_signal(values, 100.0)

    assert np.allclose(np.unique(signal.values), [-1.0, 1.0])


def test_a_constant_channel_becomes_zeros():
    assert not prepare_signal(np.full((1_000, 2), 7.0), 100.0).values.any()


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite_is_counted_and_placed(bad):
    values = np.zeros((1_000, 2))
    values[[40, 900], 1] = bad

    with pytest.raises(InvalidRequest, match=r"2 of 2,000 numbers are not finite, the first at sample 40 of channel 1"):
        prepare_signal(values, 100.0)


def test_numbers_too_large_to_square_are_refused():
    with pytest.raises(InvalidRequest, match="too large to square"):
        prepare_signal(np.array([1e30, -1e30] * 100, dtype=np.float32), 100.0)


@pytest.mark.parametrize("rate", [0.0, -1.0, float("nan"), float("inf")])
def test_a_rate_that_is_none_is_refused(rate):
    with pytest.raises(InvalidRequest, match="sampling rate is .* Hz; it must be above 0"):
        prepare_signal(np.zeros(1_000), rate)


@pytest.mark.parametrize(
    ("shape", "complaint"),
    [((0,), "empty"), ((2, 2, 2), "3 axes"), ((3, 3_000), "3,000 channels; at most 64"), ((), "0 axes")],
)
def test_a_shape_that_cannot_be_read_is_refused(shape, complaint):
    with pytest.raises(InvalidRequest, match=complaint):
        prepare_signal(np.zeros(shape), 100.0)


def test_too_short_a_series_says_how_long_it_must_be():
    with pytest.raises(InvalidRequest, match=r"48 samples; at 100 Hz the model reads at least 49"):
        prepare_signal(np.zeros(48), 100.0)

    assert prepare_signal(np.zeros(49), 100.0).num_tokens == 1
