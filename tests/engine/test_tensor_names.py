import json

import pytest
import torch
from safetensors.torch import load_file, save_file

from engine.checkpoint import open_checkpoint
from engine.errors import CheckpointError
from engine.tensor_names import canonical_names


@pytest.mark.parametrize(
    ("name", "canonical"),
    [
        ("model.layers.0.self_attn.q_proj.weight", "model.layers.0.self_attn.q_proj.weight"),
        ("model.language_model.layers.0.mlp.gate.weight", "model.layers.0.mlp.gate.weight"),
        ("model.language_model.rotary_emb.sin_coef", "model.rotary_emb.sin_coef"),
        ("language_model.model.embed_tokens.weight", "model.embed_tokens.weight"),
        ("language_model.lm_head.weight", "lm_head.weight"),
        ("lm_head.weight", "lm_head.weight"),
        (
            "model.language_model.layers.0.block_sparse_moe.experts.7.up_proj.weight_scale_inv",
            "model.layers.0.mlp.experts.7.up_proj.weight_scale_inv",
        ),
        ("model.layers.3.block_sparse_moe.experts.7.w2.weight", "model.layers.3.mlp.experts.7.down_proj.weight"),
        ("model.vision_tower.encoder.layer.1.lambda_1", "vision_tower.encoder.layer.1.lambda_1"),
        ("multi_modal_projector.linear_1.bias", "multi_modal_projector.linear_1.bias"),
        ("model.multi_modal_projector.linear_1.bias", "multi_modal_projector.linear_1.bias"),
        ("model.visual.blocks.0.attn.qkv.weight", "visual.blocks.0.attn.qkv.weight"),
        ("model.time_series.encoder.adapt_in.weight", "time_series.encoder.adapt_in.weight"),
        ("time_series.encoder.adapt_in.weight", "time_series.encoder.adapt_in.weight"),
    ],
)
def test_every_spelling_has_one_name(name, canonical):
    assert canonical_names(name) == (canonical,)


@pytest.mark.parametrize(
    ("name", "canonical"),
    [
        ("vision_model.embeddings.class_embedding", "vision_tower.embeddings.cls_token"),
        ("vision_model.embeddings.position_embedding", "vision_tower.embeddings.position_embeddings"),
        (
            "vision_model.embeddings.patch_embedding.bias",
            "vision_tower.embeddings.patch_embeddings.projection.bias",
        ),
        ("vision_model.encoder.layers.7.ls1", "vision_tower.encoder.layer.7.lambda_1"),
        ("vision_model.encoder.layers.7.ls2", "vision_tower.encoder.layer.7.lambda_2"),
        ("vision_model.encoder.layers.7.norm1.weight", "vision_tower.encoder.layer.7.layernorm_before.weight"),
        ("vision_model.encoder.layers.7.norm2.bias", "vision_tower.encoder.layer.7.layernorm_after.bias"),
        ("vision_model.encoder.layers.7.attn.q_norm.weight", "vision_tower.encoder.layer.7.attention.q_norm.weight"),
        (
            "vision_model.encoder.layers.7.attn.proj.bias",
            "vision_tower.encoder.layer.7.attention.projection_layer.bias",
        ),
        ("vision_model.encoder.layers.7.mlp.fc1.weight", "vision_tower.encoder.layer.7.mlp.fc1.weight"),
        ("mlp1.0.weight", "multi_modal_projector.layer_norm.weight"),
        ("mlp1.1.weight", "multi_modal_projector.linear_1.weight"),
        ("mlp1.3.bias", "multi_modal_projector.linear_2.bias"),
    ],
)
def test_the_chat_model_layout_is_known(name, canonical):
    assert canonical_names(name) == (canonical,)


def test_qkv_of_the_chat_model_layout_is_three_tensors():
    prefix = "vision_tower.encoder.layer.2.attention"

    assert canonical_names("vision_model.encoder.layers.2.attn.qkv.weight") == (
        f"{prefix}.q_proj.weight",
        f"{prefix}.k_proj.weight",
        f"{prefix}.v_proj.weight",
    )


def write(folder, tensors):
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps({}))
    save_file(tensors, folder / "model.safetensors")
    return folder


def test_rows_of_a_packed_tensor_come_in_three_blocks(tmp_path):
    qkv = torch.arange(24.0).view(6, 4)

    checkpoint = open_checkpoint(write(tmp_path / "m", {"vision_model.encoder.layers.0.attn.qkv.weight": qkv}))

    parts = [checkpoint.tensor(f"vision_tower.encoder.layer.0.attention.{part}_proj.weight") for part in "qkv"]
    assert torch.equal(torch.cat(parts), qkv)
    assert checkpoint.stored("vision_tower.encoder.layer.0.attention.k_proj.weight").shape == (2, 4)


def test_a_packed_tensor_that_cannot_be_cut_in_three_is_refused(tmp_path):
    folder = write(tmp_path / "m", {"vision_model.encoder.layers.0.attn.qkv.weight": torch.ones(5, 4)})

    with pytest.raises(CheckpointError, match=r"vision_model\.encoder.*\[5, 4\]; its rows must be 3 blocks"):
        open_checkpoint(folder)


def test_two_spellings_of_one_tensor_are_refused_by_their_own_names(tmp_path):
    folder = write(
        tmp_path / "m", {"model.language_model.norm.weight": torch.ones(2), "model.norm.weight": torch.ones(2)}
    )

    with pytest.raises(CheckpointError, match=r"model\.language_model\.norm\.weight in .* and model\.norm\.weight in"):
        open_checkpoint(folder)


def test_errors_use_the_spelling_of_the_file(tmp_path):
    folder = write(tmp_path / "m", {"model.language_model.norm.weight": torch.ones(2, dtype=torch.int32)})

    with pytest.raises(CheckpointError, match=r"model\.language_model\.norm\.weight in .*safetensors is I32"):
        open_checkpoint(folder).tensor("model.norm.weight")
    assert load_file(folder / "model.safetensors")  # the file itself is sound
