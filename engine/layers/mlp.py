"""The dense SwiGLU block."""

from torch import Tensor

from engine.model_config import ModelConfig
from engine.weight_reader import WeightReader
from kernels.gated_linear import gated_linear
from kernels.linear import Weight, linear


class MLP:
    def __init__(self, config: ModelConfig, weights: WeightReader, prefix: str) -> None:
        H, I = config.hidden_size, config.intermediate_size  # noqa: E741
        gate, up = (weights.take(f"{prefix}.{part}_proj.weight", I, H) for part in ("gate", "up"))
        self.gate_up_proj = Weight(weights.place(gate, up))
        self.down_proj = Weight(weights.place(weights.take(f"{prefix}.down_proj.weight", H, I)))

    def __call__(self, x: Tensor) -> Tensor:
        """x [T, H] -> [T, H]."""
        return linear(gated_linear(x, self.gate_up_proj), self.down_proj)
