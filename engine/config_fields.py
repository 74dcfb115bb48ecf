"""Typed access to config.json: every value is asked for by name and kind, and an error names the file and the key."""

from pathlib import Path
from typing import Any

from engine.errors import CheckpointError


class ConfigFields:
    """config: a dict out of a JSON file; path names the file in errors; section is where in it the dict lies."""

    def __init__(self, config: dict[str, Any], path: Path, section: str = "") -> None:
        self.config = config
        self.path = path
        self._prefix = f"{section}." if section else ""

    def section(self, key: str) -> "ConfigFields":
        """The dict that lies under a key."""
        value = self._get(key)
        if not isinstance(value, dict):
            raise self.error(key, "it must be an object")
        return ConfigFields(value, self.path, self._prefix + key)

    def integer(self, *keys: str) -> int:
        """The first of several names that the same value has had."""
        value = self._get(*keys)
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise self.error(self._key_of(*keys), "it must be a whole number of at least 1")
        return value

    def number(self, key: str) -> float:
        value = self._get(key)
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < float("inf"):
            raise self.error(key, "it must be a number above 0")
        return float(value)

    def flag(self, key: str) -> bool:
        value = self._get(key)
        if not isinstance(value, bool):
            raise self.error(key, "it must be true or false")
        return value

    def text(self, key: str) -> str:
        value = self._get(key)
        if not isinstance(value, str):
            raise self.error(key, "it must be a text")
        return value

    def optional(self, key: str) -> Any:
        """The value as it is in the file; None where the key is absent or null."""
        return self.config.get(key)

    def require(self, key: str, *supported: Any) -> None:
        """Refuse a setting that changes the arithmetic in a way that is not there. None stands for an absent key."""
        value = self.config.get(key)
        if not any(value == one and isinstance(value, bool) == isinstance(one, bool) for one in supported):
            readable = " or ".join("absent" if one is None else repr(one) for one in supported)
            raise self.error(key, f"this engine supports {readable} only")

    def error(self, key: str, reason: str) -> CheckpointError:
        """What is wrong with the value of a key, as one sentence; the caller raises it."""
        value = self.config.get(key)
        if value is None:
            return CheckpointError(f"{self.path} has no {self._prefix}{key}; {reason}.")
        return CheckpointError(f"{self._prefix}{key} in {self.path} is {value!r}; {reason}.")

    def _get(self, *keys: str) -> Any:
        key = self._key_of(*keys)
        if self.config.get(key) is None:
            raise CheckpointError(f"{self.path} has no {' or '.join(self._prefix + key for key in keys)}.")
        return self.config[key]

    def _key_of(self, *keys: str) -> str:
        return next((key for key in keys if self.config.get(key) is not None), keys[0])
