"""The dense SwiGLU block."""

from torch import Tensor

from engine.layers.matrix import read_weight
from engine.model_config import ModelConfig
from engine.weight_reader import WeightReader
from kernels.gated_linear import gated_linear
from kernels.linear import linear


class MLP:
    def __init__(self, config: ModelConfig, weights: WeightReader, prefix: str) -> None:
        H, I = config.hidden_size, config.intermediate_size  # noqa: E741
        self.gate_up_proj = read_weight(weights, H, (f"{prefix}.gate_proj.weight", I), (f"{prefix}.up_proj.weight", I))
        self.down_proj = read_weight(weights, I, (f"{prefix}.down_proj.weight", H))

    def __call__(self, x: Tensor) -> Tensor:
        """x [T, H] -> [T, H]."""
        return linear(gated_linear(x, self.gate_up_proj), self.down_proj)
