"""Tiny random checkpoints of every architecture, written by transformers, and what transformers makes of them."""

from pathlib import Path

import torch
from transformers import (
    AutoModelForCausalLM,
    LlamaConfig,
    LlamaForCausalLM,
    MixtralConfig,
    MixtralForCausalLM,
    PreTrainedModel,
    Qwen3Config,
    Qwen3ForCausalLM,
    Qwen3MoeConfig,
    Qwen3MoeForCausalLM,
)

VOCAB_SIZE = 199  # not a multiple of a vector
# Grouped heads, sizes that are no multiple of a vector; weights large enough for confident, varied greedy tokens
_SHAPE = {
    "vocab_size": VOCAB_SIZE,
    "hidden_size": 72,
    "intermediate_size": 100,
    "num_hidden_layers": 2,
    "num_attention_heads": 6,
    "num_key_value_heads": 2,
    "head_dim": 16,
    "max_position_embeddings": 512,
    "initializer_range": 0.2,
}
_EXPERTS = {"num_experts_per_tok": 2, "num_local_experts": 5}
_CONFIGS = {
    "llama": (LlamaForCausalLM, LlamaConfig(**_SHAPE)),
    "llama-tied": (LlamaForCausalLM, LlamaConfig(**_SHAPE, tie_word_embeddings=True)),
    "qwen3": (Qwen3ForCausalLM, Qwen3Config(**_SHAPE)),
    "qwen3-moe": (
        Qwen3MoeForCausalLM,
        Qwen3MoeConfig(**_SHAPE, **_EXPERTS, moe_intermediate_size=40, norm_topk_prob=True),
    ),
    "mixtral": (MixtralForCausalLM, MixtralConfig(**_SHAPE, **_EXPERTS)),
}
NAMES = tuple(_CONFIGS)


def write_checkpoint(name: str, folder: Path, is_packed: bool = False, max_shard_size: str = "1GB") -> Path:
    """Random float32 weights, norms included. is_packed: experts as transformers 5 holds them, gate over up."""
    architecture, config = _CONFIGS[name]
    model = architecture(config)
    for parameter in model.parameters():
        if parameter.dim() == 1:
            torch.nn.init.uniform_(parameter, 0.5, 1.5)
    model.save_pretrained(folder, max_shard_size=max_shard_size, save_original_format=not is_packed)
    return folder


def load_reference(folder: Path, **options: object) -> PreTrainedModel:
    """The same checkpoint in transformers, float32, eager attention."""
    return AutoModelForCausalLM.from_pretrained(
        folder, dtype=torch.float32, attn_implementation="eager", **options
    ).eval()
