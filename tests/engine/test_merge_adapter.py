import json

import pytest
import torch
from safetensors.torch import load_file, save_file

from engine.checkpoint import open_checkpoint
from engine.errors import CheckpointError
from engine.merge_adapter import EMBEDDINGS, merge_adapter
from tests.engine.tiny_checkpoint import write_checkpoint

QUERY = "model.layers.0.self_attn.q_proj"


@pytest.fixture
def base(tmp_path):
    return write_checkpoint("llama-tied", tmp_path / "base")


def write_adapter(folder, name: str, down: torch.Tensor, up: torch.Tensor):
    folder.mkdir()
    (folder / "adapter_config.json").write_text(json.dumps({"r": down.shape[0], "lora_alpha": 2 * down.shape[0]}))
    pair = {f"base_model.model.{name}.lora_A.weight": down, f"base_model.model.{name}.lora_B.weight": up}
    save_file(pair, folder / "adapter_model.safetensors")
    return folder


def test_the_scaled_product_is_added_and_nothing_else_changes(base, tmp_path):
    before = open_checkpoint(base)
    rows, columns = before.tensor(f"{QUERY}.weight").shape
    down, up = torch.randn(2, columns), torch.randn(rows, 2)
    adapter = write_adapter(tmp_path / "adapter", QUERY, down, up)

    merge_adapter(base, adapter, tmp_path / "merged")

    after = load_file(tmp_path / "merged" / "model.safetensors")
    for name in before.names():
        expected = before.tensor(name).float()
        if name == f"{QUERY}.weight":
            expected = expected + 2.0 * up @ down
        assert torch.equal(after[name], expected.to(torch.bfloat16)), name


def test_control_tokens_get_their_own_rows(base, tmp_path):
    before = open_checkpoint(base)
    rows, columns = before.tensor(f"{QUERY}.weight").shape
    adapter = write_adapter(tmp_path / "adapter", QUERY, torch.zeros(1, columns), torch.zeros(rows, 1))
    new_rows = torch.ones(2, before.tensor(EMBEDDINGS).shape[1], dtype=torch.bfloat16)
    save_file({"rows": new_rows, "token_ids": torch.tensor([5, 3])}, adapter / "control_tokens.safetensors")

    merge_adapter(base, adapter, tmp_path / "merged")

    embeddings = load_file(tmp_path / "merged" / "model.safetensors")[EMBEDDINGS]
    assert torch.equal(embeddings[[3, 5]], new_rows)
    assert torch.equal(embeddings[4], before.tensor(EMBEDDINGS)[4].to(torch.bfloat16))


def test_the_merged_folder_is_a_checkpoint(base, tmp_path):
    before = open_checkpoint(base)
    rows, columns = before.tensor(f"{QUERY}.weight").shape
    adapter = write_adapter(tmp_path / "adapter", QUERY, torch.randn(2, columns), torch.randn(rows, 2))

    merge_adapter(base, adapter, tmp_path / "merged")

    merged = open_checkpoint(tmp_path / "merged")
    assert sorted(merged.names()) == sorted(before.names())
    assert merged.config["hidden_size"] == before.config["hidden_size"]


def test_an_adapter_for_another_model_is_refused(base, tmp_path):
    adapter = write_adapter(tmp_path / "adapter", "model.layers.99.mlp.up_proj", torch.zeros(1, 4), torch.zeros(4, 1))

    with pytest.raises(CheckpointError, match=r"layers\.99"):
        merge_adapter(base, adapter, tmp_path / "merged")
