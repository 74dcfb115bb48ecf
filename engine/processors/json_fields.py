"""Fields of a checkpoint's JSON file, each checked as it is read; a wrong one is an error that names file and field."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.errors import CheckpointError


@dataclass(frozen=True, slots=True)
class JsonFields:
    """prefix: where in the file the values stand, such as "size."; it is part of the names in errors."""

    path: Path
    values: dict[str, Any]
    prefix: str = ""

    @classmethod
    def read(cls, path: Path) -> "JsonFields":
        """An absent file has no fields, so every default holds."""
        if not path.exists():
            return cls(path, {})
        try:
            values = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise CheckpointError(f"{path} cannot be read: {error}.") from error
        if not isinstance(values, dict):
            raise CheckpointError(f"{path} holds a {type(values).__name__}; it must hold a JSON object.")
        return cls(path, values)

    def table(self, name: str) -> "JsonFields":
        value = self.values.get(name, {})
        if not isinstance(value, dict):
            raise self._wrong(name, "a JSON object")
        return JsonFields(self.path, value, f"{self.prefix}{name}.")

    def integer(self, name: str, default: int, low: int, high: int) -> int:
        value = self.values.get(name, default)
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            raise self._wrong(name, f"a whole number from {low} to {high}")
        return value

    def number(self, name: str, default: float, above: float, below: float = float("inf")) -> float:
        value = self.values.get(name, default)
        if not isinstance(value, int | float) or isinstance(value, bool) or not above < value < below:
            raise self._wrong(name, f"a number above {above}" + (f" and below {below}" if below < float("inf") else ""))
        return float(value)

    def triple(
        self, name: str, default: tuple[float, float, float], above: float = float("-inf")
    ) -> tuple[float, float, float]:
        value = self.values.get(name, default)
        is_triple = isinstance(value, list | tuple) and len(value) == 3
        if not is_triple or not all(isinstance(x, int | float) and above < x < float("inf") for x in value):
            raise self._wrong(name, "three numbers" + (f" above {above}" if above > float("-inf") else ""))
        red, green, blue = map(float, value)
        return red, green, blue

    def side(self, name: str, default: int) -> int:
        """A length written as one number or as two that are the same."""
        value = self.values.get(name, default)
        sides = value if isinstance(value, list) else [value]
        if not sides or not all(isinstance(side, int) and side > 0 and side == sides[0] for side in sides):
            raise self._wrong(name, "a whole number above 0, or two that are the same")
        return int(sides[0])

    def same(self, name: str, expected: object) -> None:
        if self.values.get(name, expected) != expected:
            raise self._wrong(name, f"{expected!r} here")

    def same_side(self, name: str, expected: int) -> None:
        if self.side(name, expected) != expected:
            raise self._wrong(name, f"{expected} as in the preprocessor's size")

    def _wrong(self, name: str, allowed: str) -> CheckpointError:
        value = str(self.values.get(name))[:80]
        return CheckpointError(f"{self.path}: {self.prefix}{name} is {value}; it must be {allowed}.")
