import json

import pytest
import torch
from safetensors.torch import load_file, save_file

from engine.checkpoint import open_checkpoint
from engine.config import EngineConfig
from engine.errors import CheckpointError
from engine.model_config import read_model_config
from engine.model_runner import ModelRunner
from tests.engine.tiny_checkpoint import write_checkpoint

INDEX = "model.safetensors.index.json"


@pytest.fixture
def folder(tmp_path):
    return write_checkpoint("qwen3-moe", tmp_path / "tiny")


@pytest.fixture
def sharded(tmp_path):
    return write_checkpoint("llama", tmp_path / "sharded", max_shard_size="100KB")


def load(folder):
    ModelRunner(EngineConfig(model=folder, device="cpu", dtype="float32", kv_cache_memory=2**20)).close()


def change_config(folder, **changes):
    config = json.loads((folder / "config.json").read_text()) | changes
    kept = {key: value for key, value in config.items() if value is not ...}
    (folder / "config.json").write_text(json.dumps(kept))


def change_tensors(folder, change):
    tensors = load_file(folder / "model.safetensors")
    change(tensors)
    save_file(tensors, folder / "model.safetensors")


# reading


def test_tensors_come_as_they_were_written(folder):
    checkpoint = open_checkpoint(str(folder))

    written = load_file(folder / "model.safetensors")
    assert set(checkpoint.names()) == set(written)
    assert all(torch.equal(checkpoint.tensor(name), tensor) for name, tensor in written.items())
    assert checkpoint.config["architectures"] == ["Qwen3MoeForCausalLM"]


def test_a_caller_may_write_into_what_it_was_handed(folder):
    checkpoint = open_checkpoint(folder)
    name = "model.norm.weight"
    before = checkpoint.tensor(name)

    checkpoint.tensor(name).zero_()

    assert torch.equal(checkpoint.tensor(name), before)


def test_shards_are_read_through_their_index(sharded):
    assert len(list(sharded.glob("*.safetensors"))) > 1

    load(sharded)


def test_float16_becomes_float32(folder):
    change_tensors(folder, lambda tensors: tensors.update({name: t.half() for name, t in tensors.items()}))

    assert open_checkpoint(folder).tensor("model.norm.weight").dtype == torch.float32


def test_rotary_frequencies_of_old_transformers_are_no_surplus(folder):
    change_tensors(folder, lambda t: t.update({"model.layers.0.self_attn.rotary_emb.inv_freq": torch.ones(8)}))

    load(folder)


def test_a_tied_checkpoint_may_hold_a_copy_of_its_embedding(tmp_path):
    folder = write_checkpoint("llama-tied", tmp_path / "tied")
    embedding = open_checkpoint(folder).tensor("model.embed_tokens.weight")

    change_tensors(folder, lambda tensors: tensors.update({"lm_head.weight": embedding}))

    load(folder)


# refusals: each names the tensor or key, and the file


def test_nothing_there(tmp_path):
    with pytest.raises(CheckpointError, match="There is no model at .*nowhere"):
        open_checkpoint(tmp_path / "nowhere")


def test_a_file_of_another_kind(tmp_path):
    (tmp_path / "model.bin").write_bytes(b"")

    with pytest.raises(CheckpointError, match=r"model\.bin is neither a folder with config\.json nor a \.gguf file"):
        open_checkpoint(tmp_path / "model.bin")


def test_a_folder_without_weights(folder):
    (folder / "model.safetensors").unlink()

    with pytest.raises(CheckpointError, match="holds neither model.safetensors nor model.safetensors.index.json"):
        open_checkpoint(folder)


def test_a_missing_tensor(folder):
    change_tensors(folder, lambda tensors: tensors.pop("model.layers.1.mlp.experts.3.up_proj.weight"))

    with pytest.raises(
        CheckpointError, match=r"model\.layers\.1\.mlp\.experts\.3\.up_proj\.weight is missing from .*tiny"
    ):
        load(folder)


def test_an_extra_tensor(folder):
    change_tensors(folder, lambda tensors: tensors.update({"model.layers.0.self_attn.q_proj.bias": torch.zeros(96)}))

    with pytest.raises(CheckpointError, match=r"q_proj\.bias in .*model\.safetensors is not part of the model"):
        load(folder)


def test_a_tensor_of_another_shape(folder):
    change_tensors(folder, lambda tensors: tensors.update({"model.norm.weight": torch.ones(71)}))

    with pytest.raises(
        CheckpointError, match=r"model\.norm\.weight in .*safetensors has the shape \[71\].*makes it \[72\]"
    ):
        load(folder)


def test_a_tensor_of_a_dtype_nobody_reads(folder):
    change_tensors(folder, lambda tensors: tensors.update({"model.norm.weight": torch.ones(72, dtype=torch.int32)}))

    with pytest.raises(CheckpointError, match=r"model\.norm\.weight in .*safetensors is I32; this engine reads F32"):
        load(folder)


def test_a_tied_checkpoint_with_a_head_of_its_own(tmp_path):
    folder = write_checkpoint("llama-tied", tmp_path / "tied")
    embedding = open_checkpoint(folder).tensor("model.embed_tokens.weight")
    change_tensors(folder, lambda tensors: tensors.update({"lm_head.weight": embedding + 1}))

    with pytest.raises(CheckpointError, match=r"lm_head\.weight differs from the embedding"):
        load(folder)


def test_a_truncated_file(folder):
    file = folder / "model.safetensors"
    file.write_bytes(file.read_bytes()[:-100])

    with pytest.raises(CheckpointError, match=r"model\.safetensors is truncated: .* ends at byte .*; copy it again"):
        open_checkpoint(folder)


def test_a_missing_shard(sharded):
    shards = sorted(sharded.glob("*.safetensors"))
    shards[1].unlink()

    with pytest.raises(
        CheckpointError, match=rf"{shards[1].name} is missing.*lists {len(shards)} files and {len(shards) - 1}"
    ):
        open_checkpoint(sharded)


def test_an_index_that_disagrees_with_its_files(sharded):
    index = json.loads((sharded / INDEX).read_text())
    name, file = next(iter(index["weight_map"].items()))
    index["weight_map"][name] = next(other for other in index["weight_map"].values() if other != file)
    (sharded / INDEX).write_text(json.dumps(index))

    with pytest.raises(CheckpointError, match=f"{name} is missing from .*where the index says it is"):
        open_checkpoint(sharded)


def test_an_index_that_leaves_a_tensor_out(sharded):
    index = json.loads((sharded / INDEX).read_text())
    name, _ = index["weight_map"].popitem()
    (sharded / INDEX).write_text(json.dumps(index))

    with pytest.raises(CheckpointError, match=f"{name} is in .*, but not in the index"):
        open_checkpoint(sharded)


def test_an_index_that_points_out_of_its_folder(sharded):
    (sharded / INDEX).write_text(json.dumps({"weight_map": {"model.norm.weight": "../other.safetensors"}}))

    with pytest.raises(CheckpointError, match=r"'\.\./other\.safetensors'; only safetensors files beside it are read"):
        open_checkpoint(sharded)


def test_config_that_is_not_json(folder):
    (folder / "config.json").write_text("{")

    with pytest.raises(CheckpointError, match=r"config\.json cannot be read"):
        open_checkpoint(folder)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"hidden_size": ...}, "has no hidden_size"),
        ({"num_local_experts": ...}, "has no num_local_experts or num_experts"),
        ({"tie_word_embeddings": ...}, "has no tie_word_embeddings"),
        ({"rope_parameters": ...}, "has no rope_theta"),
        ({"head_dim": ...}, "has no head_dim"),
        ({"hidden_size": "72"}, "hidden_size in .* is '72'; it must be a whole number of at least 1"),
        ({"rms_norm_eps": 0}, "rms_norm_eps in .* is 0; it must be a number above 0"),
        ({"norm_topk_prob": 1}, "norm_topk_prob in .* is 1; it must be true or false"),
        ({"architectures": ["GPT2LMHeadModel"]}, "is a GPT2LMHeadModel; this engine runs LlamaForCausalLM"),
        ({"architectures": []}, r"architectures in .* is \[\]"),
        ({"hidden_act": "gelu"}, "hidden_act in .* is 'gelu'"),
        ({"attention_bias": True}, "attention_bias in .* is True, which this engine does not support"),
        ({"mlp_only_layers": [0]}, r"mlp_only_layers in .* is \[0\]"),
        ({"sliding_window": 128, "use_sliding_window": True}, "sliding_window in .* is 128"),
        ({"quantization_config": {"quant_method": "fp8"}}, "quantization_config in .* is"),
        ({"rope_parameters": {"rope_type": "yarn", "rope_theta": 1e4}}, "asks for 'yarn' rotary scaling"),
        ({"rope_scaling": {"type": "linear"}, "rope_parameters": ...}, "asks for 'linear' rotary scaling"),
        ({"num_experts_per_tok": 9}, "num_experts_per_tok in .* is 9, more than the 5 experts"),
        ({"num_key_value_heads": 4}, r"num_attention_heads in .* is 6, not a multiple of num_key_value_heads \(4\)"),
        ({"head_dim": 15}, "head_dim in .* is 15"),
    ],
)
def test_config_refusals_name_file_and_key(folder, changes, message):
    change_config(folder, **changes)

    with pytest.raises(CheckpointError, match=message) as refusal:
        load(folder)

    assert "config.json" in str(refusal.value)


# config.json through the years


def test_old_and_new_rope_settings_mean_the_same(folder):
    new = read_model_config(open_checkpoint(folder).config, folder)
    change_config(folder, rope_parameters=..., rope_theta=10000, rope_scaling=None)

    assert read_model_config(open_checkpoint(folder).config, folder) == new


def test_a_window_that_is_switched_off_is_no_window(folder):
    change_config(folder, sliding_window=4096, use_sliding_window=False)

    load(folder)


def test_an_old_llama_without_head_dim_divides_its_hidden_size(tmp_path):
    config = open_checkpoint(write_checkpoint("llama", tmp_path)).config
    del config["head_dim"]

    assert read_model_config(config, tmp_path).head_dim == 72 // 6
