"""Checkpoints, read tensor by tensor under canonical names: a folder with safetensors, or a .gguf file."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import torch
from torch import Tensor

from engine.errors import CheckpointError
from engine.gguf_checkpoint import GgufCheckpoint
from engine.safetensors_file import SafetensorsFile
from engine.stored_tensor import SCALE, StoredTensor
from engine.tensor_names import canonical_names
from kernels.fp8 import scales_shape

_INDEX = "model.safetensors.index.json"
_SINGLE = "model.safetensors"
_PICKLE = "pytorch_model"


class Checkpoint(Protocol):
    @property
    def path(self) -> Path:
        """The folder or file, for errors."""

    @property
    def config(self) -> dict[str, Any]:
        """In the terms of config.json, whatever the format."""

    def names(self) -> list[str]:
        """Canonical (engine/tensor_names.py), scales included."""

    def stored(self, name: str) -> StoredTensor:
        """What is known without reading it, and where it lies, for errors."""

    def tensor(self, name: str, dtype: torch.dtype | None = None) -> Tensor:
        """A fresh copy; matrices are [out, in]. CheckpointError if unreadable.

        dtype None: float32, bfloat16 or float8_e4m3fn, whichever loses nothing.
        """


def open_checkpoint(path: str | Path) -> Checkpoint:
    path = Path(path)
    if path.is_dir():
        return SafetensorsCheckpoint(path)
    if path.suffix == ".gguf" and path.is_file():
        return GgufCheckpoint(path)
    if not path.exists():
        raise CheckpointError(f"There is no model at {path}.")
    raise CheckpointError(f"{path} is neither a folder with config.json nor a .gguf file.")


def read_json(path: Path) -> dict[str, Any]:
    """A JSON object, or a CheckpointError that names the file."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise CheckpointError(f"{path.name} is missing from {path.parent}.") from None
    except (OSError, ValueError, RecursionError) as error:
        raise CheckpointError(f"{path} cannot be read: {error}.") from error
    if not isinstance(value, dict):
        raise CheckpointError(f"{path} is not a JSON object.")
    return value


@dataclass(frozen=True, slots=True)
class _Source:
    """part: which of num_parts equal blocks of rows of the file's tensor this is."""

    file: SafetensorsFile
    name: str
    part: int
    num_parts: int

    @property
    def stored(self) -> StoredTensor:
        whole = self.file.tensors[self.name]
        if self.num_parts == 1:
            return whole
        return StoredTensor(whole.name, whole.path, (whole.shape[0] // self.num_parts, *whole.shape[1:]), whole.dtype)


class SafetensorsCheckpoint:
    """All headers are read and checked at once, before the first tensor."""

    def __init__(self, folder: Path) -> None:
        self.path = folder
        self.config = read_json(folder / "config.json")
        self._sources: dict[str, _Source] = {}
        for file in _open_files(folder):
            for name, stored in file.tensors.items():
                self._add(file, stored, canonical_names(name))
        _check_scales({name: source.stored for name, source in self._sources.items()})

    def _add(self, file: SafetensorsFile, stored: StoredTensor, names: tuple[str, ...]) -> None:
        if len(names) > 1 and (not stored.shape or stored.shape[0] % len(names)):
            raise CheckpointError(f"{stored} has the shape {list(stored.shape)}; its rows must be {len(names)} blocks.")
        for part, name in enumerate(names):
            if name in self._sources:
                raise CheckpointError(f"{self.stored(name)} and {stored} are the same tensor; remove one.")
            self._sources[name] = _Source(file, stored.name, part, len(names))

    def names(self) -> list[str]:
        return list(self._sources)

    def stored(self, name: str) -> StoredTensor:
        return self._sources[name].stored

    def tensor(self, name: str, dtype: torch.dtype | None = None) -> Tensor:
        source = self._sources[name]
        tensor = source.file.read(source.name)
        if source.num_parts > 1:
            tensor = tensor.chunk(source.num_parts)[source.part].clone()
        return tensor.to(dtype or (torch.float32 if tensor.dtype == torch.float16 else tensor.dtype))


def _open_files(folder: Path) -> list[SafetensorsFile]:
    """The one file, or all that the index lists; the index and its files must agree."""
    if not (folder / _INDEX).is_file():
        if (folder / _SINGLE).is_file():
            return [SafetensorsFile(folder / _SINGLE)]
        if any(folder.glob(f"{_PICKLE}*.bin")):
            raise CheckpointError(f"{folder} holds {_PICKLE} files, which can run code; this engine reads safetensors.")
        raise CheckpointError(f"{folder} holds neither {_SINGLE} nor {_INDEX}.")
    indexed = _read_index(folder)
    names = sorted(set(indexed.values()))
    missing = [name for name in names if not (folder / name).is_file()]
    if missing:
        raise CheckpointError(
            f"{missing[0]} is missing from {folder}: the index lists {len(names)} files and "
            f"{len(names) - len(missing)} are there; copy it again."
        )
    files = [SafetensorsFile(folder / name) for name in names]
    _compare(indexed, files)
    return files


def _compare(indexed: dict[str, str], files: list[SafetensorsFile]) -> None:
    """metadata.total_size of an index is not compared: exporters disagree on it, and every tensor is checked anyway."""
    found: dict[str, SafetensorsFile] = {}
    for file in files:
        for name in file.tensors:
            if name in found:
                raise CheckpointError(f"{name} is in {found[name].path} and in {file.path}; only one may hold it.")
            found[name] = file
            if name not in indexed:
                raise CheckpointError(f"{name} is in {file.path}, but not in the index.")
    for name, file_name in indexed.items():
        if name not in found or found[name].path.name != file_name:
            raise CheckpointError(
                f"{name} is missing from {files[0].path.parent / file_name}, where the index says it is."
            )


def _read_index(folder: Path) -> dict[str, str]:
    """Tensor to file, by name. Files are links in the Hub's cache, but a name never leads out of the folder."""
    index = folder / _INDEX
    files = read_json(index).get("weight_map")
    if not isinstance(files, dict) or not files or not all(isinstance(file, str) for file in files.values()):
        raise CheckpointError(f"{index} has no weight_map from tensor to file.")
    for file in files.values():
        if Path(file).name != file or not file.endswith(".safetensors") or "\\" in file or not file.isprintable():
            raise CheckpointError(f"{index} names {file!r}; only safetensors files beside it are read.")
    return files


def _check_scales(tensors: dict[str, StoredTensor]) -> None:
    """Every FP8 matrix has its scales, and nothing else has any."""
    for name, stored in tensors.items():
        if stored.is_fp8:
            _check_scale_of(stored, tensors.get(name + SCALE))
        elif name.endswith(SCALE):
            weight = tensors.get(name.removesuffix(SCALE))
            if weight is None:
                raise CheckpointError(f"{stored} has no tensor to scale; {stored.name.removesuffix(SCALE)} is missing.")
            if not weight.is_fp8:
                raise CheckpointError(f"{stored} scales a tensor that is {weight.dtype}, not F8_E4M3.")


def _check_scale_of(weight: StoredTensor, scale: StoredTensor | None) -> None:
    if len(weight.shape) != 2:
        raise CheckpointError(f"{weight} is F8_E4M3 of the shape {list(weight.shape)}; only matrices may be.")
    if scale is None:
        raise CheckpointError(f"{weight} is F8_E4M3, but its scales, {weight.name}{SCALE}, are missing.")
    expected = scales_shape(*weight.shape)
    if scale.shape != expected or scale.dtype != "F32":
        raise CheckpointError(
            f"{scale} is {scale.dtype} of the shape {list(scale.shape)}; its weight asks for F32 of {list(expected)}."
        )
