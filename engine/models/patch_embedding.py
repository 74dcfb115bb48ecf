"""Pixels to the input of a vision tower: normalised, then one linear layer over each patch.

A convolution whose stride is its kernel is that linear layer, its weight flattened.
"""

import math

import torch
from torch import Tensor

from engine.layers.affine import Affine
from engine.layers.row_chunks import by_rows
from engine.weight_reader import WeightReader

Triple = tuple[float, float, float]


class PatchEmbedding:
    """patch: the shape of one, channels first. mean, std: of each channel's values in 0..1."""

    def __init__(
        self,
        weights: WeightReader,
        name: str,
        hidden_size: int,
        patch: tuple[int, ...],
        mean_std: tuple[Triple, Triple],
    ) -> None:
        matrix = weights.take(f"{name}.weight", hidden_size, *patch).flatten(1)
        self.projection = Affine(weights.place(matrix), weights.take(f"{name}.bias", hidden_size))
        self.mean, self.std = (_per_value(values, math.prod(patch[1:]), weights.device) for values in mean_std)
        self.dtype = weights.dtype

    def __call__(self, patches: Tensor) -> Tensor:
        """patches [P, values of a patch] uint8, on any device -> [P, C]."""
        return by_rows(self._rows, patches)

    def _rows(self, patches: Tensor) -> Tensor:
        pixels = patches.to(self.mean.device).float().div_(255).sub_(self.mean).div_(self.std)
        return self.projection(pixels.to(self.dtype))


def _per_value(per_channel: Triple, num_values: int, device: torch.device) -> Tensor:
    return torch.tensor(per_channel, dtype=torch.float32, device=device).repeat_interleave(num_values)
