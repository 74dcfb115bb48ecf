"""One safetensors file: its header is checked to the last byte before anything is read, then tensor by tensor.

The format: eight bytes with the header's length, the header (JSON: name -> dtype, shape, [start, end) in the rest of
the file), then the numbers. Tensors are read, not mapped: a file that is cut while it is mapped kills the process, and
mapped pages count as memory of the process until the file is let go.
"""

import json
import math
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from engine.errors import CheckpointError
from engine.stored_tensor import FP8, StoredTensor
from engine.weight_memory import passing_memory

_MAX_HEADER = 100_000_000  # bytes, as in the format's reference implementation
_READABLE = {"F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16, FP8: torch.float8_e4m3fn}
_WIDTHS = {"F64": 8, "I64": 8, "U64": 8, "F32": 4, "I32": 4, "U32": 4, "F16": 2, "BF16": 2, "I16": 2, "U16": 2}
_WIDTHS |= dict.fromkeys((FP8, "F8_E5M2", "F8_E8M0", "I8", "U8", "BOOL"), 1)
_COPY_AGAIN = "copy it again"


class SafetensorsFile:
    """tensors: what the header lists, under the file's own names."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.tensors: dict[str, StoredTensor] = {}
        self._starts: dict[str, int] = {}  # in the file
        entries, self._data_start, num_data_bytes = _read_header(path)
        for name, entry in entries.items():
            self.tensors[name], self._starts[name], end = _read_entry(name, entry, path)
            if end > num_data_bytes:
                raise CheckpointError(
                    f"{path} is truncated: {name} ends at byte {self._data_start + end:,} and the file at "
                    f"{self._data_start + num_data_bytes:,}; {_COPY_AGAIN}."
                )
        self._refuse_gaps(num_data_bytes)

    def read(self, name: str) -> Tensor:
        """A fresh tensor in the stored dtype."""
        stored = self.tensors[name]
        if stored.dtype not in _READABLE:
            raise CheckpointError(f"{stored} is {stored.dtype}; this engine reads {', '.join(_READABLE)}.")
        tensor = passing_memory(stored.shape, _READABLE[stored.dtype])
        if tensor.numel() == 0:
            return tensor
        rest = memoryview(tensor.view(-1).view(torch.uint8).numpy().data)
        try:
            with self.path.open("rb", buffering=0) as file:
                file.seek(self._data_start + self._starts[name])
                while rest:
                    num_read = file.readinto(rest)
                    if not num_read:
                        raise CheckpointError(f"{self.path} became shorter while it was read; {_COPY_AGAIN}.")
                    rest = rest[num_read:]
        except OSError as error:
            raise CheckpointError(f"{stored} cannot be read: {error}.") from error
        return tensor

    def _refuse_gaps(self, num_data_bytes: int) -> None:
        """Every byte belongs to exactly one tensor; otherwise header and numbers are not of one file."""
        end, last = 0, "the header"
        for name, start in sorted(self._starts.items(), key=lambda item: (item[1], _num_bytes(self.tensors[item[0]]))):
            if start != end:
                fault = "overlap" if start < end else f"have {start - end:,} bytes between them that are no tensor's"
                raise CheckpointError(f"{last} and {name} in {self.path} {fault}; {_COPY_AGAIN}.")
            end, last = start + _num_bytes(self.tensors[name]), name
        if end != num_data_bytes:
            raise CheckpointError(
                f"{self.path} has {num_data_bytes - end:,} bytes after its last tensor; {_COPY_AGAIN}."
            )


def _num_bytes(stored: StoredTensor) -> int:
    return math.prod(stored.shape) * _WIDTHS[stored.dtype]


def _read_header(path: Path) -> tuple[dict[str, Any], int, int]:
    """The entries, where the numbers start, and how many bytes they take."""
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            length = int.from_bytes(file.read(8), "little")
            if size < 8 or length > min(size - 8, _MAX_HEADER):
                raise CheckpointError(
                    f"{path} cannot be read: its header claims {length:,} bytes of a file of {size:,}; {_COPY_AGAIN}."
                )
            header = json.loads(file.read(length), object_pairs_hook=_refuse_doubles)
    except OSError as error:
        raise CheckpointError(f"{path} cannot be read: {error.strerror or error}.") from error
    except (ValueError, RecursionError) as error:
        raise CheckpointError(f"{path} cannot be read: its header is not JSON ({error}); {_COPY_AGAIN}.") from error
    if not isinstance(header, dict):
        raise CheckpointError(f"{path} cannot be read: its header is not a JSON object; {_COPY_AGAIN}.")
    header.pop("__metadata__", None)
    return header, 8 + length, size - 8 - length


def _refuse_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    entries = dict(pairs)
    if len(entries) < len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"{next(name for name in names if names.count(name) > 1)!r} is there twice")
    return entries


def _read_entry(name: str, entry: Any, path: Path) -> tuple[StoredTensor, int, int]:
    """The tensor and its place among the numbers."""
    if not name.isprintable():
        raise CheckpointError(f"{path} has a tensor with the name {name!r}, which is not printable.")
    fields: dict[str, Any] = entry if isinstance(entry, dict) else {}
    dtype, shape, offsets = (fields.get(key, ()) for key in ("dtype", "shape", "data_offsets"))
    if not (isinstance(dtype, str) and _are_counts(shape) and _are_counts(offsets) and len(offsets) == 2):
        raise CheckpointError(f"{path} cannot be read: the header entry of {name} is incomplete; {_COPY_AGAIN}.")
    if dtype not in _WIDTHS:
        raise CheckpointError(f"{name} in {path} is {dtype!r}; this engine reads {', '.join(_READABLE)}.")
    stored = StoredTensor(name, path, tuple(shape), dtype)
    start, end = offsets
    if end - start != _num_bytes(stored):
        raise CheckpointError(
            f"{stored} has {end - start:,} bytes, but {dtype} of the shape {shape} takes {_num_bytes(stored):,}."
        )
    return stored, start, end


def _are_counts(values: Any) -> bool:
    return isinstance(values, list) and all(type(value) is int and value >= 0 for value in values)
