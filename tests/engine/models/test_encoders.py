"""Which encoder reads what, and what a model without one says."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file

from engine.errors import CheckpointError, InvalidRequest
from engine.interruption import Interrupted
from engine.media import ImageInput, SignalInput, VideoInput
from engine.models.encoders import MediaEncoders
from tests.engine.models.weights import DictWeights, RandomWeights, encoder_tensors, read_config
from tests.golden import GOLDEN, needs_golden

IMAGE = ImageInput(np.zeros((4, 1536), np.uint8), (1, 2, 2), 1, (32, 32))
TILE = ImageInput(np.zeros((1, 3, 448, 448), np.uint8), (1, 32, 32), 256, (448, 448))
VIDEO = VideoInput(np.zeros((8, 1536), np.uint8), (2, 2, 2), 2, (0.0, 1.0))
SIGNAL = SignalInput(np.zeros((1000, 1), np.float32), 250.0, 99, 3)


def golden_encoders(model):
    checkpoint = GOLDEN / model / "checkpoint"
    weights = DictWeights(encoder_tensors(checkpoint))
    encoders = MediaEncoders(read_config(checkpoint), checkpoint / "config.json", weights)
    assert not weights.left
    return encoders


def golden(model, name):
    return load_file(GOLDEN / model / name)


@needs_golden
def test_pro_reads_pictures_videos_and_signals():
    inputs, expected = golden("pro-tiny", "inputs.safetensors"), golden("pro-tiny", "expected.safetensors")
    grid = tuple(inputs["video.grid_thw"][0].tolist())
    num_tokens = len(expected["video.features"])
    video = VideoInput(inputs["video.patches_u8"], grid, num_tokens, (0.0,) * grid[0])
    signal = SignalInput(inputs["time_series.ts_values"], 250.0, 99, 8)
    encoders = golden_encoders("pro-tiny")

    features = encoders.encode(video), encoders.encode(signal), encoders.encode(IMAGE)

    np.testing.assert_allclose(features[0], expected["video.features"], rtol=0, atol=2e-4)
    np.testing.assert_allclose(features[1], expected["time_series.features"], rtol=0, atol=2e-4)
    assert features[2].shape == (1, 48)


@needs_golden
@pytest.mark.parametrize("model", ["s1-tiny", "mini-tiny"])
def test_intern_s1_reads_frames_as_tiles(model):
    frames = golden(model, "inputs.safetensors")["video.frames_u8"]
    expected = golden(model, "expected.safetensors")["video.features"].reshape(len(frames) * 256, -1)
    video = VideoInput(frames, (len(frames), 32, 32), len(expected), (0.0,) * len(frames))

    features = golden_encoders(model).encode(video)

    np.testing.assert_allclose(features, expected, rtol=0, atol=5e-4)


@needs_golden
def test_intern_s1_cannot_read_signals():
    encoders = golden_encoders("mini-tiny")

    with pytest.raises(InvalidRequest, match="This model cannot read signals. Remove the attachment."):
        encoders.encode(SIGNAL)


@needs_golden
def test_an_encoder_alone_is_read():
    encoders = golden_encoders("ts")

    assert encoders.encode(SIGNAL).shape == (3, 80)


@needs_golden
def test_memory_that_must_not_be_written_to_is_read():
    pixels = np.frombuffer(bytes(4 * 1536), np.uint8).reshape(4, 1536)

    features = golden_encoders("pro-tiny").encode(ImageInput(pixels, (1, 2, 2), 1, (32, 32)))

    assert torch.equal(features, golden_encoders("pro-tiny").encode(IMAGE))


@pytest.mark.parametrize(
    ("media", "name"), [(IMAGE, "pictures"), (VIDEO, "videos"), (SIGNAL, "signals")], ids=lambda case: str(case)[:10]
)
def test_a_text_model_reads_text_only(media, name):
    encoders = MediaEncoders({"architectures": ["Qwen3ForCausalLM"]}, Path("config.json"), RandomWeights())

    with pytest.raises(InvalidRequest, match=f"This model cannot read {name}"):
        encoders.encode(media)


@needs_golden
@pytest.mark.parametrize("section", ["vision_config", "ts_config"])
def test_features_of_another_width_than_the_text_model_are_refused(section, tmp_path):
    config = json.loads((GOLDEN / "pro-tiny" / "checkpoint" / "config.json").read_text())
    config[section]["out_hidden_size"] = 64

    with pytest.raises(CheckpointError, match=rf"{section}.out_hidden_size in .*config.json is 64.*hidden_size of 48"):
        MediaEncoders(config, tmp_path / "config.json", RandomWeights())


@needs_golden
@pytest.mark.parametrize(("model", "media"), [("s1-tiny", TILE), ("pro-tiny", IMAGE), ("pro-tiny", SIGNAL)])
def test_an_encoder_can_be_interrupted_in_every_layer(model, media):
    calls = []

    def end_in_the_second_layer():
        calls.append(1)
        if len(calls) == 2:
            raise Interrupted

    with pytest.raises(Interrupted):
        golden_encoders(model).encode(media, end_in_the_second_layer)
