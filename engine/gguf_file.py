"""One .gguf file: its settings, and its tensors turned from blocks into numbers.

Bytes are read, not mapped, so that only the tensor at hand takes memory.
"""

from pathlib import Path
from typing import Any

import gguf
import numpy as np
import torch
from gguf import GGMLQuantizationType as Type
from gguf import GGUFReader, ReaderTensor
from torch import Tensor

from engine.errors import CheckpointError
from engine.stored_tensor import StoredTensor
from engine.weight_memory import passing_memory

_READABLE = (Type.F32, Type.F16, Type.BF16, Type.Q8_0, Type.Q4_0, Type.Q4_1, Type.Q4_K, Type.Q6_K)
_BLOCK_VALUES = 2**24  # turned into float32 at a time
# What the reader raises on truncated or foreign files
_DAMAGE = (OSError, ValueError, IndexError, KeyError, TypeError, OverflowError, MemoryError)


class GgufFile:
    """settings: everything but the vocabulary, whose long lists are slow to turn into Python values."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            with np.errstate(over="ignore"):  # of lengths that a damaged file claims
                reader = GGUFReader(path)
            self._fields = reader.fields
            self.settings = {k: f.contents() for k, f in reader.fields.items() if not k.startswith("tokenizer.")}
        except _DAMAGE as error:
            reason = " ".join(str(error).split()) or type(error).__name__
            raise CheckpointError(f"{path} cannot be read as GGUF: {reason}; copy it again.") from error
        self.tensors = {tensor.name: tensor for tensor in reader.tensors}
        if odd := next((name for name in self.tensors if not name.isprintable()), None):
            raise CheckpointError(f"{path} has a tensor with the name {odd!r}, which is not printable; copy it again.")

    @property
    def architecture(self) -> Any:
        return self.settings.get("general.architecture")

    def setting(self, key: str, default: Any = None) -> Any:
        value = self.settings.get(key, default)
        if value is None:
            raise CheckpointError(f"{self.path} has no {key}.")
        return value

    def vocabulary(self) -> list[str] | None:
        """None where the file carries none. Takes a moment."""
        field = self._fields.get("tokenizer.ggml.tokens")
        return None if field is None else field.contents()

    def stored(self, name: str, expert: int | None = None) -> StoredTensor:
        """expert: one of the matrices that are stacked in the tensor."""
        tensor = self.tensors[name]
        shape = tuple(int(size) for size in reversed(tensor.shape))
        return StoredTensor(name, self.path, shape if expert is None else shape[1:], tensor.tensor_type.name)

    def read(self, name: str, dtype: torch.dtype, expert: int | None = None) -> Tensor:
        """A fresh tensor, blocks turned into numbers."""
        stored, tensor = self.stored(name, expert), self.tensors[name]
        if tensor.tensor_type not in _READABLE:
            readable = ", ".join(kind.name for kind in _READABLE)
            raise CheckpointError(f"{stored} is {stored.dtype}; this engine reads {readable}.")
        blocks = self._blocks(tensor, 0 if expert is None else expert, 1 if expert is None else len(tensor.data))
        values = passing_memory((len(blocks), int(tensor.shape[0])), dtype)
        num_rows = max(1, _BLOCK_VALUES // values.shape[1])
        for first in range(0, len(blocks), num_rows):
            part = gguf.dequantize(blocks[first : first + num_rows], tensor.tensor_type)
            values[first : first + num_rows] = torch.from_numpy(np.require(part, requirements="W"))
        return values.view(stored.shape)

    def _blocks(self, tensor: ReaderTensor, part: int, num_parts: int) -> np.ndarray[Any, Any]:
        """The bytes of one of several equal parts, a row each, in the reader's type of their elements."""
        num_bytes = int(tensor.n_bytes) // num_parts
        offset = int(tensor.data_offset) + part * num_bytes
        try:
            elements = np.fromfile(self.path, tensor.data.dtype, num_bytes // tensor.data.itemsize, offset=offset)
        except OSError as error:
            raise CheckpointError(f"{tensor.name} in {self.path} cannot be read: {error}.") from error
        if elements.nbytes != num_bytes:
            raise CheckpointError(f"{self.path} became shorter while it was read; copy it again.")
        return elements.reshape(-1, tensor.data.shape[-1])
