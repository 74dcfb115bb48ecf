"""The dense SwiGLU block."""

from torch import Tensor

from engine.layers.matrix import read_matrix
from engine.model_config import ModelConfig
from engine.ranks.parallel import ALONE, Parallel
from engine.ranks.sharding import whole
from engine.weight_reader import WeightReader
from kernels.gated_linear import GatedWeight, gated_linear
from kernels.linear import Weight


class MLP:
    """A rank has some columns of what is between the projections: rows of the first ones, columns of the last."""

    def __init__(self, config: ModelConfig, weights: WeightReader, prefix: str, parallel: Parallel = ALONE) -> None:
        H, I = whole(config.hidden_size), parallel.width(config.intermediate_size)  # noqa: E741
        gate_up = read_matrix(weights, H, (f"{prefix}.gate_proj.weight", I), (f"{prefix}.up_proj.weight", I))
        self.gate_up_proj = GatedWeight(gate_up)
        self.down_proj = Weight(read_matrix(weights, I, (f"{prefix}.down_proj.weight", H)))
        self.parallel = parallel

    def __call__(self, x: Tensor) -> Tensor:
        """x [T, H] -> [T, H]."""
        return self.parallel.sum_of_products(gated_linear(x, self.gate_up_proj), self.down_proj)
