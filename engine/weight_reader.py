"""How a model takes its weights from a checkpoint: every tensor exactly once, with the shape the model expects."""

import torch
from torch import Tensor

from engine.checkpoint import Checkpoint
from engine.errors import CheckpointError
from engine.weight_memory import WeightMemory

_DERIVED = ".rotary_emb.inv_freq"  # saved by old transformers; it follows from the config


class WeightReader:
    def __init__(self, checkpoint: Checkpoint, dtype: torch.dtype, device: torch.device) -> None:
        self.dtype = dtype
        self.device = device
        self._checkpoint = checkpoint
        self._memory = WeightMemory()
        self._left = {name for name in checkpoint.names() if not name.endswith(_DERIVED)}

    def has(self, name: str) -> bool:
        return name in self._left

    def take(self, name: str, *shape: int) -> Tensor:
        """In the model's dtype, on its device."""
        if name not in self._left:
            raise CheckpointError(f"{name} is missing from {self._checkpoint.path}.")
        tensor = self._checkpoint.tensor(name)
        if tensor.shape != shape:
            raise CheckpointError(
                f"{name} in {self._checkpoint.file_of(name)} has the shape {list(tensor.shape)}; "
                f"config.json makes it {list(shape)}."
            )
        self._left.remove(name)
        return tensor.to(self.device, self.dtype)

    def place(self, *parts: Tensor) -> Tensor:
        """Matrices stacked on each other, in memory that is fast to stream through."""
        matrix = parts[0] if len(parts) == 1 else torch.cat(parts)
        return self._memory.place(matrix) if self.device.type == "cpu" else matrix

    def finish(self) -> None:
        """Refuse what is left over: it would be weights that the model ignores."""
        if self._left:
            name = min(self._left)
            raise CheckpointError(
                f"{name} in {self._checkpoint.file_of(name)} is not part of the model that config.json describes "
                f"({len(self._left)} such tensors)."
            )
