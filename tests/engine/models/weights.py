"""Weights for encoders without a checkpoint reader: a dict of tensors, each taken once."""

import json
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from torch import Tensor


class DictWeights:
    """What the encoders use of engine.weight_reader.WeightReader."""

    def __init__(self, tensors: dict[str, Tensor], dtype: torch.dtype = torch.float32) -> None:
        self.left = dict(tensors)
        self.dtype = dtype
        self.device = torch.device("cpu")

    def has(self, name: str) -> bool:
        return name in self.left

    def take(self, name: str, *shape: int) -> Tensor:
        tensor = self.left.pop(name)
        assert tensor.shape == shape, (name, tensor.shape, shape)
        return tensor.to(self.dtype)

    def place(self, *parts: Tensor) -> Tensor:
        return torch.cat(parts)


class RandomWeights(DictWeights):
    """Has every tensor that is asked for by shape."""

    def __init__(self, dtype: torch.dtype = torch.float32) -> None:
        super().__init__({}, dtype)

    def take(self, name: str, *shape: int) -> Tensor:
        fan_in = shape[-1] if len(shape) == 2 else 64
        return (torch.randn(shape) / fan_in**0.5).to(self.dtype)


def encoder_tensors(checkpoint: Path) -> dict[str, Tensor]:
    """Everything but the text model, without the leading "model."."""
    tensors: dict[str, Tensor] = {}
    for file in sorted(checkpoint.glob("*.safetensors")):
        tensors |= {name.removeprefix("model."): tensor for name, tensor in load_file(file).items()}
    return {name: tensor for name, tensor in tensors.items() if not name.startswith(("language_model.", "lm_head."))}


def read_config(checkpoint: Path) -> dict[str, Any]:
    config: dict[str, Any] = json.loads((checkpoint / "config.json").read_text())
    return config
