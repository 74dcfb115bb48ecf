"""How one turn is answered: with thinking or without, and how its tokens are chosen. Checked at the door."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import isfinite
from typing import Any

from engine.sampling_params import MAX_TOKENS_LIMIT, SamplingParams


@dataclass(frozen=True, slots=True)
class Limits:
    low: float
    high: float
    is_whole: bool = False


# Narrower than the engine's own where nothing sensible lies beyond; a seed is as large as a browser can count.
LIMITS: Mapping[str, Limits] = {
    "temperature": Limits(0, 2),
    "top_p": Limits(0.01, 1),
    "top_k": Limits(0, 100_000, is_whole=True),
    "min_p": Limits(0, 1),
    "repetition_penalty": Limits(0.5, 2),
    "max_tokens": Limits(1, MAX_TOKENS_LIMIT, is_whole=True),
    "seed": Limits(0, 2**53 - 1, is_whole=True),
}


class BadSetting(ValueError):
    """A value that cannot be used: which setting it was for, what was given, and what may be."""

    def __init__(self, name: str, given: str, limits: Limits) -> None:
        super().__init__(f"{name} is {given}; it must be {limits.low} to {limits.high}")
        self.name = name
        self.given = given
        self.limits = limits


@dataclass(frozen=True, slots=True)
class TurnSettings:
    """None: as the model's family has it. A seed of None: another answer every time."""

    enable_thinking: bool = True
    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    min_p: float | None = None
    repetition_penalty: float | None = None
    max_tokens: int | None = None
    seed: int | None = None

    def __post_init__(self) -> None:
        for name in LIMITS:
            _check(name, getattr(self, name))

    def params(self, defaults: SamplingParams) -> SamplingParams:
        given = {name: value for name in LIMITS if (value := getattr(self, name)) is not None}
        return replace(defaults, **given)


def turn_settings(given: object, enable_thinking: bool) -> TurnSettings:
    """given: what the page sent, names and values; a name that is not there is left to the family. BadSetting."""
    values = given if isinstance(given, Mapping) else {}
    numbers: dict[str, Any] = {name: _number(name, values[name]) for name in LIMITS if values.get(name) is not None}
    return TurnSettings(enable_thinking=enable_thinking, **numbers)


def _number(name: str, value: object) -> int | float:
    limits = LIMITS[name]
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise BadSetting(name, str(value)[:40], limits)
    return int(value) if limits.is_whole and isfinite(value) and value == int(value) else value


def _check(name: str, value: float | None) -> None:
    limits = LIMITS[name]
    if value is None:
        return
    if not limits.low <= value <= limits.high or (limits.is_whole and not isinstance(value, int)):
        raise BadSetting(name, f"{value:,}", limits)
