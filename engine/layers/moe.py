"""The mixture-of-experts block: a router and SwiGLU experts."""

from torch import Tensor

from engine.layers.expert_weights import read_experts
from engine.model_config import ExpertsConfig, ModelConfig
from engine.weight_reader import WeightReader
from kernels.experts import experts
from kernels.linear import Weight, linear
from kernels.route_experts import route_experts


class MoE:
    def __init__(self, config: ModelConfig, experts_config: ExpertsConfig, weights: WeightReader, prefix: str) -> None:
        self.config = experts_config
        gate = weights.take(f"{prefix}.gate.weight", experts_config.num_experts, config.hidden_size)
        self.gate = Weight(gate.float())  # near ties between experts must not be decided by rounding
        self.experts = read_experts(weights, f"{prefix}.experts", config.hidden_size, experts_config)

    def __call__(self, x: Tensor) -> Tensor:
        """x [T, H] -> [T, H]."""
        return experts(x, *self.route(x), self.experts)

    def route(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """x [T, H] -> ids [T, C] of the experts that each token goes to, and their weights."""
        config = self.config
        logits = linear(x.float(), self.gate)
        return route_experts(logits, config.num_experts_per_token, config.is_normalised, config.num_groups)
