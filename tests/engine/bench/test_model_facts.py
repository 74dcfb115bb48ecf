import torch

from engine.bench.model_facts import active_weight_bytes, kv_bytes_per_token, weight_bytes
from engine.checkpoint import open_checkpoint
from engine.model_config import read_model_config
from kernels.paged_kv import allocate_paged_kv
from tests.engine.tiny_checkpoint import write_checkpoint


def test_active_weights_of_a_dense_model_are_all_but_the_embedding(tmp_path):
    checkpoint = open_checkpoint(write_checkpoint("llama", tmp_path))

    counted = active_weight_bytes(read_model_config(checkpoint.config, tmp_path), "float32")

    names = set(checkpoint.names()) - {"model.embed_tokens.weight"}
    assert counted == sum(checkpoint.tensor(name).nbytes for name in names)


def test_active_weights_of_a_mixture_leave_the_idle_experts_out(tmp_path):
    checkpoint = open_checkpoint(write_checkpoint("mixtral", tmp_path))

    counted = active_weight_bytes(read_model_config(checkpoint.config, tmp_path), "bfloat16")

    idle = tuple(f"experts.{i}.{part}.weight" for i in (2, 3, 4) for part in ("gate_proj", "up_proj", "down_proj"))
    names = [name for name in checkpoint.names() if not name.endswith(("embed_tokens.weight", *idle))]
    assert counted == sum(checkpoint.tensor(name).numel() for name in names) * 2


def test_all_weights_are_counted_once(tmp_path):
    checkpoint = open_checkpoint(write_checkpoint("mixtral", tmp_path))

    counted = weight_bytes(checkpoint, "int8")

    assert counted == sum(checkpoint.tensor(name).numel() for name in checkpoint.names())


def test_a_token_takes_what_the_cache_gives_it(tmp_path):
    checkpoint = open_checkpoint(write_checkpoint("qwen3", tmp_path))
    model = read_model_config(checkpoint.config, tmp_path)
    caches = allocate_paged_kv(
        model.num_layers, 3, model.num_kv_heads, model.head_dim, 16, like=torch.empty(0, dtype=torch.bfloat16)
    )

    counted = 3 * 16 * kv_bytes_per_token(model, "bfloat16")

    assert counted == sum(tensor.nbytes for cache in caches for tensor in (cache.keys, cache.values))
