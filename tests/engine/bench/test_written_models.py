"""The folders and files that the bench writes for all sides."""

import json
from dataclasses import replace

import pytest
import torch

from engine.bench.gguf_writer import gguf_file, gguf_type
from engine.bench.random_model import PRESETS, preset_names, random_model
from engine.checkpoint import open_checkpoint
from engine.config import EngineConfig
from engine.errors import CheckpointError
from engine.model_config import read_model_config
from engine.model_runner import ModelRunner
from tests.engine.tiny_checkpoint import NAMES, write_checkpoint

TINY = {"hidden_size": 64, "moe_intermediate_size": 32, "num_hidden_layers": 1, "vocab_size": 128, "num_experts": 4}


@pytest.fixture
def tiny_config(tmp_path):
    """bench-moe made small."""
    preset = json.loads((PRESETS / "bench-moe.json").read_text())
    path = tmp_path / "tiny.json"
    path.write_text(json.dumps(preset | TINY))
    return path


@pytest.mark.parametrize("name", preset_names())
def test_every_preset_is_a_configuration_this_engine_runs(name):
    path = PRESETS / f"{name}.json"

    assert read_model_config(json.loads(path.read_text()), path).vocab_size == 32000


def test_random_weights_are_written_once_and_the_same_everywhere(tiny_config, tmp_path):
    first = random_model(str(tiny_config), tmp_path / "cache")
    written = (first / "model.safetensors").stat().st_mtime_ns
    again = random_model(str(tiny_config), tmp_path / "cache")
    elsewhere = random_model(str(tiny_config), tmp_path / "other")

    assert again == first and (first / "model.safetensors").stat().st_mtime_ns == written
    assert (elsewhere / "model.safetensors").read_bytes() == (first / "model.safetensors").read_bytes()
    assert ModelRunner(EngineConfig(first, device="cpu", dtype="float32", kv_cache_memory=2**22)).vocab_size == 128


def test_another_configuration_is_another_folder(tiny_config, tmp_path):
    first = random_model(str(tiny_config), tmp_path / "cache")
    tiny_config.write_text(json.dumps(json.loads(tiny_config.read_text()) | {"num_experts": 8}))

    assert random_model(str(tiny_config), tmp_path / "cache") != first


def test_what_transformers_cannot_make_is_refused_and_leaves_nothing(tmp_path):
    (tmp_path / "odd.json").write_text('{"model_type": "odd"}')

    with pytest.raises(CheckpointError, match=r"transformers makes no model of .*odd\.json"):
        random_model(str(tmp_path / "odd.json"), tmp_path / "cache")

    assert not list((tmp_path / "cache").iterdir())


@pytest.mark.parametrize("name", NAMES)
def test_a_float32_file_for_llama_cpp_holds_the_same_tensors(name, tmp_path):
    checkpoint = open_checkpoint(write_checkpoint(name, tmp_path / name))
    model = read_model_config(checkpoint.config, tmp_path)

    written = open_checkpoint(gguf_file(checkpoint, model, "float32", tmp_path / "cache"))

    assert read_model_config(written.config, tmp_path) == model
    assert sorted(written.names()) == sorted(checkpoint.names())
    assert all(torch.equal(written.tensor(tensor), checkpoint.tensor(tensor)) for tensor in checkpoint.names())


def test_a_q8_0_file_is_within_rounding_of_the_weights_and_written_once(tiny_config, tmp_path):
    checkpoint = open_checkpoint(random_model(str(tiny_config), tmp_path))
    model = read_model_config(checkpoint.config, tmp_path)

    path = gguf_file(checkpoint, model, "int8", tmp_path)

    name = "model.layers.0.mlp.experts.3.down_proj.weight"
    exact = checkpoint.tensor(name, torch.float32).view(-1, 32)  # one scale for 32 weights
    step = exact.abs().amax(dim=1, keepdim=True) / 127
    error = open_checkpoint(path).tensor(name).view(-1, 32) - exact
    assert (error.abs() <= 0.6 * step).all() and error.any()  # half, and the scale is rounded to float16
    written = path.stat().st_mtime_ns
    assert gguf_file(checkpoint, model, "int8", tmp_path) == path and path.stat().st_mtime_ns == written
    assert gguf_type("int8") == "q8_0" and path.name.endswith("-q8_0.gguf")


def test_a_model_that_llama_cpp_has_no_file_for_is_refused(tiny_config, tmp_path):
    checkpoint = open_checkpoint(random_model(str(tiny_config), tmp_path))
    model = replace(read_model_config(checkpoint.config, tmp_path), architecture="InternS1ForConditionalGeneration")

    with pytest.raises(CheckpointError, match="InternS1ForConditionalGeneration is not written for llama.cpp"):
        gguf_file(checkpoint, model, "float32", tmp_path)
