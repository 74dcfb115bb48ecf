"""Tiny random models that two and four ranks can share, written by transformers."""

import torch
from transformers import Qwen3Config, Qwen3ForCausalLM, Qwen3MoeConfig, Qwen3MoeForCausalLM

VOCAB_SIZE = 203  # neither two nor four ranks get equal parts
# Four ranks outnumber the key heads. Weights large enough for confident, varied greedy tokens
_SHAPE = {
    "vocab_size": VOCAB_SIZE,
    "hidden_size": 64,
    "intermediate_size": 102,
    "num_hidden_layers": 2,
    "num_attention_heads": 8,
    "num_key_value_heads": 2,
    "head_dim": 16,
    "max_position_embeddings": 512,
    "initializer_range": 0.2,
}
_EXPERTS = {"num_experts": 8, "num_experts_per_tok": 3, "moe_intermediate_size": 42, "norm_topk_prob": True}


def write_moe(folder, is_packed=False):
    return _write(Qwen3MoeForCausalLM(Qwen3MoeConfig(**_SHAPE, **_EXPERTS)), folder, is_packed)


def write_dense(folder):
    """Head and embedding are one."""
    return _write(Qwen3ForCausalLM(Qwen3Config(**_SHAPE, tie_word_embeddings=True)), folder, is_packed=False)


def _write(model, folder, is_packed):
    torch.manual_seed(0)
    for parameter in model.parameters():
        if parameter.dim() == 1:
            torch.nn.init.uniform_(parameter, 0.5, 1.5)
    model.save_pretrained(folder, save_original_format=not is_packed)
    return folder
