"""What a model consists of, from its config.json alone: the real constructors, run on the meta device.

The layers of a text model are all alike, so one is built and counted num_layers times.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import torch

from engine.model_config import ModelConfig, read_model_config
from engine.models.decoder import Decoder
from engine.models.encoders import MediaEncoders
from engine.stored_tensor import SCALE
from engine.weight_reader import MetaWeights

Part = Literal["text", "vision", "signals"]

_LAYER = "model.layers.0."
_VISION = ("vision_tower.", "multi_modal_projector.", "visual.")
_SIGNALS = ("time_series.",)
_CONSTANTS = (SCALE, ".sin_coef", ".cos_coef", ".pe")  # they take memory, but nobody counts them as parameters


@dataclass(frozen=True, slots=True)
class Matrix:
    """A tensor of any number of dimensions that the model has num_copies of, under names that differ in the layer."""

    name: str
    shape: tuple[int, ...]
    dtype: torch.dtype
    num_copies: int

    @property
    def num_values(self) -> int:
        return self.num_copies * torch.Size(self.shape).numel()

    @property
    def num_bytes(self) -> int:
        return self.num_values * self.dtype.itemsize

    @property
    def is_expert(self) -> bool:
        return ".experts." in self.name

    @property
    def part(self) -> Part:
        if self.name.startswith(_VISION):
            return "vision"
        return "signals" if self.name.startswith(_SIGNALS) else "text"

    @property
    def is_parameter(self) -> bool:
        return not self.name.endswith(_CONSTANTS)


@dataclass(frozen=True, slots=True)
class Inventory:
    config: ModelConfig
    matrices: tuple[Matrix, ...]

    @property
    def num_bytes(self) -> int:
        return sum(matrix.num_bytes for matrix in self.matrices)

    @property
    def has_fp8(self) -> bool:
        return any(matrix.dtype == torch.float8_e4m3fn for matrix in self.matrices)

    def num_parameters(self, *parts: Part) -> int:
        return sum(matrix.num_values for matrix in self._parameters() if matrix.part in parts)

    def num_active_parameters(self) -> int:
        """Of the text model, for one token: of the experts, the ones that it is sent to."""
        text = self.num_parameters("text")
        if (experts := self.config.experts) is None:
            return text
        in_experts = sum(matrix.num_values for matrix in self._parameters() if matrix.is_expert)
        return text - in_experts + in_experts * experts.num_experts_per_token // experts.num_experts

    def _parameters(self) -> Iterator[Matrix]:
        return (matrix for matrix in self.matrices if matrix.is_parameter)


def take_inventory(config: dict[str, Any], path: Path, dtype: torch.dtype, keeps_fp8: bool) -> Inventory:
    """config: config.json, which lies at path."""
    model = read_model_config(config, path)
    weights = MetaWeights(config, dtype, keeps_fp8)
    Decoder(replace(model, num_layers=1), weights, max_model_len=1)
    MediaEncoders(config, path, weights)
    matrices = (
        Matrix(name, tuple(tensor.shape), tensor.dtype, model.num_layers if name.startswith(_LAYER) else 1)
        for name, tensor in weights.taken.items()
    )
    return Inventory(model, tuple(matrices))
