"""The vision half of Intern-S1 and Intern-S1-mini beside a .gguf file of their text model: llama.cpp's mmproj file.

Facts: section 2.4 of the family's description.
"""

import math
import re
from pathlib import Path
from typing import Any

from engine.errors import CheckpointError
from engine.gguf_file import GgufFile
from engine.gguf_text import as_written

_IMAGE_TOKEN = "<IMG_CONTEXT>"
_IMAGE_TOKEN_ID = 152957  # in the released vocabulary, for files that carry none
_OUTER = {
    "v.class_embd": "vision_tower.embeddings.cls_token",
    "v.position_embd.weight": "vision_tower.embeddings.position_embeddings",
    "v.patch_embd": "vision_tower.embeddings.patch_embeddings.projection",
    "mm.model.mlp.0": "multi_modal_projector.layer_norm",
    "mm.model.mlp.1": "multi_modal_projector.linear_1",
    "mm.model.mlp.3": "multi_modal_projector.linear_2",
}
_LAYER = {
    "ln1": "layernorm_before",
    "ln2": "layernorm_after",
    "attn_q": "attention.q_proj",
    "attn_k": "attention.k_proj",
    "attn_v": "attention.v_proj",
    "attn_q_norm": "attention.q_norm",
    "attn_k_norm": "attention.k_norm",
    "attn_out": "attention.projection_layer",
    "ffn_up": "mlp.fc1",
    "ffn_down": "mlp.fc2",
    "ls1.weight": "lambda_1",
    "ls2.weight": "lambda_2",
}


def find_vision_file(text: GgufFile, hidden_size: Any) -> GgufFile | None:
    """The one mmproj*.gguf in the folder that was made for a text model of this family and size."""
    if text.architecture not in ("qwen3", "qwen3moe"):
        return None
    paths = [path for path in sorted(text.path.parent.glob("mmproj*.gguf")) if path != text.path]
    fitting = [file for file in map(GgufFile, paths) if _fits(file, hidden_size)]
    if len(fitting) > 1:
        names = " and ".join(file.path.name for file in fitting[:2])
        raise CheckpointError(f"{names} both lie beside {text.path} as its vision half; leave one of them there.")
    return fitting[0] if fitting else None


def _fits(file: GgufFile, hidden_size: Any) -> bool:
    projector, size = (file.settings.get(key) for key in ("clip.projector_type", "clip.vision.projection_dim"))
    return file.architecture == "clip" and projector == "internvl" and size == hidden_size


def vision_name(name: str, path: Path) -> str:
    """The canonical name of a tensor."""
    layer = re.fullmatch(r"v\.blk\.(\d+)\.(.+)", name)
    prefix = f"vision_tower.encoder.layer.{layer[1]}." if layer else ""
    table, short = (_LAYER, layer[2]) if layer else (_OUTER, name)
    if short in table:
        return prefix + table[short]
    stem, _, kind = short.rpartition(".")
    if kind in ("weight", "bias") and stem in table:
        return f"{prefix}{table[stem]}.{kind}"
    raise CheckpointError(f"{name} in {path} is not a tensor of a vision tower this engine runs.")


def vision_shape(name: str, shape: tuple[int, ...]) -> tuple[int, ...]:
    """The dimensions of size 1 that .gguf files leave out, for a canonical name."""
    if name.startswith("vision_tower.embeddings.") and name.endswith(("cls_token", "position_embeddings")):
        return (1, math.prod(shape[:-1]), shape[-1])
    return shape


def multimodal_config(text: dict[str, Any], text_file: GgufFile, file: GgufFile) -> dict[str, Any]:
    """config.json of Intern-S1 around the settings of its text model."""

    def setting(key: str) -> Any:
        return file.setting(f"clip.vision.{key}")

    if not file.settings.get("clip.use_gelu") or setting("projector.scale_factor") != 2:
        raise CheckpointError(f"{file.path} is not a tower of Intern-S1: it has GELU and projector.scale_factor 2.")
    has_norm_bias, has_qkv_bias, has_qk_norm = (
        f"v.blk.0.{tensor}" in file.tensors for tensor in ("ln1.bias", "attn_q.bias", "attn_q_norm.weight")
    )
    return {
        "architectures": ["InternS1ForConditionalGeneration"],
        "model_type": "interns1",
        "image_token_id": _image_token_id(text_file),
        "downsample_ratio": 0.5,
        "projector_hidden_act": "gelu",
        "vision_feature_layer": -1,
        "vision_feature_select_strategy": "default",
        "text_config": text,
        "vision_config": {
            "model_type": "interns1_vision",
            "hidden_size": setting("embedding_length"),
            "num_hidden_layers": setting("block_count"),
            "num_attention_heads": setting("attention.head_count"),
            "intermediate_size": setting("feed_forward_length"),
            "hidden_act": "gelu",
            "attention_bias": has_qkv_bias,
            "use_qk_norm": has_qk_norm,
            "norm_type": "layer_norm" if has_norm_bias else "rms_norm",
            "layer_norm_eps": as_written(setting("attention.layer_norm_epsilon")),
            "image_size": setting("image_size"),
            "patch_size": setting("patch_size"),
            "num_channels": 3,
            "use_mask_token": False,
            "use_absolute_position_embeddings": True,
            "use_mean_pooling": True,
        },
    }


def _image_token_id(text_file: GgufFile) -> int:
    vocabulary = text_file.vocabulary()
    if vocabulary is None:
        return _IMAGE_TOKEN_ID
    if _IMAGE_TOKEN not in vocabulary:
        raise CheckpointError(f"{text_file.path} has no {_IMAGE_TOKEN} token, so the mmproj file beside it is not its.")
    return vocabulary.index(_IMAGE_TOKEN)
