"""A .gguf file as a checkpoint: llama.cpp's names and settings turned into Hugging Face's, blocks into float32.

Two things differ from the Hugging Face tensors. In files of architecture "llama" the rows of q and k are reordered for
llama.cpp's interleaved rotary positions; that is undone here. Experts are stacked, [E, out, in]; here they come singly.
"""

import re
from pathlib import Path
from typing import Any

import gguf
import numpy as np
import torch
from gguf import GGMLQuantizationType as Type
from gguf import GGUFReader, ReaderTensor
from torch import Tensor

from engine.errors import CheckpointError

_READABLE = (Type.F32, Type.F16, Type.BF16, Type.Q8_0, Type.Q4_0, Type.Q4_1, Type.Q4_K, Type.Q6_K)

_OUTER = {
    "token_embd.weight": "model.embed_tokens.weight",
    "output_norm.weight": "model.norm.weight",
    "output.weight": "lm_head.weight",
}
_LAYER = {
    "attn_norm.weight": "input_layernorm.weight",
    "attn_q.weight": "self_attn.q_proj.weight",
    "attn_k.weight": "self_attn.k_proj.weight",
    "attn_v.weight": "self_attn.v_proj.weight",
    "attn_output.weight": "self_attn.o_proj.weight",
    "attn_q_norm.weight": "self_attn.q_norm.weight",
    "attn_k_norm.weight": "self_attn.k_norm.weight",
    "ffn_norm.weight": "post_attention_layernorm.weight",
    "ffn_gate.weight": "mlp.gate_proj.weight",
    "ffn_up.weight": "mlp.up_proj.weight",
    "ffn_down.weight": "mlp.down_proj.weight",
    "ffn_gate_inp.weight": "mlp.gate.weight",
}
_STACKED = {
    "ffn_gate_exps.weight": "gate_proj",
    "ffn_up_exps.weight": "up_proj",
    "ffn_down_exps.weight": "down_proj",
}
# Mixtral is "llama" with experts in llama.cpp and has names of its own in Hugging Face's
_MIXTRAL = {"gate_proj": "w1", "up_proj": "w3", "down_proj": "w2"}
_PERMUTED = ("self_attn.q_proj.weight", "self_attn.k_proj.weight")


class GgufCheckpoint:
    def __init__(self, path: Path) -> None:
        self.path = path
        reader = _open(path)
        settings = {key: field.contents() for key, field in reader.fields.items() if not _is_vocabulary(key)}
        self.config = _config(settings, reader, path)
        is_mixtral = self.config["architectures"] == ["MixtralForCausalLM"]
        self._is_permuted = settings["general.architecture"] == "llama"
        # Hugging Face name -> the tensor and, for a stacked one, the number of the expert
        self._tensors: dict[str, tuple[ReaderTensor, int | None]] = {}
        for tensor in reader.tensors:
            self._tensors |= _named(tensor, is_mixtral, path)

    def names(self) -> list[str]:
        return list(self._tensors)

    def file_of(self, name: str) -> Path:
        return self.path

    def tensor(self, name: str) -> Tensor:
        tensor, expert = self._tensors[name]
        if tensor.tensor_type not in _READABLE:
            raise CheckpointError(
                f"{name} in {self.path} is stored as {tensor.tensor_type.name}; this engine reads "
                f"{', '.join(t.name for t in _READABLE)}."
            )
        data = tensor.data if expert is None else tensor.data[expert]
        # F32 data are the read-only file itself, which a caller must not be handed
        values = torch.from_numpy(np.require(gguf.dequantize(data, tensor.tensor_type), requirements="W"))
        if self._is_permuted and name.endswith(_PERMUTED):
            is_query = name.endswith(_PERMUTED[0])
            values = _restore_rows(values, self.config["num_attention_heads" if is_query else "num_key_value_heads"])
        return values


def _restore_rows(weight: Tensor, num_heads: int) -> Tensor:
    """Rows of each head from pairs (x0, y0, x1, y1, ...) back to halves (x0, x1, ..., y0, y1, ...)."""
    num_rows, num_columns = weight.shape
    pairs = weight.view(num_heads, num_rows // num_heads // 2, 2, num_columns)
    return pairs.transpose(1, 2).reshape(num_rows, num_columns)


def _open(path: Path) -> GGUFReader:
    try:
        return GGUFReader(path)
    except (OSError, ValueError, IndexError, KeyError) as error:  # what the reader raises on truncated or foreign files
        raise CheckpointError(f"{path} cannot be read as GGUF: {error}. Copy it again and restart.") from error


def _is_vocabulary(key: str) -> bool:
    """Long lists of no use here, slow to turn into Python values."""
    return key.startswith("tokenizer.")


def _named(tensor: ReaderTensor, is_mixtral: bool, path: Path) -> dict[str, tuple[ReaderTensor, int | None]]:
    if tensor.name in _OUTER:
        return {_OUTER[tensor.name]: (tensor, None)}
    match = re.fullmatch(r"blk\.(\d+)\.(.+)", tensor.name)
    layer, rest = match.groups() if match else ("", "")
    if rest in _LAYER:
        name = f"model.layers.{layer}.{_LAYER[rest]}"
        return {name.replace(".mlp.gate.", ".block_sparse_moe.gate.") if is_mixtral else name: (tensor, None)}
    if rest not in _STACKED:
        raise CheckpointError(f"{tensor.name} in {path} is not a tensor of a model this engine runs.")
    folder, part = ("block_sparse_moe", _MIXTRAL[_STACKED[rest]]) if is_mixtral else ("mlp", _STACKED[rest])
    prefix = f"model.layers.{layer}.{folder}.experts"
    return {f"{prefix}.{expert}.{part}.weight": (tensor, expert) for expert in range(len(tensor.data))}


def _config(settings: dict[str, Any], reader: GGUFReader, path: Path) -> dict[str, Any]:
    """The settings of the file in the terms of config.json."""
    arch = settings.get("general.architecture")
    has_experts = bool(settings.get(f"{arch}.expert_count"))
    models = {
        ("llama", False): ("LlamaForCausalLM", "llama"),
        ("llama", True): ("MixtralForCausalLM", "mixtral"),
        ("qwen3", False): ("Qwen3ForCausalLM", "qwen3"),
        ("qwen3moe", True): ("Qwen3MoeForCausalLM", "qwen3_moe"),
    }
    if (arch, has_experts) not in models:
        raise CheckpointError(f"{path} has the architecture {arch!r}; this engine reads llama, qwen3 and qwen3moe.")

    def setting(key: str, default: Any = None) -> Any:
        value = settings.get(f"{arch}.{key}", default)
        if value is None:
            raise CheckpointError(f"{path} has no {arch}.{key}.")
        return value

    if (scaling := settings.get(f"{arch}.rope.scaling.type", "none")) != "none":
        raise CheckpointError(f"{path} asks for {scaling!r} rotary scaling; this engine has the default one only.")
    num_rows = {tensor.name: len(tensor.data) for tensor in reader.tensors}
    if "token_embd.weight" not in num_rows:
        raise CheckpointError(f"token_embd.weight is missing from {path}.")
    hidden_size, num_heads = setting("embedding_length"), setting("attention.head_count")
    architecture, model_type = models[arch, has_experts]
    config = {
        "architectures": [architecture],
        "model_type": model_type,
        "vocab_size": num_rows["token_embd.weight"],
        "hidden_size": hidden_size,
        "num_hidden_layers": setting("block_count"),
        "num_attention_heads": num_heads,
        "num_key_value_heads": setting("attention.head_count_kv", num_heads),
        "head_dim": setting("attention.key_length", hidden_size // num_heads),
        "intermediate_size": setting("feed_forward_length"),
        "hidden_act": "silu",
        # stored as float32: 1e-05, not 9.999999747378752e-06
        "rms_norm_eps": float(str(np.float32(setting("attention.layer_norm_rms_epsilon")))),
        "rope_theta": setting("rope.freq_base", 10000.0),
        "max_position_embeddings": setting("context_length"),
        "tie_word_embeddings": "output.weight" not in num_rows,
    }
    if has_experts:
        config |= {
            "num_local_experts": setting("expert_count"),
            "num_experts_per_tok": setting("expert_used_count"),
            "moe_intermediate_size": setting("expert_feed_forward_length", setting("feed_forward_length")),
            "norm_topk_prob": True,  # llama.cpp knows no other way for these architectures
        }
    return config
