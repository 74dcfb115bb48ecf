import json

import gguf
import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from engine.checkpoint import open_checkpoint
from engine.config import EngineConfig
from engine.errors import CheckpointError
from engine.model_config import read_model_config
from engine.model_runner import ModelRunner
from engine.models.decoder import Decoder
from engine.step_batch import make_batch
from engine.step_plan import SequencePlan, StepPlan
from engine.weight_reader import WeightReader
from kernels.paged_kv import allocate_paged_kv
from tests.engine.llama_gguf import write_llama_gguf
from tests.engine.tiny_checkpoint import write_checkpoint
from tests.golden import GOLDEN, needs_golden


@pytest.mark.parametrize("name", ["llama", "llama-tied", "mixtral"])
def test_a_converted_file_is_the_folder_it_came_from(name, tmp_path):
    folder = open_checkpoint(write_checkpoint(name, tmp_path / "folder"))

    file = open_checkpoint(write_llama_gguf(tmp_path / "folder", tmp_path / "tiny.gguf"))

    assert set(file.names()) == set(folder.names())
    assert all(torch.equal(file.tensor(tensor), folder.tensor(tensor)) for tensor in file.names())
    assert read_model_config(file.config, tmp_path) == read_model_config(folder.config, tmp_path)


def test_a_truncated_file_is_named(tmp_path):
    write_checkpoint("llama", tmp_path / "folder")
    file = write_llama_gguf(tmp_path / "folder", tmp_path / "tiny.gguf")
    file.write_bytes(file.read_bytes()[:-1000])

    with pytest.raises(CheckpointError, match=r"tiny\.gguf cannot be read as GGUF: .*; copy it again"):
        open_checkpoint(file)


def test_a_file_of_something_else_is_named(tmp_path):
    (tmp_path / "page.gguf").write_text("<html>not found</html>" * 100)

    with pytest.raises(CheckpointError, match=r"page\.gguf cannot be read as GGUF"):
        open_checkpoint(tmp_path / "page.gguf")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda settings: settings.update({"rope.scaling.type": "yarn"}), "asks for 'yarn' rotary scaling"),
        (lambda settings: settings.pop("block_count"), r"has no llama\.block_count"),
    ],
)
def test_settings_that_cannot_be_used_are_refused_by_name(change, message, tmp_path):
    write_checkpoint("llama", tmp_path / "folder")
    file = write_llama_gguf(tmp_path / "folder", tmp_path / "tiny.gguf", change=change)

    with pytest.raises(CheckpointError, match=message):
        open_checkpoint(file)


def test_an_architecture_that_is_not_ours_is_refused_by_name(tmp_path):
    writer = gguf.GGUFWriter(tmp_path / "other.gguf", "mamba")
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()

    with pytest.raises(CheckpointError, match=r"other\.gguf has the architecture 'mamba'"):
        open_checkpoint(tmp_path / "other.gguf")


def golden_cases():
    return [(arch, kind) for arch in ("qwen3", "qwen3moe") for kind in ("F16", "Q8_0", "Q4_0", "Q4_K_M", "Q6_K")]


@pytest.fixture(scope="module")
def expected():
    return load_file(GOLDEN / "gguf" / "expected.safetensors")


@needs_golden
@pytest.mark.parametrize(("arch", "kind"), golden_cases())
def test_golden_logits(arch, kind, expected):
    checkpoint = open_checkpoint(GOLDEN / "gguf" / f"{arch}-tiny-{kind}.gguf")
    model = read_model_config(checkpoint.config, checkpoint.path)
    cpu = torch.device("cpu")
    decoder = Decoder(model, WeightReader(checkpoint, torch.float32, cpu), max_model_len=512)

    for i, prompt in enumerate(json.loads((GOLDEN / "gguf" / "inputs.json").read_text())["prompts"]):
        caches = allocate_paged_kv(model.num_layers, 16, model.num_kv_heads, model.head_dim, 32, torch.empty(0))
        plan = StepPlan([SequencePlan(0, prompt, 0, list(range(16)), is_sampled=True)])
        with torch.inference_mode():
            logits = decoder(make_batch(plan, [len(prompt) - 1], 32, cpu), caches)[0]

        assert (logits - expected[f"{arch}-{kind}.dequant_float32.prompt{i}"]).abs().max() <= 2e-3


@needs_golden
@pytest.mark.parametrize(("arch", "kind"), golden_cases())
def test_golden_tensors(arch, kind, expected):
    ours = {
        "blk.0.attn_v.weight": "model.layers.0.self_attn.v_proj.weight",
        "blk.0.ffn_down.weight": "model.layers.0.mlp.down_proj.weight",
        "blk.0.ffn_down_exps.weight": "model.layers.0.mlp.experts.0.down_proj.weight",
        "blk.0.ffn_gate_exps.weight": "model.layers.0.mlp.experts.0.gate_proj.weight",
        "blk.1.attn_q.weight": "model.layers.1.self_attn.q_proj.weight",
        "output.weight": "lm_head.weight",
        "token_embd.weight": "model.embed_tokens.weight",
    }
    prefix = f"{arch}-{kind}.dequantised_first256."
    cases = {ours[name.removeprefix(prefix)]: values for name, values in expected.items() if name.startswith(prefix)}

    checkpoint = open_checkpoint(GOLDEN / "gguf" / f"{arch}-tiny-{kind}.gguf")

    assert cases
    assert all(torch.equal(checkpoint.tensor(name).flatten()[:256], values) for name, values in cases.items())


def test_a_type_that_is_not_read_is_refused_by_name(tmp_path):
    folder = write_checkpoint("llama", tmp_path / "folder")
    tensors = load_file(folder / "model.safetensors")
    save_file(tensors | {"model.norm.weight": torch.ones(72, dtype=torch.float64)}, folder / "model.safetensors")
    checkpoint = open_checkpoint(write_llama_gguf(folder, tmp_path / "tiny.gguf"))

    with pytest.raises(CheckpointError, match=r"output_norm\.weight in .*tiny\.gguf is F64; this engine reads"):
        checkpoint.tensor("model.norm.weight")


def test_a_gguf_file_runs(tmp_path):
    write_checkpoint("mixtral", tmp_path / "folder")
    file = write_llama_gguf(tmp_path / "folder", tmp_path / "tiny.gguf")

    runner = ModelRunner(EngineConfig(model=file, device="cpu", dtype="bfloat16", kv_cache_memory=2**20))
    result = runner.execute(StepPlan([SequencePlan(7, [1, 2, 3], 0, [0], is_sampled=True)]))

    assert 0 <= result.sampled[7] < runner.vocab_size


# damage


@needs_golden
def test_damage_anywhere_in_the_header_is_one_line_or_none(tmp_path):
    data = bytearray((GOLDEN / "gguf" / "qwen3-tiny-Q8_0.gguf").read_bytes())
    rng = np.random.default_rng(0)
    lines = 0

    for _ in range(40):
        damaged = data.copy()
        for position in rng.integers(0, 8000, size=3):
            damaged[position] = rng.integers(0, 256)
        (tmp_path / "damaged.gguf").write_bytes(damaged)
        try:
            read_model_config(open_checkpoint(tmp_path / "damaged.gguf").config, tmp_path)
        except CheckpointError as error:
            assert str(error).isprintable()
            lines += 1

    assert lines > 10


@needs_golden
@pytest.mark.parametrize("size", [0, 3, 10, 24, 100, 5000, 30_000])
def test_a_file_that_is_cut_off_is_one_line(tmp_path, size):
    data = (GOLDEN / "gguf" / "qwen3-tiny-Q8_0.gguf").read_bytes()
    (tmp_path / "cut.gguf").write_bytes(data[:size])

    with pytest.raises(CheckpointError) as error:
        open_checkpoint(tmp_path / "cut.gguf")

    assert str(error.value).isprintable() and str(error.value).endswith("; copy it again.")


@needs_golden
def test_a_scale_that_is_not_a_number_is_found(tmp_path):
    path = tmp_path / "bad.gguf"
    sound = GOLDEN / "gguf" / "qwen3-tiny-Q8_0.gguf"
    data = bytearray(sound.read_bytes())
    tensor = next(t for t in gguf.GGUFReader(sound).tensors if t.name == "blk.0.ffn_up.weight")
    data[tensor.data_offset : tensor.data_offset + 2] = b"\x00\x7e"  # the scale of its first block: NaN in float16
    path.write_bytes(data)

    with pytest.raises(
        CheckpointError, match=r"blk\.0\.ffn_up\.weight in .*bad\.gguf holds a number that is not finite"
    ):
        ModelRunner(EngineConfig(model=path, device="cpu", dtype="float32", kv_cache_memory=2**22))
