"""What the vision towers must know about a checkpoint, read from config.json; every setting is obeyed or refused.

Facts: sections 1.2, 1.3, 3.1, 3.2 and 3.6 of the family's description.
"""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from engine.config_fields import ConfigFields

NormType = Literal["rms_norm", "layer_norm"]

# Settings that change the arithmetic in ways that the towers do not have, and the values that leave it alone.
_TOP_ONLY: dict[str, tuple[Any, ...]] = {
    "downsample_ratio": (0.5,),
    "projector_hidden_act": ("gelu",),
    "vision_feature_layer": (-1,),
    "vision_feature_select_strategy": ("default",),
}
_VIT_ONLY: dict[str, tuple[Any, ...]] = {
    "hidden_act": ("gelu",),
    "num_channels": (3,),
    "use_absolute_position_embeddings": (True,),
    "use_mask_token": (None, False),
    "use_mean_pooling": (True,),
}
_PRO_ONLY: dict[str, tuple[Any, ...]] = {
    "hidden_act": ("gelu_pytorch_tanh",),
    "in_channels": (3,),
    "deepstack_visual_indexes": (None, []),
}


@dataclass(frozen=True, slots=True)
class VisionConfig:
    """InternViT. out_size: of the features, which is the text model's hidden size."""

    hidden_size: int
    num_layers: int
    num_heads: int
    intermediate_size: int
    norm_type: NormType
    norm_eps: float
    has_qk_norm: bool
    has_qkv_bias: bool
    image_size: int
    patch_size: int
    out_size: int

    @property
    def grid_size(self) -> int:
        """Patches on a side of a tile."""
        return self.image_size // self.patch_size


@dataclass(frozen=True, slots=True)
class ProVisionConfig:
    """The tower of Intern-S1-Pro. position_grid: learned positions on a side. merge_size: patches on a token's side."""

    hidden_size: int
    num_layers: int
    num_heads: int
    intermediate_size: int
    patch_size: int
    frames_per_patch: int
    merge_size: int
    position_grid: int
    out_size: int


def read_vision_config(config: dict[str, Any], path: Path) -> VisionConfig:
    """config: config.json of Intern-S1 as a dict; path names it in errors."""
    top = ConfigFields(config, path)
    fields = top.section("vision_config")
    _require(top, _TOP_ONLY)
    _require(fields, _VIT_ONLY)
    fields.require("norm_type", "rms_norm", "layer_norm")
    vision = VisionConfig(
        hidden_size=fields.integer("hidden_size"),
        num_layers=fields.integer("num_hidden_layers"),
        num_heads=fields.integer("num_attention_heads"),
        intermediate_size=fields.integer("intermediate_size"),
        norm_type=fields.optional("norm_type"),
        norm_eps=fields.number("layer_norm_eps"),
        has_qk_norm=fields.flag("use_qk_norm"),
        has_qkv_bias=fields.flag("attention_bias"),
        image_size=_side(fields, "image_size"),
        patch_size=_side(fields, "patch_size"),
        out_size=top.section("text_config").integer("hidden_size"),
    )
    _check_heads(fields, "num_attention_heads", vision.hidden_size, 1)
    if vision.image_size % (2 * vision.patch_size):
        raise fields.error("image_size", f"it must be a multiple of {2 * vision.patch_size}, twice the patch_size")
    return vision


def read_pro_vision_config(config: dict[str, Any], path: Path) -> ProVisionConfig:
    """config: config.json of Intern-S1-Pro as a dict; path names it in errors."""
    fields = ConfigFields(config, path).section("vision_config")
    _require(fields, _PRO_ONLY)
    num_positions = fields.integer("num_position_embeddings")
    if math.isqrt(num_positions) ** 2 != num_positions:
        raise fields.error("num_position_embeddings", "it must be a square number")
    vision = ProVisionConfig(
        hidden_size=fields.integer("hidden_size"),
        num_layers=fields.integer("depth"),
        num_heads=fields.integer("num_heads"),
        intermediate_size=fields.integer("intermediate_size"),
        patch_size=fields.integer("patch_size"),
        frames_per_patch=fields.integer("temporal_patch_size"),
        merge_size=fields.integer("spatial_merge_size"),
        position_grid=math.isqrt(num_positions),
        out_size=fields.integer("out_hidden_size"),
    )
    # Rows and columns each turn half of a head's pairs.
    _check_heads(fields, "num_heads", vision.hidden_size, 4)
    return vision


def _require(fields: ConfigFields, settings: dict[str, tuple[Any, ...]]) -> None:
    for key, supported in settings.items():
        fields.require(key, *supported)


def _check_heads(fields: ConfigFields, key: str, hidden_size: int, factor: int) -> None:
    if hidden_size % (factor * fields.integer(key)):
        raise fields.error(key, f"heads of a multiple of {factor} must fill the hidden_size of {hidden_size}")


def _side(fields: ConfigFields, key: str) -> int:
    """A length that is written as one number, or as two that are the same."""
    value = fields.optional(key)
    if not isinstance(value, list):
        return fields.integer(key)
    if len(value) != 2 or value[0] != value[1]:
        raise fields.error(key, "it must be one whole number, or two that are the same")
    return ConfigFields({key: value[0]}, fields.path, "vision_config").integer(key)
