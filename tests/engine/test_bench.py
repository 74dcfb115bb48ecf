import json

import pytest
import torch

from engine.bench import active_weight_bytes, main
from engine.checkpoint import open_checkpoint
from engine.model_config import read_model_config
from tests.engine.tiny_checkpoint import write_checkpoint


@pytest.mark.timeout(180)  # two processes that import torch, one of them transformers
def test_both_sides_do_the_same_work_and_the_table_has_every_row(tmp_path, capsys):
    folder = write_checkpoint("llama", tmp_path / "tiny")
    options = ["--dtype", "float32", "--batch", "1", "2", "--rounds", "1", "--prompt-tokens", "9", "--new-tokens", "5"]

    main(["--model", str(folder), "--peer", "transformers", *options, "--json", str(tmp_path / "out.json")])

    result = json.loads((tmp_path / "out.json").read_text())
    sides = [(row["peer"], row["batch"]) for row in result["rows"]]
    assert sides == [("benchside", 1), ("transformers", 1), ("benchside", 2), ("transformers", 2)]
    assert all(row["tokens_per_s"] > 0 and row["peak_memory"] > 0 for row in result["rows"])
    assert result["same_tokens"] == {"transformers, batch 1": 1.0, "transformers, batch 2": 1.0}
    table = capsys.readouterr().out
    assert table.count("| benchside |") == table.count("| transformers |") == 2


def test_a_model_that_is_not_there_ends_in_one_sentence(tmp_path):
    with pytest.raises(SystemExit, match="There is no model at .*nowhere"):
        main(["--model", str(tmp_path / "nowhere")])


def test_a_side_that_ends_is_reported(tmp_path):
    folder = write_checkpoint("llama", tmp_path / "tiny")
    (folder / "model.safetensors").unlink()
    (folder / "model.safetensors").write_bytes(b"not safetensors")

    with pytest.raises(SystemExit, match="cannot be read"):
        main(["--model", str(folder)])


def test_active_weights_of_a_dense_model_are_all_but_the_embedding(tmp_path):
    checkpoint = open_checkpoint(write_checkpoint("llama", tmp_path))

    counted = active_weight_bytes(read_model_config(checkpoint.config, tmp_path), torch.float32)

    names = set(checkpoint.names()) - {"model.embed_tokens.weight"}
    assert counted == sum(checkpoint.tensor(name).nbytes for name in names)


def test_active_weights_of_a_mixture_leave_the_idle_experts_out(tmp_path):
    checkpoint = open_checkpoint(write_checkpoint("mixtral", tmp_path))

    counted = active_weight_bytes(read_model_config(checkpoint.config, tmp_path), torch.bfloat16)

    idle = tuple(f"experts.{i}.{part}.weight" for i in (2, 3, 4) for part in ("gate_proj", "up_proj", "down_proj"))
    names = [name for name in checkpoint.names() if not name.endswith(("embed_tokens.weight", *idle))]
    assert counted == sum(checkpoint.tensor(name).numel() for name in names) * 2
