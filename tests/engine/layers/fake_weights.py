"""Weights out of a dict, with what layers ask of a WeightReader."""

import torch
from torch import Tensor

from kernels.fp8 import Fp8Tensor


class FakeWeights:
    """tensors: each can be taken once. fp8: those that the reader keeps as they are."""

    dtype = torch.float32
    device = torch.device("cpu")

    def __init__(self, tensors: dict[str, Tensor], fp8: dict[str, Fp8Tensor] | None = None) -> None:
        self.tensors = dict(tensors)
        self.fp8 = dict(fp8 or {})

    def has(self, name: str) -> bool:
        return name in self.tensors or name in self.fp8

    def shape(self, name: str) -> tuple[int, ...]:
        return tuple(self.tensors[name].shape)

    def take(self, name: str, *shape: int) -> Tensor:
        assert self.tensors[name].shape == shape, (name, self.tensors[name].shape, shape)
        return self.tensors.pop(name)

    def take_fp8(self, name: str, num_rows: int, num_columns: int) -> tuple[Tensor, Tensor] | None:
        if name not in self.fp8:
            return None
        matrix = self.fp8.pop(name)
        assert matrix.shape == (num_rows, num_columns), (name, matrix.shape)
        return matrix.codes, matrix.scales

    def place(self, *parts: Tensor) -> Tensor:
        return torch.cat(parts)

    place_matrix = place

    def room(self, like: Tensor, *shape: int) -> Tensor:
        return like.new_empty(shape)

    def settle(self, matrix: Tensor) -> Tensor:
        return matrix
