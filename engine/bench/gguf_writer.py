"""The same weights as a .gguf file, for llama.cpp. Without a vocabulary: the bench speaks in token ids."""

import hashlib
import os
from pathlib import Path

import gguf
import numpy as np
import torch
from numpy.typing import NDArray

from engine.checkpoint import Checkpoint
from engine.errors import CheckpointError
from engine.model_config import ModelConfig

# llama.cpp's type of the matrices where ours are of a dtype
_TYPES = {
    "float32": gguf.GGMLQuantizationType.F32,
    "bfloat16": gguf.GGMLQuantizationType.BF16,
    "int8": gguf.GGMLQuantizationType.Q8_0,
}
_ARCHITECTURES = {
    "LlamaForCausalLM": gguf.MODEL_ARCH.LLAMA,
    "MixtralForCausalLM": gguf.MODEL_ARCH.LLAMA,
    "Qwen3ForCausalLM": gguf.MODEL_ARCH.QWEN3,
    "Qwen3MoeForCausalLM": gguf.MODEL_ARCH.QWEN3MOE,
}
_EXPERT_PARTS = ("gate_proj", "up_proj", "down_proj")


def gguf_type(dtype: str) -> str:
    return str(_TYPES[dtype].name).lower()


def gguf_file(checkpoint: Checkpoint, model: ModelConfig, dtype: str, cache: Path) -> Path:
    """Written once per checkpoint and dtype, then found in the cache."""
    if model.architecture not in _ARCHITECTURES:
        raise CheckpointError(
            f"{model.architecture} is not written for llama.cpp; the bench does so for {', '.join(_ARCHITECTURES)}."
        )
    path = cache / f"{checkpoint.path.name}-{_digest(checkpoint)}-{gguf_type(dtype)}.gguf"
    if not path.is_file():
        cache.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(f".{os.getpid()}")
        try:
            _write(checkpoint, model, _TYPES[dtype], unfinished)
            unfinished.rename(path)
        finally:
            unfinished.unlink(missing_ok=True)
    return path


def _write(checkpoint: Checkpoint, model: ModelConfig, kind: gguf.GGMLQuantizationType, path: Path) -> None:
    architecture = _ARCHITECTURES[model.architecture]
    writer = gguf.GGUFWriter(path, gguf.MODEL_ARCH_NAMES[architecture], use_temp_file=True)
    _add_settings(writer, model)
    names = gguf.get_tensor_name_map(architecture, model.num_layers)
    num_experts = model.experts.num_experts if model.experts else 0
    is_permuted = architecture == gguf.MODEL_ARCH.LLAMA
    for name in checkpoint.names():
        if ".mlp.experts." not in name:
            values = _values(checkpoint, name)
            num_heads = _num_heads(model, name) if is_permuted else 0
            stays_float = values.ndim == 1 or name.endswith(".mlp.gate.weight")
            _add_tensor(writer, names, name, _interleaved(values, num_heads), None if stays_float else kind)
    for layer in range(model.num_layers if num_experts else 0):
        for part in _EXPERT_PARTS:
            prefix = f"model.layers.{layer}.mlp.experts"
            experts = [_values(checkpoint, f"{prefix}.{e}.{part}.weight") for e in range(num_experts)]
            _add_tensor(writer, names, f"{prefix}.{part}.weight", np.stack(experts), kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _add_settings(writer: gguf.GGUFWriter, model: ModelConfig) -> None:
    writer.add_context_length(model.max_position_embeddings)
    writer.add_embedding_length(model.hidden_size)
    writer.add_block_count(model.num_layers)
    writer.add_feed_forward_length(model.intermediate_size)
    writer.add_head_count(model.num_heads)
    writer.add_head_count_kv(model.num_kv_heads)
    writer.add_key_length(model.head_dim)
    writer.add_value_length(model.head_dim)
    writer.add_rope_dimension_count(model.head_dim)
    writer.add_rope_freq_base(model.rope_theta)
    writer.add_layer_norm_rms_eps(model.rms_norm_eps)
    writer.add_vocab_size(model.vocab_size)
    writer.add_tokenizer_model("none")
    if model.experts is not None:
        writer.add_expert_count(model.experts.num_experts)
        writer.add_expert_used_count(model.experts.num_experts_per_token)
        writer.add_expert_feed_forward_length(model.experts.intermediate_size)


def _add_tensor(
    writer: gguf.GGUFWriter,
    names: gguf.TensorNameMap,
    name: str,
    values: NDArray[np.float32],
    kind: gguf.GGMLQuantizationType | None,
) -> None:
    """kind None: stays float32, as norms and routers do in llama.cpp's own files."""
    own_name = names.get_name(name, try_suffixes=(".weight",))
    if own_name is None:
        raise CheckpointError(f"{name} has no name in llama.cpp's files.")
    if kind is None or kind == gguf.GGMLQuantizationType.F32:
        writer.add_tensor(own_name, values)
    else:
        writer.add_tensor(own_name, gguf.quants.quantize(values, kind), raw_dtype=kind)


def _values(checkpoint: Checkpoint, name: str) -> NDArray[np.float32]:
    values: NDArray[np.float32] = checkpoint.tensor(name, torch.float32).numpy()
    return values


def _num_heads(model: ModelConfig, name: str) -> int:
    """Of the matrices whose rows architecture "llama" orders anew; 0 for all others."""
    if name.endswith(".q_proj.weight"):
        return model.num_heads
    return model.num_kv_heads if name.endswith(".k_proj.weight") else 0


def _interleaved(values: NDArray[np.float32], num_heads: int) -> NDArray[np.float32]:
    """Rows of each head from halves (x0, x1, ..., y0, y1, ...) to pairs (x0, y0, x1, y1, ...)."""
    if num_heads == 0:
        return values
    num_rows, num_columns = values.shape
    halves = values.reshape(num_heads, 2, num_rows // num_heads // 2, num_columns)
    return halves.swapaxes(1, 2).reshape(num_rows, num_columns)


def _digest(checkpoint: Checkpoint) -> str:
    """Changes with the files of the checkpoint."""
    path = checkpoint.path
    files = sorted(path.iterdir()) if path.is_dir() else [path]
    facts = [f"{file.resolve()} {file.stat().st_size} {file.stat().st_mtime_ns}" for file in files]
    return hashlib.sha256("\n".join(facts).encode()).hexdigest()[:12]
