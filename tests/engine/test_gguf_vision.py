"""Intern-S1 and Intern-S1-mini as llama.cpp keeps them: a .gguf file of the text model and an mmproj file beside it."""

import gguf
import numpy as np
import pytest
import torch

from engine.checkpoint import open_checkpoint
from engine.config import EngineConfig
from engine.errors import CheckpointError
from engine.model_config import read_model_config
from engine.model_runner import ModelRunner
from engine.vision_config import read_vision_config
from tests.golden import GOLDEN, needs_golden

pytestmark = needs_golden

TEXT = {
    "model.embed_tokens": "token_embd",
    "model.norm": "output_norm",
    "lm_head": "output",
    "input_layernorm": "attn_norm",
    "post_attention_layernorm": "ffn_norm",
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "self_attn.q_norm": "attn_q_norm",
    "self_attn.k_norm": "attn_k_norm",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
    "mlp.gate": "ffn_gate_inp",
}
VISION = {
    "embeddings.cls_token": "v.class_embd",
    "embeddings.position_embeddings": "v.position_embd.weight",
    "embeddings.patch_embeddings.projection": "v.patch_embd",
    "layer_norm": "mm.model.mlp.0",
    "linear_1": "mm.model.mlp.1",
    "linear_2": "mm.model.mlp.3",
    "layernorm_before": "ln1",
    "layernorm_after": "ln2",
    "attention.q_proj": "attn_q",
    "attention.k_proj": "attn_k",
    "attention.v_proj": "attn_v",
    "attention.q_norm": "attn_q_norm",
    "attention.k_norm": "attn_k_norm",
    "attention.projection_layer": "attn_out",
    "mlp.fc1": "ffn_up",
    "mlp.fc2": "ffn_down",
    "lambda_1": "ls1.weight",
    "lambda_2": "ls2.weight",
}
TOKENS = [f"[PAD{i}]" for i in range(20)]


def their_name(name, table):
    """Of a canonical name of ours."""
    stem, _, kind = name.rpartition(".")
    whole, suffix = (name, "") if kind not in ("weight", "bias") else (stem, f".{kind}")
    parts = whole.split(".")
    layer = next((i for i, part in enumerate(parts) if part.isdigit()), None)
    if layer is None:
        known = whole if whole in table else whole.split(".", 1)[1]
        return table[known] + suffix
    prefix = "v.blk" if table is VISION else "blk"
    return f"{prefix}.{parts[layer]}.{table['.'.join(parts[layer + 1 :])]}{suffix}"


def write(path, arch, settings, tensors, kind):
    writer = gguf.GGUFWriter(path, arch)
    adders = {bool: writer.add_bool, int: writer.add_uint32, float: writer.add_float32, str: writer.add_string}
    for key, value in settings.items():
        writer.add_array(key, value) if isinstance(value, list) else adders[type(value)](key, value)
    for name, tensor in tensors.items():
        is_matrix = tensor.ndim > 1 and kind == np.float16
        writer.add_tensor(name, tensor.numpy().astype(np.float16 if is_matrix else np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def write_text(folder, path, kind, **more):
    checkpoint = open_checkpoint(folder)
    text = checkpoint.config["text_config"]
    arch = {"qwen3": "qwen3", "qwen3_moe": "qwen3moe"}[text["model_type"]]
    settings = {
        "block_count": text["num_hidden_layers"],
        "context_length": text["max_position_embeddings"],
        "embedding_length": text["hidden_size"],
        "feed_forward_length": text["intermediate_size"],
        "attention.head_count": text["num_attention_heads"],
        "attention.head_count_kv": text["num_key_value_heads"],
        "attention.key_length": text["head_dim"],
        "attention.layer_norm_rms_epsilon": text["rms_norm_eps"],
        "rope.freq_base": float(text["rope_theta"]),
    }
    if arch == "qwen3moe":
        settings |= {
            "expert_count": text["num_experts"],
            "expert_used_count": text["num_experts_per_tok"],
            "expert_feed_forward_length": text["moe_intermediate_size"],
        }
    tensors, stacks = {}, {}
    for name in checkpoint.names():
        if name.startswith(("vision_tower.", "multi_modal_projector.")):
            continue
        tensor = checkpoint.tensor(name).float()
        if ".experts." in name:
            _, _, layer, _, _, expert, part, _ = name.split(".")
            theirs = f"blk.{layer}.ffn_{part.removesuffix('_proj')}_exps.weight"
            stacks.setdefault(theirs, {})[int(expert)] = tensor
        else:
            tensors[their_name(name, TEXT)] = tensor
    tensors |= {name: torch.stack([stack[e] for e in sorted(stack)]) for name, stack in stacks.items()}
    return write(path, arch, {f"{arch}.{key}": value for key, value in settings.items()} | more, tensors, kind)


def write_vision(folder, path, kind, change=lambda settings, tensors: None):
    checkpoint = open_checkpoint(folder)
    vision = checkpoint.config["vision_config"]
    settings = {
        "clip.projector_type": "internvl",
        "clip.has_vision_encoder": True,
        "clip.use_gelu": True,
        "clip.vision.image_size": vision["image_size"][0],
        "clip.vision.patch_size": vision["patch_size"][0],
        "clip.vision.embedding_length": vision["hidden_size"],
        "clip.vision.feed_forward_length": vision["intermediate_size"],
        "clip.vision.block_count": vision["num_hidden_layers"],
        "clip.vision.attention.head_count": vision["num_attention_heads"],
        "clip.vision.attention.layer_norm_epsilon": vision["layer_norm_eps"],
        "clip.vision.projection_dim": checkpoint.config["text_config"]["hidden_size"],
        "clip.vision.projector.scale_factor": 2,
    }
    tensors = {
        their_name(name, VISION): checkpoint.tensor(name).float().squeeze()
        if "embeddings." in name and "patch" not in name
        else checkpoint.tensor(name).float()
        for name in checkpoint.names()
        if name.startswith(("vision_tower.", "multi_modal_projector."))
    }
    change(settings, tensors)
    return write(path, "clip", settings, tensors, kind)


@pytest.mark.parametrize("case", ["s1-tiny", "mini-tiny"])
@pytest.mark.parametrize("kind", [np.float32, np.float16])
def test_two_files_are_the_folder_they_came_from(case, kind, tmp_path):
    folder = GOLDEN / case / "checkpoint"
    expected = open_checkpoint(folder)
    path = write_text(folder, tmp_path / "model.gguf", kind)
    write_vision(folder, tmp_path / "mmproj-model.gguf", kind)

    checkpoint = open_checkpoint(path)

    assert set(checkpoint.names()) == set(expected.names())
    for name in checkpoint.names():
        tensor = expected.tensor(name).float()
        rounded = tensor.half().float() if kind == np.float16 else tensor
        assert torch.equal(checkpoint.tensor(name), tensor if tensor.squeeze().dim() < 2 else rounded), name
        assert checkpoint.stored(name).shape == expected.stored(name).shape
    assert read_model_config(checkpoint.config, path) == read_model_config(expected.config, path)
    assert read_vision_config(checkpoint.config, path) == read_vision_config(expected.config, path)


@pytest.mark.parametrize("case", ["s1-tiny", "mini-tiny"])
def test_two_files_load_as_one_model(case, tmp_path):
    folder = GOLDEN / case / "checkpoint"
    path = write_text(folder, tmp_path / "model.gguf", np.float32)
    write_vision(folder, tmp_path / "mmproj.gguf", np.float16)

    ModelRunner(EngineConfig(model=path, device="cpu", dtype="float32", kv_cache_memory=2**22)).close()


def test_without_a_vision_file_it_is_a_text_model(tmp_path):
    path = write_text(GOLDEN / "mini-tiny" / "checkpoint", tmp_path / "model.gguf", np.float32)

    checkpoint = open_checkpoint(path)

    assert checkpoint.config["architectures"] == ["Qwen3ForCausalLM"]
    assert not [name for name in checkpoint.names() if name.startswith("vision_tower")]


def test_a_vision_file_of_another_model_is_left_alone(tmp_path):
    path = write_text(GOLDEN / "mini-tiny" / "checkpoint", tmp_path / "model.gguf", np.float32)
    write_vision(GOLDEN / "s1-tiny" / "checkpoint", tmp_path / "mmproj.gguf", np.float32)

    assert open_checkpoint(path).config["architectures"] == ["Qwen3ForCausalLM"]


def test_the_image_token_is_found_in_the_vocabulary(tmp_path):
    folder = GOLDEN / "mini-tiny" / "checkpoint"
    more = {"tokenizer.ggml.tokens": [*TOKENS, "<IMG_CONTEXT>"]}
    path = write_text(folder, tmp_path / "model.gguf", np.float32, **more)
    write_vision(folder, tmp_path / "mmproj.gguf", np.float32)

    assert open_checkpoint(path).config["image_token_id"] == 20


def line_of(path):
    with pytest.raises(CheckpointError) as error:
        open_checkpoint(path)
    assert str(error.value).isprintable()
    return str(error.value)


def test_a_vocabulary_without_an_image_token_is_refused(tmp_path):
    folder = GOLDEN / "mini-tiny" / "checkpoint"
    path = write_text(folder, tmp_path / "model.gguf", np.float32, **{"tokenizer.ggml.tokens": TOKENS})
    write_vision(folder, tmp_path / "mmproj.gguf", np.float32)

    assert "has no <IMG_CONTEXT> token" in line_of(path)


def test_two_vision_files_are_one_too_many(tmp_path):
    folder = GOLDEN / "mini-tiny" / "checkpoint"
    path = write_text(folder, tmp_path / "model.gguf", np.float32)
    for name in ("mmproj-a.gguf", "mmproj-b.gguf"):
        write_vision(folder, tmp_path / name, np.float32)

    assert "mmproj-a.gguf and mmproj-b.gguf both lie beside" in line_of(path)


def test_the_vision_file_is_not_the_model(tmp_path):
    path = write_vision(GOLDEN / "mini-tiny" / "checkpoint", tmp_path / "mmproj.gguf", np.float32)

    assert line_of(path) == f"{path} is the vision half of a model; give the .gguf file of its text model."


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda settings, tensors: tensors.update({"v.post_ln.weight": torch.ones(64)}), "v.post_ln.weight in "),
        (lambda settings, tensors: tensors.update({"v.blk.0.x.weight": torch.ones(64)}), "v.blk.0.x.weight in "),
        (lambda settings, tensors: settings.pop("clip.vision.block_count"), "has no clip.vision.block_count"),
        (lambda settings, tensors: settings.update({"clip.use_gelu": False}), "is not a tower of Intern-S1"),
    ],
)
def test_what_a_vision_file_should_not_be(change, reason, tmp_path):
    folder = GOLDEN / "mini-tiny" / "checkpoint"
    path = write_text(folder, tmp_path / "model.gguf", np.float32)
    write_vision(folder, tmp_path / "mmproj.gguf", np.float32, change)

    assert reason in line_of(path)
