"""The normalisations of the encoders, over the last axis; sums are float32 whatever the dtype."""

import torch.nn.functional as F
from torch import Tensor

from engine.weight_reader import WeightReader
from kernels.rms_norm import rms_norm


class LayerNorm:
    def __init__(self, weights: WeightReader, name: str, size: int, eps: float) -> None:
        self.weight = weights.take(f"{name}.weight", size)
        self.bias = weights.take(f"{name}.bias", size)
        self.eps = eps

    def __call__(self, x: Tensor) -> Tensor:
        return F.layer_norm(x, self.weight.shape, self.weight, self.bias, self.eps)


class RMSNorm:
    def __init__(self, weights: WeightReader, name: str, size: int, eps: float) -> None:
        self.weight = weights.take(f"{name}.weight", size)
        self.eps = eps

    def __call__(self, x: Tensor) -> Tensor:
        return rms_norm(x, self.weight, self.eps)
