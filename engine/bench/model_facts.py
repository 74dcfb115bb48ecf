"""What follows from a model's configuration: the bytes of its weights, of a step and of a token in the cache."""

import math

from engine.checkpoint import Checkpoint
from engine.model_config import ModelConfig

# Bytes per weight. Scales of int8 are left out: one float32 per row.
WEIGHT_SIZES = {"float32": 4, "bfloat16": 2, "int8": 1}


def weight_bytes(checkpoint: Checkpoint, dtype: str) -> int:
    """All weights once."""
    return WEIGHT_SIZES[dtype] * sum(math.prod(checkpoint.stored(name).shape) for name in checkpoint.names())


def active_weight_bytes(model: ModelConfig, dtype: str) -> int:
    """What one token at batch 1 must read. Of an untied embedding that is one row, of the experts the chosen ones."""
    H, D = model.hidden_size, model.head_dim
    attention = 2 * H * D * (model.num_heads + model.num_kv_heads)
    if model.experts is None:
        mlp = 3 * H * model.intermediate_size
    else:
        chosen = model.experts.num_experts_per_token * 3 * H * model.experts.intermediate_size
        mlp = chosen + H * model.experts.num_experts
    return WEIGHT_SIZES[dtype] * (model.num_layers * (attention + mlp + 2 * H) + H * model.vocab_size + H)


def kv_bytes_per_token(model: ModelConfig, dtype: str) -> int:
    """Keys and values of all layers. Weights of int8 go with a cache of bfloat16."""
    size = 4 if dtype == "float32" else 2
    return 2 * model.num_layers * model.num_kv_heads * model.head_dim * size
