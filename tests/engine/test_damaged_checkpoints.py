"""Checkpoints that are damaged in one place each: the load stops with one line that names the place."""

import json
import math
import os
import re
import shutil
import struct
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from engine.config import EngineConfig
from engine.errors import CheckpointError
from engine.llm import LLM
from engine.model_runner import ModelRunner
from tests.engine.tiny_checkpoint import write_checkpoint
from tests.golden import GOLDEN, needs_golden

ROOT = Path(__file__).parents[2]
INDEX = "model.safetensors.index.json"
ONE = "model.safetensors"
FIRST_SHARD = "model-00001-of-00002.safetensors"
FP8_WEIGHT = "model.language_model.layers.1.self_attn.o_proj.weight"
NORM = "model.norm.weight"


def load(folder):
    ModelRunner(EngineConfig(model=folder, device="cpu", dtype="float32", kv_cache_memory=2**22)).close()


def refusal(folder):
    """The one line."""
    with pytest.raises(CheckpointError) as error:
        load(folder)
    line = str(error.value)
    assert line and line.isprintable() and line.endswith(".")
    return line


def copy(case, folder):
    shutil.copytree(GOLDEN / case / "checkpoint", folder, copy_function=shutil.copyfile)
    folder.chmod(0o755)
    return folder


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    return write_checkpoint("qwen3", tmp_path_factory.mktemp("written") / "tiny")


@pytest.fixture
def tiny(written, tmp_path):
    return Path(shutil.copytree(written, tmp_path / "tiny"))


@pytest.fixture
def fp8(tmp_path):
    return copy("pro-tiny-fp8", tmp_path / "fp8")


@pytest.fixture
def sharded(tmp_path):
    return copy("s1-tiny", tmp_path / "sharded")


def change_tensors(folder, change, file=ONE):
    tensors = load_file(folder / file)
    change(tensors)
    save_file(tensors, folder / file)


def change_json(path, change):
    value = json.loads(path.read_text())
    change(value)
    path.write_text(json.dumps(value))


def change_header(folder, change, file=ONE):
    """Rewrites the header and leaves the numbers as they are."""
    data = (folder / file).read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + length])
    text = change(header) or json.dumps(header)
    (folder / file).write_bytes(struct.pack("<Q", len(text)) + text.encode() + data[8 + length :])


def set_entry(**fields):
    return lambda header: header[NORM].update(fields)


# the file itself


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        pytest.param(lambda data: data[:-100], "is truncated: .* ends at byte", id="cut-at-the-end"),
        pytest.param(lambda data: data[:1000], "its header claims", id="cut-in-the-header"),
        pytest.param(lambda data: data[:5], "its header claims", id="five-bytes"),
        pytest.param(lambda data: b"", "its header claims", id="empty"),
        pytest.param(lambda data: data[:7] + b"\xff" + data[8:], "its header claims", id="flipped-header-length"),
        pytest.param(lambda data: b"\x01" + data[1:], "its header is not JSON", id="wrong-header-length"),
        pytest.param(lambda data: data[:8] + b"\xff\xfe" + data[10:], "its header is not JSON", id="not-utf-8"),
        pytest.param(lambda data: data + b"\0" * 12, "has 12 bytes after its last tensor", id="trailing-bytes"),
        pytest.param(lambda data: b"\x02" + b"\0" * 7 + b"[]", "is not a JSON object", id="a-list"),
        pytest.param(
            lambda data: struct.pack("<Q", 50_000) + b'{"a":' * 10_000, "its header is not JSON", id="deep-json"
        ),
    ],
)
def test_a_file_that_is_no_safetensors(tiny, damage, reason):
    (tiny / ONE).write_bytes(damage((tiny / ONE).read_bytes()))

    line = refusal(tiny)

    assert f"{tiny / ONE}" in line and line.endswith("; copy it again.")
    assert re.search(reason, line), line


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        pytest.param(set_entry(dtype="Q4"), "is 'Q4'", id="unknown-dtype"),
        pytest.param(set_entry(dtype="F64"), "takes 576", id="wrong-dtype"),
        pytest.param(set_entry(shape=[71]), "takes 284", id="wrong-shape"),
        pytest.param(set_entry(shape=[2**62, 2**62]), "takes", id="shape-beyond-any-machine"),
        pytest.param(set_entry(shape=[-72]), "entry of model.norm.weight is incomplete", id="negative-shape"),
        pytest.param(set_entry(data_offsets=None), "entry of model.norm.weight is incomplete", id="no-offsets"),
        pytest.param(set_entry(data_offsets=[288, 0]), "has -288 bytes", id="reversed-offsets"),
        pytest.param(set_entry(data_offsets=[0, 288]), "overlap", id="overlapping-offsets"),
        pytest.param(set_entry(data_offsets=[2**40, 2**40 + 288]), "is truncated", id="offsets-beyond-the-file"),
        pytest.param(lambda header: header.pop(NORM) and None, "no tensor's|after its last", id="a-gap"),
        pytest.param(
            lambda header: json.dumps(header)[:-1] + ', "lm_head.weight": {}}', "'lm_head.weight' is there twice",
            id="a-name-twice",
        ),
        pytest.param(lambda header: header.update({"a\nb": header.pop(NORM)}), r"'a\\nb'", id="a-name-of-two-lines"),
    ],
)  # fmt: skip
def test_a_header_that_contradicts_its_numbers(tiny, damage, reason):
    change_header(tiny, damage)

    line = refusal(tiny)

    assert str(tiny / ONE) in line and re.search(reason, line), line


# tensors


def test_a_number_that_is_not_one(tiny):
    change_tensors(tiny, lambda tensors: tensors["model.layers.1.self_attn.v_proj.weight"][3, 4].fill_(math.nan))

    place = f"model.layers.1.self_attn.v_proj.weight in {tiny / ONE}"
    assert refusal(tiny) == f"{place} holds a number that is not finite; copy the file again."


def test_a_tensor_that_is_absent(tiny):
    change_tensors(tiny, lambda tensors: tensors.pop("model.layers.0.mlp.up_proj.weight"))

    assert refusal(tiny) == f"model.layers.0.mlp.up_proj.weight is missing from {tiny}."


def test_a_tensor_that_nobody_asks_for(tiny):
    change_tensors(tiny, lambda tensors: tensors.update({"model.layers.2.input_layernorm.weight": torch.ones(72)}))

    assert refusal(tiny) == (
        f"model.layers.2.input_layernorm.weight in {tiny / ONE} is not part of the model that config.json describes "
        "(1 such tensors)."
    )


def test_integers_for_weights(tiny):
    change_tensors(tiny, lambda tensors: tensors.update({NORM: torch.ones(72, dtype=torch.int64)}))

    assert refusal(tiny) == f"{NORM} in {tiny / ONE} is I64; this engine reads F32, F16, BF16, F8_E4M3."


@pytest.mark.parametrize(
    ("key", "value", "tensor"),
    [
        ("hidden_size", 80, "model.embed_tokens.weight"),
        ("vocab_size", 200, "model.embed_tokens.weight"),
        ("intermediate_size", 99, "model.layers.0.mlp.gate_proj.weight"),
        ("num_key_value_heads", 3, "model.layers.0.self_attn.k_proj.weight"),
        ("head_dim", 18, "model.layers.0.self_attn.q_proj.weight"),
        ("num_hidden_layers", 3, "model.layers.2.input_layernorm.weight"),
        ("num_hidden_layers", 1, "model.layers.1.input_layernorm.weight"),
    ],
)
def test_a_config_that_contradicts_the_weights(tiny, key, value, tensor):
    change_json(tiny / "config.json", lambda config: config.update({key: value}))

    assert refusal(tiny).startswith(tensor)


def test_a_config_that_is_cut_off(tiny):
    (tiny / "config.json").write_text((tiny / "config.json").read_text()[:100])

    assert refusal(tiny).startswith(f"{tiny / 'config.json'} cannot be read: ")


def test_a_config_of_something_else(tiny):
    (tiny / "config.json").write_text("[1, 2]")

    assert refusal(tiny) == f"{tiny / 'config.json'} is not a JSON object."


def test_a_config_that_is_absent(tiny):
    (tiny / "config.json").unlink()

    assert refusal(tiny) == f"config.json is missing from {tiny}."


def test_pickles_are_not_opened(tiny):
    (tiny / ONE).rename(tiny / "pytorch_model.bin")

    assert "pytorch_model files, which can run code" in refusal(tiny)


# block-FP8


@needs_golden
@pytest.mark.parametrize(
    ("change", "reason"),
    [
        pytest.param(lambda t: t.pop(f"{FP8_WEIGHT}_scale_inv"), "its scales, .*_scale_inv, are missing", id="missing"),
        pytest.param(
            lambda t: t.update({f"{FP8_WEIGHT}_scale_inv": torch.ones(2, 3)}), r"\[2, 3\]; .* F32 of \[2, 2\]",
            id="of-another-shape",
        ),
        pytest.param(
            lambda t: t.update({f"{FP8_WEIGHT}_scale_inv": torch.ones(2, 2).bfloat16()}), "is BF16",
            id="of-another-dtype",
        ),
        pytest.param(lambda t: t[f"{FP8_WEIGHT}_scale_inv"].fill_(0), "holds 0; scales must be above 0", id="zero"),
        pytest.param(lambda t: t[f"{FP8_WEIGHT}_scale_inv"].neg_(), "scales must be above 0", id="negative"),
        pytest.param(lambda t: t[f"{FP8_WEIGHT}_scale_inv"].fill_(math.inf), "not finite", id="infinite"),
        pytest.param(
            lambda t: t.update({FP8_WEIGHT: t[FP8_WEIGHT].bfloat16()}), "scales a tensor that is BF16", id="of-bfloat16"
        ),
        pytest.param(lambda t: t.pop(FP8_WEIGHT), "has no tensor to scale", id="of-nothing"),
    ],
)  # fmt: skip
def test_scales_that_do_not_belong(fp8, change, reason):
    change_tensors(fp8, change)

    line = refusal(fp8)

    assert FP8_WEIGHT in line and re.search(reason, line), line


@needs_golden
@pytest.mark.parametrize("code", [0x7F, 0xFF])
def test_a_code_that_is_not_a_number(fp8, code):
    change_tensors(fp8, lambda tensors: tensors[FP8_WEIGHT].view(torch.uint8)[100, 200].fill_(code))

    assert refusal(fp8) == f"{FP8_WEIGHT} in {fp8 / ONE} holds a number that is not finite; copy the file again."


# shards and their index


def set_file(name, file):
    return lambda index: index["weight_map"].update({name: file})


@needs_golden
@pytest.mark.parametrize(
    ("change", "reason"),
    [
        pytest.param(set_file("lm_head.weight", "../x.safetensors"), r"names '\.\./x\.safetensors'", id="above"),
        pytest.param(set_file("lm_head.weight", "/etc/passwd"), "names '/etc/passwd'", id="absolute"),
        pytest.param(set_file("lm_head.weight", ".."), r"names '\.\.'", id="the-folder-above"),
        pytest.param(set_file("lm_head.weight", "a\\b.safetensors"), "names", id="backslash"),
        pytest.param(set_file("lm_head.weight", 7), "has no weight_map", id="not-a-name"),
        pytest.param(set_file("lm_head.weight", "x.safetensors"), "x.safetensors is missing", id="a-file-not-there"),
        pytest.param(set_file("lm_head.weight", FIRST_SHARD), "lm_head.weight is missing from", id="wrong-shard"),
        pytest.param(set_file("a.weight", FIRST_SHARD), "a.weight is missing from", id="listed-but-absent"),
        pytest.param(lambda index: index["weight_map"].pop("lm_head.weight"), "not in the index", id="not-listed"),
        pytest.param(lambda index: index.pop("weight_map"), "has no weight_map", id="no-map"),
    ],
)
def test_an_index_that_is_wrong(sharded, change, reason):
    change_json(sharded / INDEX, change)

    line = refusal(sharded)

    assert re.search(reason, line), line


@needs_golden
def test_an_index_that_is_not_json(sharded):
    (sharded / INDEX).write_text("{")

    assert refusal(sharded).startswith(f"{sharded / INDEX} cannot be read: ")


@needs_golden
def test_a_tensor_in_two_shards(sharded):
    change_tensors(sharded, lambda tensors: tensors.update({"lm_head.weight": torch.ones(2)}), FIRST_SHARD)

    assert refusal(sharded).startswith(f"lm_head.weight is in {sharded / FIRST_SHARD} and in ")


@needs_golden
def test_a_shard_that_is_cut_off(sharded):
    os.truncate(sharded / FIRST_SHARD, 5_000_000)

    assert refusal(sharded).startswith(f"{sharded / FIRST_SHARD} is truncated: ")


@needs_golden
def test_a_shard_that_is_a_folder(sharded):
    (sharded / FIRST_SHARD).unlink()
    (sharded / FIRST_SHARD).mkdir()

    assert refusal(sharded).startswith(f"{FIRST_SHARD} is missing from {sharded}: ")


@needs_golden
def test_shards_may_be_links_as_in_the_cache_of_the_hub(sharded, tmp_path):
    (sharded / FIRST_SHARD).rename(tmp_path / "blob")
    (sharded / FIRST_SHARD).symlink_to(tmp_path / "blob")

    load(sharded)


# beside the weights


@needs_golden
@pytest.mark.parametrize("name", ["vocab.json", "merges.txt", "tokenizer_SMILES.model"])
def test_a_tokenizer_file_that_is_absent(tmp_path, name):
    folder = copy("pro-tiny", tmp_path / "pro")
    (folder / name).unlink()

    with pytest.raises(CheckpointError, match=name) as error:
        LLM(EngineConfig(model=folder, device="cpu", dtype="float32", kv_cache_memory=2**22))

    assert str(error.value).isprintable()


# the program


def start_app(folder, tmp_path):
    command = [sys.executable, str(ROOT / "app.py"), "--model", str(folder), "--port", "0", "--data-dir", str(tmp_path)]
    return subprocess.run(command, capture_output=True, text=True, timeout=55, check=False)


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        pytest.param(lambda folder: os.truncate(folder / ONE, 20_000), "is truncated", id="truncated"),
        pytest.param(
            lambda folder: change_tensors(folder, lambda t: t[NORM].fill_(math.nan)),
            "not finite",
            id="nan",
            marks=pytest.mark.slow,
        ),
    ],
)
def test_the_program_says_so_in_one_line_and_ends_with_status_2(tiny, tmp_path, damage, reason):
    damage(tiny)
    expected = refusal(tiny)

    result = start_app(tiny, tmp_path)

    assert reason in expected and expected in result.stderr.splitlines()
    assert "Traceback" not in result.stderr
    assert result.returncode == 2
