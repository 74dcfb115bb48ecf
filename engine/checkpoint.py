"""Checkpoints, read tensor by tensor under Hugging Face names: a folder with safetensors, or a .gguf file."""

import json
from pathlib import Path
from typing import Any, Protocol

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from engine.errors import CheckpointError
from engine.gguf_checkpoint import GgufCheckpoint

_INDEX = "model.safetensors.index.json"
_SINGLE = "model.safetensors"


class Checkpoint(Protocol):
    @property
    def path(self) -> Path:
        """The folder or file, for errors."""

    @property
    def config(self) -> dict[str, Any]:
        """In the terms of config.json, whatever the format."""

    def names(self) -> list[str]: ...

    def file_of(self, name: str) -> Path:
        """Where a tensor lies, for errors."""

    def tensor(self, name: str) -> Tensor:
        """A fresh copy, float32 or bfloat16; matrices are [out, in]. CheckpointError when it cannot be read."""


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
    except (OSError, ValueError) as error:
        raise CheckpointError(f"{path} cannot be read: {error}.") from error
    if not isinstance(value, dict):
        raise CheckpointError(f"{path} is not a JSON object.")
    return value


class SafetensorsCheckpoint:
    def __init__(self, folder: Path) -> None:
        self.path = folder
        self.config = read_json(folder / "config.json")
        self._files = _files_by_tensor(folder)

    def names(self) -> list[str]:
        return list(self._files)

    def file_of(self, name: str) -> Path:
        return self._files[name]

    def tensor(self, name: str) -> Tensor:
        path = self._files[name]
        try:
            with safe_open(path, framework="pt") as file:
                tensor = file.get_tensor(name)
        except (OSError, SafetensorError) as error:
            raise CheckpointError(f"{name} in {path} cannot be read: {error}.") from error
        if tensor.dtype in (torch.float32, torch.bfloat16):
            return tensor
        if tensor.dtype == torch.float16:
            return tensor.float()
        raise CheckpointError(f"{name} in {path} is {tensor.dtype}; this engine reads float32, float16 and bfloat16.")


def _files_by_tensor(folder: Path) -> dict[str, Path]:
    """Which file holds which tensor; an index and the files it lists must agree."""
    if not (folder / _INDEX).is_file():
        if not (folder / _SINGLE).is_file():
            raise CheckpointError(f"{folder} holds neither {_SINGLE} nor {_INDEX}.")
        return dict.fromkeys(_tensor_names(folder / _SINGLE), folder / _SINGLE)
    indexed = _read_index(folder)
    files = sorted(set(indexed.values()))
    present = {file: set(_tensor_names(file)) for file in files if file.is_file()}
    for file in files:
        if file not in present:
            raise CheckpointError(
                f"{file.name} is missing from {folder} (the index lists {len(files)} files, {len(present)} are there). "
                "Copy it again and restart."
            )
    for name, file in indexed.items():
        if name not in present[file]:
            raise CheckpointError(f"{name} is missing from {file}, where the index says it is.")
    for file, names in present.items():
        for name in names:
            if indexed.get(name) != file:
                raise CheckpointError(f"{name} is in {file}, but not in the index.")
    return indexed


def _read_index(folder: Path) -> dict[str, Path]:
    index = folder / _INDEX
    files = read_json(index).get("weight_map")
    if not isinstance(files, dict) or not all(isinstance(file, str) for file in files.values()):
        raise CheckpointError(f"{index} has no weight_map from tensor to file.")
    for file in files.values():
        if Path(file).name != file:
            raise CheckpointError(f"{index} names {file!r}; only files beside it are read.")
    return {name: folder / file for name, file in files.items()}


def _tensor_names(path: Path) -> list[str]:
    try:
        with safe_open(path, framework="pt") as file:
            return list(file.keys())
    except (OSError, SafetensorError) as error:
        raise CheckpointError(f"{path} cannot be read: {error}. Copy it again and restart.") from error
