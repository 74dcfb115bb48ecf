"""How a model takes its weights from a checkpoint: every tensor exactly once, with the shape the model expects."""

from typing import Any

import torch
from torch import Tensor

from engine.checkpoint import Checkpoint
from engine.errors import CheckpointError
from engine.stored_tensor import SCALE, StoredTensor
from engine.tensor_names import canonical_names
from engine.weight_memory import WeightMemory
from kernels.fp8 import FP8, dequantize, scales_shape
from kernels.int8 import Int8Tensor, quantize
from kernels.panels import Matrix

_DERIVED = ".rotary_emb.inv_freq"  # saved by old transformers; it follows from the config


class WeightReader:
    """keeps_fp8: block-FP8 matrices may stay as they are stored; otherwise they are multiplied out as they are read.

    is_int8: the matrices of the decoder become int8; norms, encoders and the router keep the dtype.
    """

    def __init__(
        self,
        checkpoint: Checkpoint,
        dtype: torch.dtype,
        device: torch.device,
        keeps_fp8: bool = False,
        is_int8: bool = False,
    ) -> None:
        self.dtype = dtype
        self.device = device
        self._keeps_fp8 = keeps_fp8
        self._is_int8 = is_int8
        self._checkpoint = checkpoint
        self._memory = WeightMemory()
        self._left = {name for name in checkpoint.names() if not name.endswith(_DERIVED)}

    def has(self, name: str) -> bool:
        return name in self._left

    def shape(self, name: str) -> tuple[int, ...]:
        """As stored, of a tensor that has() is true of."""
        return self._checkpoint.stored(name).shape

    def take(self, name: str, *shape: int) -> Tensor:
        """In the model's dtype, on its device."""
        stored = self._take_out(name, shape)
        if stored.is_fp8:
            return dequantize(*self._read_fp8(name, stored), self.dtype)
        return self._read(name, stored, self.dtype)

    def take_fp8(self, name: str, num_rows: int, num_columns: int) -> tuple[Tensor, Tensor] | None:
        """Codes [N, K] and scales [ceil(N / 128), ceil(K / 128)]; None, and nothing taken, where take() is the way."""
        if not (self._keeps_fp8 and self.has(name) and self._checkpoint.stored(name).is_fp8):
            return None
        return self._read_fp8(name, self._take_out(name, (num_rows, num_columns)))

    def place(self, *parts: Tensor) -> Tensor:
        """Matrices stacked on each other, in memory that is fast to stream through."""
        if self.device.type == "cpu":
            return self._memory.place(*parts)
        return parts[0] if len(parts) == 1 else torch.cat(parts)

    def place_matrix(self, *parts: Tensor) -> Matrix:
        """Of the decoder: placed, and rounded to int8 where that is asked for. Parts have rows [..., N, K]."""
        if not self._is_int8:
            return self.place(*parts)
        whole = [quantize(part) for part in parts]
        codes, scales = self.place(*(part.codes for part in whole)), self.place(*(part.scales for part in whole))
        return Int8Tensor(codes, scales, self.dtype)

    def room(self, like: Tensor, *shape: int) -> Tensor:
        """For a matrix of the decoder that is put together piece by piece, of the type of `like`; then settle() it."""
        if self._is_int8 or self.device.type != "cpu":
            return like.new_empty(shape)
        return self._memory.allocate(shape, like.dtype)

    def settle(self, matrix: Tensor) -> Matrix:
        """What came out of room() and is filled."""
        return self.place_matrix(matrix) if self._is_int8 else matrix

    def finish(self) -> None:
        """Refuse what is left over: it would be weights that the model ignores."""
        if self._left:
            stored = self._checkpoint.stored(min(self._left))
            raise CheckpointError(
                f"{stored} is not part of the model that config.json describes ({len(self._left)} such tensors)."
            )

    def _take_out(self, name: str, shape: tuple[int, ...]) -> StoredTensor:
        if name not in self._left:
            raise CheckpointError(f"{name} is missing from {self._checkpoint.path}.")
        stored = self._checkpoint.stored(name)
        if stored.shape != shape:
            raise CheckpointError(f"{stored} has the shape {list(stored.shape)}; config.json makes it {list(shape)}.")
        self._left.remove(name)
        return stored

    def _read_fp8(self, name: str, stored: StoredTensor) -> tuple[Tensor, Tensor]:
        scale = self._take_out(name + SCALE, scales_shape(*stored.shape))
        scales = self._read(name + SCALE, scale, torch.float32)
        if bool((scales <= 0).any()):
            raise CheckpointError(f"{scale} holds {scales.min().item():g}; scales must be above 0.")
        return self._read(name, stored, FP8), scales

    def _read(self, name: str, stored: StoredTensor, dtype: torch.dtype) -> Tensor:
        tensor = self._checkpoint.tensor(name, dtype).to(self.device)
        if not _is_finite(tensor):
            raise CheckpointError(f"{stored} holds a number that is not finite; copy the file again.")
        return tensor


def _is_finite(tensor: Tensor) -> bool:
    """One pass over the memory: a sum shows NaN and infinity. That of large numbers may overflow, hence a second."""
    if tensor.dtype == FP8:
        return not bool(((tensor.view(torch.uint8) & 0x7F) == 0x7F).any())
    return bool(tensor.sum().isfinite()) or bool(tensor.isfinite().all())


class MetaWeights:
    """Stands in for WeightReader on the meta device: any tensor is there, has the shape asked for, and takes no memory.

    taken: what the model asked for, name -> tensor; FP8 matrices and their scales as they would lie in memory.
    config: config.json; its quantization_config says which matrices are FP8.
    """

    def __init__(self, config: dict[str, Any], dtype: torch.dtype, keeps_fp8: bool = True) -> None:
        self.dtype = dtype
        self.device = torch.device("meta")
        self.taken: dict[str, Tensor] = {}
        quantization = config.get("quantization_config") if keeps_fp8 else None
        self._has_fp8 = quantization is not None
        kept = (quantization or {}).get("modules_to_not_convert") or []
        self._not_fp8 = {canonical_names(f"{module}.weight")[0] for module in kept}

    def has(self, name: str) -> bool:
        """Nothing that is optional: the layout is the one that the released checkpoints have."""
        return False

    def shape(self, name: str) -> tuple[int, ...]:
        return tuple(self.taken[name].shape)

    def take(self, name: str, *shape: int) -> Tensor:
        self.taken[name] = torch.empty(shape, dtype=self.dtype, device=self.device)
        return self.taken[name]

    def take_fp8(self, name: str, num_rows: int, num_columns: int) -> tuple[Tensor, Tensor] | None:
        if not self._has_fp8 or name in self._not_fp8:
            return None
        codes = torch.empty(num_rows, num_columns, dtype=FP8, device=self.device)
        scales = torch.empty(scales_shape(num_rows, num_columns), dtype=torch.float32, device=self.device)
        self.taken |= {name: codes, name + SCALE: scales}
        return codes, scales

    def place(self, *parts: Tensor) -> Tensor:
        return parts[0] if len(parts) == 1 else torch.cat(parts)

    def place_matrix(self, *parts: Tensor) -> Tensor:
        return self.place(*parts)

    def room(self, like: Tensor, *shape: int) -> Tensor:
        return like.new_empty(shape)

    def settle(self, matrix: Tensor) -> Tensor:
        return matrix

    def finish(self) -> None:
        """Nothing can be left over."""
