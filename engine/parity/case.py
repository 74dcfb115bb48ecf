"""A folder of golden data: its files, read on demand, and its tolerances."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors.torch import load_file
from torch import Tensor

from engine.errors import EngineError


class CaseIncomplete(EngineError):
    """A file or a value that the case must have is not there."""


@dataclass(frozen=True, slots=True)
class Case:
    folder: Path

    @property
    def name(self) -> str:
        return self.folder.name

    def path(self, file: str) -> Path:
        """Of a file or folder that is there."""
        path = self.folder / file
        if not path.exists():
            raise CaseIncomplete(f"{file} is missing")
        return path

    def json(self, file: str) -> Any:
        return json.loads(self.path(file).read_text(encoding="utf-8"))

    def tensors(self, file: str) -> dict[str, Tensor]:
        return load_file(self.path(file))

    def beside(self, file: str) -> Path | None:
        """A file in the checkpoint of a case beside this one: what was released lies in one of them only."""
        return next(iter(sorted(self.folder.parent.glob(f"*/checkpoint/{file}"))), None)

    def tolerance(self, *names: str, default: float | None = None) -> float:
        """The first of names that meta.json has; default is what the README of the data says for every case."""
        stated = self.json("meta.json").get("tolerance", {})
        value = next((stated[name] for name in names if name in stated), default)
        if not isinstance(value, int | float):
            raise CaseIncomplete(f"meta.json states no tolerance {' or '.join(names)}")
        return float(value)
