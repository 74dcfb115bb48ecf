"""One name for every tensor, whatever the checkpoint calls it (family facts, sections 2.1, 2.2 and 12.9).

    text          model.*  and  lm_head.weight
    Intern-S1     vision_tower.*  and  multi_modal_projector.*
    Intern-S1-Pro visual.*  and  time_series.*

These are the names of transformers without the prefixes that its versions put before them. The older InternVLChatModel
layout keeps q, k and v of its vision layers in one tensor; canonical_names() then gives three names.
"""

import re

_PREFIXES = (
    ("model.language_model.", "model."),
    ("language_model.model.", "model."),
    ("language_model.lm_head.", "lm_head."),
    ("model.vision_tower.", "vision_tower."),
    ("model.multi_modal_projector.", "multi_modal_projector."),
    ("model.visual.", "visual."),
    ("model.time_series.", "time_series."),
    ("vision_model.", "vision_tower."),  # this and the next: InternVLChatModel
    ("mlp1.0.", "multi_modal_projector.layer_norm."),
    ("mlp1.1.", "multi_modal_projector.linear_1."),
    ("mlp1.3.", "multi_modal_projector.linear_2."),
)
_CHAT_MODEL = (
    (r"embeddings\.class_embedding$", "embeddings.cls_token"),
    (r"embeddings\.position_embedding$", "embeddings.position_embeddings"),
    (r"embeddings\.patch_embedding\.", "embeddings.patch_embeddings.projection."),
    (r"encoder\.layers\.", "encoder.layer."),
    (r"\.ls([12])$", r".lambda_\1"),
    (r"\.norm1\.", ".layernorm_before."),
    (r"\.norm2\.", ".layernorm_after."),
    (r"\.attn\.proj\.", ".attention.projection_layer."),
    (r"\.attn\.", ".attention."),
)
_MIXTRAL = {"w1": "gate_proj", "w2": "down_proj", "w3": "up_proj"}


def canonical_names(name: str) -> tuple[str, ...]:
    """What a checkpoint's tensor is called here. Three names: its rows are three equal blocks, in that order."""
    for old, new in _PREFIXES:
        if name.startswith(old):
            renamed = new + name.removeprefix(old)
            return _chat_model_names(renamed) if old == "vision_model." else (_text_name(renamed),)
    return (_text_name(name),)


def _chat_model_names(name: str) -> tuple[str, ...]:
    for old, new in _CHAT_MODEL:
        name = re.sub(old, new, name)
    before, qkv, after = name.partition(".attention.qkv.")
    return tuple(f"{before}.attention.{part}_proj.{after}" for part in "qkv") if qkv else (name,)


def _text_name(name: str) -> str:
    """Mixtral's words for experts become everybody else's."""
    name = name.replace(".block_sparse_moe.", ".mlp.")
    return re.sub(r"\.experts\.(\d+)\.(w[123])\.", lambda m: f".experts.{m[1]}.{_MIXTRAL[m[2]]}.", name)
