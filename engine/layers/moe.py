"""The mixture-of-experts block: a router and SwiGLU experts.

Checkpoints hold experts in two ways: one tensor per expert and projection, or all experts packed, gate over up.
"""

import torch
from torch import Tensor

from engine.model_config import ExpertsConfig, ModelConfig
from engine.weight_reader import WeightReader
from kernels.experts import ExpertWeights, experts
from kernels.linear import Weight, linear
from kernels.route_experts import route_experts


class MoE:
    def __init__(self, config: ModelConfig, experts_config: ExpertsConfig, weights: WeightReader, prefix: str) -> None:
        self.config = experts_config
        prefix, names = _layout(weights, prefix)
        gate = weights.take(f"{prefix}.gate.weight", experts_config.num_experts, config.hidden_size)
        self.gate = Weight(gate.float())  # near ties between experts must not be decided by rounding
        self.experts = _read_experts(weights, f"{prefix}.experts", names, config.hidden_size, experts_config)

    def __call__(self, x: Tensor) -> Tensor:
        """x [T, H] -> [T, H]."""
        logits = linear(x.float(), self.gate)
        ids, weights = route_experts(logits, self.config.num_experts_per_token, self.config.is_normalised)
        return experts(x, ids, weights, self.experts)


def _layout(weights: WeightReader, prefix: str) -> tuple[str, tuple[str, str, str]]:
    """Where the block lies and what its experts' gate, up and down matrices are called. Mixtral has its own words."""
    mixtral = prefix.removesuffix("mlp") + "block_sparse_moe"
    if weights.has(f"{mixtral}.gate.weight"):
        return mixtral, ("w1", "w3", "w2")
    return prefix, ("gate_proj", "up_proj", "down_proj")


def _read_experts(
    weights: WeightReader, prefix: str, names: tuple[str, str, str], H: int, config: ExpertsConfig
) -> ExpertWeights:
    E, I = config.num_experts, config.intermediate_size  # noqa: E741
    if weights.has(f"{prefix}.gate_up_proj"):
        gate_up_proj = weights.take(f"{prefix}.gate_up_proj", E, 2 * I, H)
        down_proj = weights.take(f"{prefix}.down_proj", E, H, I)
        return ExpertWeights(weights.place(gate_up_proj), weights.place(down_proj))
    gate, up, down = names
    gate_up_proj = torch.empty(E, 2 * I, H, dtype=weights.dtype, device=weights.device)
    down_proj = torch.empty(E, H, I, dtype=weights.dtype, device=weights.device)
    for expert in range(E):
        gate_up_proj[expert, :I] = weights.take(f"{prefix}.{expert}.{gate}.weight", I, H)
        gate_up_proj[expert, I:] = weights.take(f"{prefix}.{expert}.{up}.weight", I, H)
        down_proj[expert] = weights.take(f"{prefix}.{expert}.{down}.weight", H, I)
    return ExpertWeights(weights.place(gate_up_proj), weights.place(down_proj))
