"""A rank's memory is its part of the model, also while it is read."""

import re
from pathlib import Path

import pytest
from transformers import Qwen3Config, Qwen3ForCausalLM

from engine.config import EngineConfig
from engine.ranks.worker_group import WorkerGroup

H, WIDTH = 512, 4096
MATRIX_BYTES = H * WIDTH * 4


def write(folder, num_layers):
    config = Qwen3Config(
        vocab_size=64, hidden_size=H, intermediate_size=WIDTH, num_hidden_layers=num_layers, num_attention_heads=2,
        num_key_value_heads=2, head_dim=16,
    )  # fmt: skip
    Qwen3ForCausalLM(config).save_pretrained(folder)
    return folder


def peak_bytes(folder):
    """Of rank 1 of 2, once the weights are there."""
    group = WorkerGroup(
        EngineConfig(folder, device="cpu", dtype="float32", kv_cache_memory=2**20, max_model_len=64, tensor_parallel=2)
    )
    status = Path(f"/proc/{group.worker_pids[0]}/status").read_text()
    group.close()
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    assert found is not None
    return int(found[1]) * 1024


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="peak memory is read from /proc, which is Linux's")
def test_a_rank_takes_half_of_the_weights_even_while_it_reads_them(tmp_path, monkeypatch):
    monkeypatch.setenv("MALLOC_MMAP_THRESHOLD_", "131072")  # what is let go of is given back, and not counted

    small, large = (peak_bytes(write(tmp_path / str(num_layers), num_layers)) for num_layers in (1, 6))

    added_bytes = (6 - 1) * 3 * MATRIX_BYTES
    assert large - small <= 0.5 * added_bytes + MATRIX_BYTES
