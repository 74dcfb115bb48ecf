"""The vision tower of Intern-S1-Pro against the released network, and against itself."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from engine.models import pro_vision
from engine.models.pro_vision import ProVision, interpolate
from engine.vision_config import ProVisionConfig, read_pro_vision_config
from tests.engine.models.weights import DictWeights, RandomWeights, encoder_tensors, read_config
from tests.golden import GOLDEN, needs_golden

HALF = ((0.5, 0.5, 0.5), (0.5, 0.5, 0.5))
TOLERANCE = 2e-4  # float32_features_abs of meta.json
SMALL = ProVisionConfig(
    hidden_size=32,
    num_layers=2,
    num_heads=2,
    intermediate_size=48,
    patch_size=4,
    frames_per_patch=2,
    merge_size=2,
    position_grid=5,
    out_size=24,
)


def golden_features(name, dtype):
    """Of all pictures or videos of a prompt, one after another, and what they should be."""
    checkpoint = GOLDEN / "pro-tiny" / "checkpoint"
    tensors = {name: tensor for name, tensor in encoder_tensors(checkpoint).items() if name.startswith("visual.")}
    weights = DictWeights(tensors, dtype)
    vision = ProVision(read_pro_vision_config(read_config(checkpoint), Path("config.json")), weights, HALF)
    assert not weights.left
    inputs = load_file(GOLDEN / "pro-tiny" / "inputs.safetensors")
    grids = inputs[f"{name}.grid_thw"]
    patches = inputs[f"{name}.patches_u8"].split(grids.prod(dim=1).tolist())
    features = [vision(part, tuple(grid)) for part, grid in zip(patches, grids.tolist(), strict=True)]
    return torch.cat(features), load_file(GOLDEN / "pro-tiny" / "expected.safetensors")[f"{name}.features"]


@needs_golden
@pytest.mark.parametrize("name", ["image", "video"])
def test_features_are_those_of_the_released_network(name):
    features, expected = golden_features(name, torch.float32)

    torch.testing.assert_close(features, expected, rtol=0, atol=TOLERANCE)


@needs_golden
@pytest.mark.parametrize("name", ["image", "video"])
def test_bfloat16_costs_about_a_percent(name):
    features, expected = golden_features(name, torch.bfloat16)

    assert features.dtype == torch.bfloat16
    error = (features.float() - expected).square().mean().sqrt()
    assert error < 0.015 * expected.square().mean().sqrt()  # measured: 0.008


def test_slices_do_not_see_each_other_however_they_are_chunked(monkeypatch):
    patches = torch.randint(256, (3 * 4 * 6, 96), dtype=torch.uint8)
    vision = ProVision(SMALL, RandomWeights(), HALF)
    together = vision(patches, (3, 4, 6))

    monkeypatch.setattr(pro_vision, "MAX_PATCHES", 50)
    in_chunks = vision(patches, (3, 4, 6))

    assert together.shape == (18, 24)
    torch.testing.assert_close(in_chunks, together, rtol=0, atol=2e-5)
    torch.testing.assert_close(vision(patches[24:48], (1, 4, 6)), together[6:12], rtol=0, atol=2e-5)


def test_a_grid_as_large_as_the_table_has_its_positions_as_they_are():
    table = torch.randn(25, 3)
    y, x = (axis.flatten() for axis in torch.meshgrid(torch.arange(5.0), torch.arange(5.0), indexing="ij"))

    assert torch.equal(interpolate(table, 5, y, x), table)


def test_positions_between_the_points_are_their_weighted_mean():
    table = torch.tensor([[0.0], [1.0], [10.0], [11.0]])

    between = interpolate(table, 2, torch.tensor([0.5, 0.25]), torch.tensor([0.5, 1.0]))

    assert between.tolist() == [[5.5], [3.5]]
