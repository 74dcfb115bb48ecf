"""Read the fields of one JSON object, each once and by its type; what nobody has read is refused by its name."""

import math
from collections.abc import Iterator, Mapping
from typing import Any

from assistant.openai_api.errors import refused

MAX_SHOWN = 40


class Fields:
    """A null is the same as no field at all. Every refusal is an ApiError that names the field by its place.

    place: of the object in the request, such as `messages[0].`; empty for the request itself.
    """

    def __init__(self, value: Any, place: str = "") -> None:
        if not isinstance(value, dict):
            raise refused(place.rstrip(".") or None, f"{_name(place)} is {shown(value)}; it must be a JSON object.")
        self._values = {name: item for name, item in value.items() if item is not None}
        self.place = place

    def param(self, name: str) -> str:
        return self.place + name

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def take(self, name: str) -> Any:
        return self._values.pop(name, None)

    def refuse(self, name: str, value: Any, allowed: str) -> Exception:
        return refused(self.param(name), f"{self.param(name)} is {shown(value)}; it must be {allowed}.")

    def text(self, name: str) -> str | None:
        text: str | None = self._typed(name, str, "a text")
        return text

    def required_text(self, name: str) -> str:
        value = self.text(name)
        if value is None:
            raise refused(self.param(name), f"{self.param(name)} is missing; it must be a text.", "missing")
        return value

    def choice(self, name: str, *allowed: str) -> str | None:
        value = self.take(name)
        if value is not None and value not in allowed:
            raise self.refuse(name, value, " or ".join(allowed))
        return None if value is None else str(value)

    def flag(self, name: str) -> bool | None:
        flag: bool | None = self._typed(name, bool, "true or false")
        return flag

    def whole(self, name: str) -> int | None:
        value = self.take(name)
        if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
            value = int(value)  # JSON has one kind of number
        if value is not None and (isinstance(value, bool) or not isinstance(value, int)):
            raise self.refuse(name, value, "a whole number")
        return value

    def number(self, name: str) -> float | None:
        value = self.take(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float) or not _is_finite(value):
            raise self.refuse(name, value, "a number")
        return float(value)

    def items(self, name: str) -> list[Any] | None:
        items: list[Any] | None = self._typed(name, list, "a list")
        return items

    def inner(self, name: str) -> "Fields | None":
        value = self.take(name)
        return None if value is None else Fields(value, f"{self.param(name)}.")

    def each(self, name: str) -> "Iterator[Fields]":
        for i, value in enumerate(self.items(name) or ()):
            yield Fields(value, f"{self.param(name)}[{i}].")

    def mapping(self, name: str) -> dict[str, Any] | None:
        mapping: dict[str, Any] | None = self._typed(name, dict, "a JSON object")
        return mapping

    def drop(self, name: str, value: Any) -> None:
        """Take a field that asks for what is done anyway."""
        if self._values.get(name) == value and type(self._values.get(name)) is type(value):
            del self._values[name]

    def end(self, hints: Mapping[str, str] | None = None) -> None:
        """hints: what to do instead, by the names of fields that are refused."""
        for name in self._values:
            hint = (hints or {}).get(name, "Leave it out.")
            param = self.param(name[:MAX_SHOWN])
            raise refused(param, f"{param} is not supported here. {hint}", "unsupported_parameter")

    def _typed(self, name: str, kind: type, allowed: str) -> Any:
        value = self.take(name)
        if value is not None and not isinstance(value, kind):
            raise self.refuse(name, value, allowed)
        return value


def shown(value: Any) -> str:
    """The beginning of a value, as a person may have written it."""
    if isinstance(value, dict | list):
        return "an object" if isinstance(value, dict) else "a list"
    text = (
        {None: "null", True: "true", False: "false"}[value] if value is None or isinstance(value, bool) else repr(value)
    )
    return text if len(text) <= MAX_SHOWN else f"{text[: MAX_SHOWN - 3]}..."


def _name(place: str) -> str:
    return place.rstrip(".") or "The request"


def _is_finite(value: float) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:  # a whole number beyond what a float holds
        return False
