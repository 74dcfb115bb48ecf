"""What the vision towers read of config.json, and what they refuse."""

from pathlib import Path

import pytest

from engine.errors import CheckpointError
from engine.vision_config import ProVisionConfig, VisionConfig, read_pro_vision_config, read_vision_config

FILE = Path("config.json")
INTERN_S1 = {
    "downsample_ratio": 0.5,
    "projector_hidden_act": "gelu",
    "vision_feature_layer": -1,
    "vision_feature_select_strategy": "default",
    "text_config": {"hidden_size": 4096},
}
INTERN_VIT = {
    "hidden_size": 3200,
    "num_hidden_layers": 45,
    "num_attention_heads": 25,
    "intermediate_size": 12800,
    "hidden_act": "gelu",
    "attention_bias": False,
    "use_qk_norm": True,
    "norm_type": "rms_norm",
    "layer_norm_eps": 1e-6,
    "image_size": [448, 448],
    "patch_size": [14, 14],
    "num_channels": 3,
    "use_mask_token": False,
    "use_absolute_position_embeddings": True,
    "use_mean_pooling": True,
    "attention_dropout": 0.0,
}
PRO = {
    "depth": 24,
    "hidden_size": 1024,
    "num_heads": 16,
    "intermediate_size": 4096,
    "hidden_act": "gelu_pytorch_tanh",
    "in_channels": 3,
    "patch_size": 16,
    "temporal_patch_size": 2,
    "spatial_merge_size": 2,
    "num_position_embeddings": 2304,
    "out_hidden_size": 4096,
}


def intern_s1(vision=None, **top):
    return read_vision_config(INTERN_S1 | top | {"vision_config": INTERN_VIT | (vision or {})}, FILE)


def pro(**vision):
    return read_pro_vision_config({"vision_config": PRO | vision}, FILE)


def test_the_vision_tower_of_intern_s1_is_read():
    config = intern_s1()

    assert config == VisionConfig(
        hidden_size=3200,
        num_layers=45,
        num_heads=25,
        intermediate_size=12800,
        norm_type="rms_norm",
        norm_eps=1e-6,
        has_qk_norm=True,
        has_qkv_bias=False,
        image_size=448,
        patch_size=14,
        out_size=4096,
    )
    assert config.grid_size == 32


def test_sides_may_be_written_as_one_number():
    assert intern_s1({"image_size": 448, "patch_size": 14}) == intern_s1()


def test_the_vision_tower_of_pro_is_read():
    assert pro() == ProVisionConfig(
        hidden_size=1024,
        num_layers=24,
        num_heads=16,
        intermediate_size=4096,
        patch_size=16,
        frames_per_patch=2,
        merge_size=2,
        position_grid=48,
        out_size=4096,
    )


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("hidden_act", "silu"),
        ("use_mean_pooling", False),
        ("use_mask_token", True),
        ("use_absolute_position_embeddings", False),
        ("num_channels", 1),
        ("norm_type", "batch_norm"),
        ("norm_type", None),
        ("use_qk_norm", None),
        ("attention_bias", "no"),
        ("num_attention_heads", 7),
        ("image_size", [448, 224]),
        ("image_size", 434),  # 31 patches, which do not pair
        ("patch_size", [14, 14, 14]),
    ],
)
def test_another_intern_vit_is_refused_by_name(key, value):
    with pytest.raises(CheckpointError, match=rf"config\.json.*{key}|{key} in config\.json"):
        intern_s1({key: value})


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("downsample_ratio", 0.25),
        ("projector_hidden_act", "relu"),
        ("vision_feature_layer", -2),
        ("vision_feature_select_strategy", "full"),
        ("text_config", {}),
    ],
)
def test_another_use_of_intern_vit_is_refused_by_name(key, value):
    with pytest.raises(CheckpointError, match=rf"{key}.*"):
        intern_s1(**{key: value})


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("hidden_act", "gelu"),
        ("in_channels", 4),
        ("deepstack_visual_indexes", [8, 16, 24]),
        ("num_position_embeddings", 2300),
        ("num_heads", 512),  # two values each, and rows and columns need two
        ("depth", 0),
        ("out_hidden_size", None),
    ],
)
def test_another_pro_tower_is_refused_by_name(key, value):
    with pytest.raises(CheckpointError, match=rf"vision_config\.{key}"):
        pro(**{key: value})
