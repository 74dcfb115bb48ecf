"""The text model of a .gguf file: llama.cpp's names and settings turned into ours.

Two things differ from the Hugging Face tensors. In files of architecture "llama" the rows of q and k are reordered for
llama.cpp's interleaved rotary positions. Experts are stacked, [E, out, in]; here they come singly.
"""

import re
from typing import Any

import numpy as np

from engine.errors import CheckpointError
from engine.gguf_file import GgufFile

_MODELS = {
    ("llama", False): ("LlamaForCausalLM", "llama"),
    ("llama", True): ("MixtralForCausalLM", "mixtral"),  # "llama" with experts in llama.cpp
    ("qwen3", False): ("Qwen3ForCausalLM", "qwen3"),
    ("qwen3moe", True): ("Qwen3MoeForCausalLM", "qwen3_moe"),
}
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


def text_names(name: str, file: GgufFile) -> dict[str, int | None]:
    """The canonical names of a tensor, each with its place in the stack, if it is one."""
    if name in _OUTER:
        return {_OUTER[name]: None}
    match = re.fullmatch(r"blk\.(\d+)\.(.+)", name)
    layer, rest = match.groups() if match else ("", "")
    if rest in _LAYER:
        return {f"model.layers.{layer}.{_LAYER[rest]}": None}
    shape = file.stored(name).shape
    if rest not in _STACKED or len(shape) != 3:
        raise CheckpointError(f"{name} in {file.path} is not a tensor of a model this engine runs.")
    return {f"model.layers.{layer}.mlp.experts.{e}.{_STACKED[rest]}.weight": e for e in range(shape[0])}


def text_config(file: GgufFile) -> dict[str, Any]:
    """The settings of the file in the terms of config.json."""
    arch = file.architecture
    has_experts = bool(file.settings.get(f"{arch}.expert_count"))
    if arch == "clip":
        raise CheckpointError(f"{file.path} is the vision half of a model; give the .gguf file of its text model.")
    if (arch, has_experts) not in _MODELS:
        raise CheckpointError(
            f"{file.path} has the architecture {arch!r}; this engine reads llama, qwen3 and qwen3moe."
        )
    if (scaling := file.settings.get(f"{arch}.rope.scaling.type", "none")) != "none":
        raise CheckpointError(f"{file.path} asks for {scaling!r} rotary scaling; this engine has the default one only.")
    if "token_embd.weight" not in file.tensors:
        raise CheckpointError(f"token_embd.weight is missing from {file.path}.")

    def setting(key: str, default: Any = None) -> Any:
        return file.setting(f"{arch}.{key}", default)

    hidden_size, num_heads = setting("embedding_length"), setting("attention.head_count")
    architecture, model_type = _MODELS[arch, has_experts]
    config = {
        "architectures": [architecture],
        "model_type": model_type,
        "vocab_size": file.stored("token_embd.weight").shape[0],
        "hidden_size": hidden_size,
        "num_hidden_layers": setting("block_count"),
        "num_attention_heads": num_heads,
        "num_key_value_heads": setting("attention.head_count_kv", num_heads),
        "head_dim": setting("attention.key_length", _quotient(hidden_size, num_heads)),
        "intermediate_size": setting("feed_forward_length"),
        "hidden_act": "silu",
        "rms_norm_eps": as_written(setting("attention.layer_norm_rms_epsilon")),
        "rope_theta": setting("rope.freq_base", 10000.0),
        "max_position_embeddings": setting("context_length"),
        "tie_word_embeddings": "output.weight" not in file.tensors,
    }
    if has_experts:
        config |= {
            "num_experts": setting("expert_count"),
            "num_experts_per_tok": setting("expert_used_count"),
            "moe_intermediate_size": setting("expert_feed_forward_length", setting("feed_forward_length")),
            "norm_topk_prob": True,  # llama.cpp knows no other way for these architectures
        }
    return config


def as_written(value: Any) -> float:
    """A setting that was stored as float32: 1e-05, not 9.999999747378752e-06."""
    return float(str(np.float32(value)))


def _quotient(hidden_size: Any, num_heads: Any) -> Any:
    """Not a number where these are not; whoever reads the config says which one is wrong."""
    are_counts = isinstance(hidden_size, int) and isinstance(num_heads, int) and num_heads > 0
    return hidden_size // num_heads if are_counts else None
