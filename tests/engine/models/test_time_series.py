"""The time-series encoder against the released network, and against itself."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from engine.errors import InvalidRequest
from engine.models import signal_patches
from engine.models.signal_patches import cut_patches
from engine.models.time_series import TimeSeries
from engine.signal_config import SignalConfig, read_signal_config
from tests.engine.models.weights import DictWeights, RandomWeights, encoder_tensors, read_config
from tests.golden import GOLDEN, needs_golden

TS = GOLDEN / "ts"
CASES = json.loads((TS / "cases.json").read_text()) if TS.is_dir() else []
TOLERANCE = 2e-4  # ten times below meta.json's
SMALL = SignalConfig(
    hidden_size=32,
    num_layers=2,
    num_heads=2,
    intermediate_size=48,
    num_mel_bins=16,
    max_positions=1500,
    projector_size=40,
    out_size=24,
)


def golden_encoder(folder, dtype=torch.float32, without=()):
    tensors = encoder_tensors(folder / "checkpoint")
    kept = {
        name: tensor
        for name, tensor in tensors.items()
        if name.startswith("time_series.") and not name.endswith(tuple(without))
    }
    weights = DictWeights(kept, dtype)
    encoder = TimeSeries(read_signal_config(read_config(folder / "checkpoint"), Path("config.json")), weights)
    assert not weights.left
    return encoder


@pytest.fixture(scope="module")
def encoder():
    return golden_encoder(TS)


@pytest.fixture(scope="module")
def inputs():
    return load_file(TS / "inputs.safetensors")


@pytest.fixture(scope="module")
def expected():
    return load_file(TS / "expected.safetensors")


@needs_golden
@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_features_are_those_of_the_released_network(case, encoder, inputs, expected):
    name, stride = case["name"], case["stride_float32"]
    values = inputs[f"{name}.ts_values_bf16_rounded"]

    features, frames = encoder(values, stride), encoder.frames(values, stride)

    assert len(features) == case["feature_rows"]
    rows = features[expected[f"{name}.feature_rows"].long()]
    torch.testing.assert_close(rows, expected[f"{name}.features"], rtol=0, atol=TOLERANCE)
    torch.testing.assert_close(frames[:16], expected[f"{name}.subsampled_first16"], rtol=0, atol=TOLERANCE)
    torch.testing.assert_close(
        features.abs().mean().view(1), expected[f"{name}.features_mean_abs"], rtol=0, atol=TOLERANCE
    )


@needs_golden
def test_features_with_a_key_bias_are_those_of_the_released_network():
    values = load_file(GOLDEN / "pro-tiny" / "inputs.safetensors")["time_series.ts_values"]
    expected = load_file(GOLDEN / "pro-tiny" / "expected.safetensors")["time_series.features"]

    features = golden_encoder(GOLDEN / "pro-tiny")(values, 99)

    torch.testing.assert_close(features, expected, rtol=0, atol=TOLERANCE)


@needs_golden
def test_a_missing_key_bias_is_the_same_since_softmax_cancels_it():
    values = load_file(GOLDEN / "pro-tiny" / "inputs.safetensors")["time_series.ts_values"]

    without = golden_encoder(GOLDEN / "pro-tiny", without=["k_proj.bias"])(values, 99)

    torch.testing.assert_close(without, golden_encoder(GOLDEN / "pro-tiny")(values, 99), rtol=0, atol=1e-4)


@needs_golden
def test_bfloat16_costs_about_a_percent(inputs, expected):
    name = "case00_L100_C1_sr1"

    features = golden_encoder(TS, torch.bfloat16)(inputs[f"{name}.ts_values_bf16_rounded"], 2)

    assert features.dtype == torch.bfloat16
    error = (features.float() - expected[f"{name}.features"]).square().mean().sqrt()
    assert error < 0.03 * expected[f"{name}.features"].square().mean().sqrt()  # measured: 0.012


def test_values_are_rounded_to_bfloat16_whatever_the_weights_are():
    encoder = TimeSeries(SMALL, RandomWeights())
    values = torch.randn(50, 1)

    assert torch.equal(encoder(values, 4), encoder(values.bfloat16().float(), 4))


def test_the_result_does_not_depend_on_the_chunks(monkeypatch):
    encoder = TimeSeries(SMALL, RandomWeights())
    values = torch.randn(205, 3)
    together = encoder(values, 4)

    monkeypatch.setattr(signal_patches, "MAX_SAMPLES", 40)
    in_chunks = encoder(values, 4)

    torch.testing.assert_close(in_chunks, together, rtol=0, atol=2e-5)


def test_later_samples_do_not_change_earlier_features():
    """The second convolution lets a token see one frame ahead; a frame is two patches."""
    encoder = TimeSeries(SMALL, RandomWeights())
    values = torch.randn(400, 1)
    changed = torch.cat((values[:200], torch.randn(200, 1)))

    first, second = encoder(values, 4), encoder(changed, 4)

    assert len(first) == 25
    torch.testing.assert_close(first[:11], second[:11], rtol=0, atol=1e-6)
    assert (first[13:] - second[13:]).abs().max() > 1e-4


def test_frames_beyond_the_learned_positions_have_none():
    encoder = TimeSeries(replace(SMALL, max_positions=3), RandomWeights())
    values = torch.randn(100, 1)
    features = encoder(values, 4)

    encoder.encoder.embed_positions = torch.cat((encoder.encoder.embed_positions, torch.zeros(9, 32)))

    assert len(features) == 6
    assert torch.equal(encoder(values, 4), features)


def test_a_row_of_several_channels_holds_them_in_turn():
    values = torch.arange(14.0).view(7, 2)  # sample 0 is (0, 1), sample 1 is (2, 3), ...

    rows = cut_patches(values, stride=2)

    assert rows.tolist() == [
        [[0, 1, 2, 3], [4, 5, 6, 7]],
        [[4, 5, 6, 7], [8, 9, 10, 11]],
        [[8, 9, 10, 11], [12, 13, 0, 0]],
    ]


def test_a_signal_of_one_patch_is_refused_with_the_length_it_needs():
    encoder = TimeSeries(SMALL, RandomWeights())

    with pytest.raises(InvalidRequest, match="The signal has 8 samples and this model needs more than 8"):
        encoder(torch.randn(8, 1), 4)

    assert encoder(torch.randn(9, 1), 4).shape == (1, 24)
