"""The vision side of Intern-S1 and mini against the released network, and against itself."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from engine.models import intern_vit
from engine.models.intern_vit import InternVision
from engine.models.projector import pixel_shuffle
from engine.vision_config import VisionConfig, read_vision_config
from tests.engine.models.weights import DictWeights, RandomWeights, encoder_tensors, read_config
from tests.golden import GOLDEN, needs_golden

MEAN_STD = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
TOLERANCE = 5e-4  # float32_features_abs of meta.json
MODELS = ("s1-tiny", "mini-tiny")
INPUTS = ("image_single.tiles_u8", "image_multi.tiles_u8", "video.frames_u8")
SMALL = VisionConfig(
    hidden_size=32,
    num_layers=2,
    num_heads=2,
    intermediate_size=64,
    norm_type="rms_norm",
    norm_eps=1e-6,
    has_qk_norm=True,
    has_qkv_bias=False,
    image_size=56,
    patch_size=14,
    out_size=24,
)


def golden_vision(model, dtype):
    checkpoint = GOLDEN / model / "checkpoint"
    weights = DictWeights(encoder_tensors(checkpoint), dtype)
    vision = InternVision(read_vision_config(read_config(checkpoint), Path("config.json")), weights, MEAN_STD)
    assert not weights.left
    return vision


def golden_case(model, name):
    pixels = load_file(GOLDEN / model / "inputs.safetensors")[name]
    return pixels, load_file(GOLDEN / model / "expected.safetensors")[f"{name.split('.')[0]}.features"].flatten(0, 1)


@needs_golden
@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("name", INPUTS)
def test_features_are_those_of_the_released_network(model, name):
    pixels, expected = golden_case(model, name)

    features = golden_vision(model, torch.float32)(pixels)

    torch.testing.assert_close(features, expected, rtol=0, atol=TOLERANCE)


@needs_golden
@pytest.mark.parametrize("model", MODELS)
def test_bfloat16_costs_about_a_percent(model):
    pixels, expected = golden_case(model, "image_single.tiles_u8")

    features = golden_vision(model, torch.bfloat16)(pixels)

    assert features.dtype == torch.bfloat16
    error = (features.float() - expected).square().mean().sqrt()
    assert error < 0.015 * expected.square().mean().sqrt()  # measured: 0.007


@pytest.mark.parametrize("changes", [{}, {"norm_type": "layer_norm", "has_qk_norm": False, "has_qkv_bias": True}])
def test_tiles_do_not_see_each_other_however_they_are_chunked(changes, monkeypatch):
    pixels = torch.randint(256, (7, 3, 56, 56), dtype=torch.uint8)
    vision = InternVision(replace(SMALL, **changes), RandomWeights(), MEAN_STD)
    monkeypatch.setattr(intern_vit, "MAX_TILES", 7)
    together = vision(pixels)

    monkeypatch.setattr(intern_vit, "MAX_TILES", 3)
    in_chunks = vision(pixels)

    assert together.shape == (7 * 4, 24)
    torch.testing.assert_close(in_chunks, together, rtol=0, atol=2e-5)
    torch.testing.assert_close(vision(pixels[5:6]), together[20:24], rtol=0, atol=2e-5)


def test_pixel_shuffle_is_the_two_views_and_permutes_of_the_reference():
    N, R, S, C = 2, 6, 8, 5
    x = torch.randn(N, R, S, C)
    halved = x.view(N, R, S // 2, 2 * C).permute(0, 2, 1, 3).contiguous()
    expected = halved.view(N, S // 2, R // 2, 4 * C).permute(0, 2, 1, 3).flatten(1, 2)

    shuffled = pixel_shuffle(x)

    assert torch.equal(shuffled, expected)


def test_a_token_is_its_four_patches_from_upper_left_to_lower_right():
    x = torch.arange(16).view(1, 4, 4, 1)

    assert pixel_shuffle(x).tolist() == [[[0, 1, 4, 5], [2, 3, 6, 7], [8, 9, 12, 13], [10, 11, 14, 15]]]
