"""Where the numbers of an answer come from: a tool or the question, a small calculation with those, or neither."""

import math
import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import permutations

# Not the digits of names and formulas (C6H6, sp3, p53), nor those of a list ("1. ").
NUMBER = re.compile(
    r"(?<![A-Za-z0-9_.])[-+−]?\d[\d,]*(?:\.\d+)?(?:\s*[x×]\s*10\^?[-−]?\d+|[eE][-+]?\d+)?(?![A-Za-z]+\d)"
)
LIST_MARK = re.compile(r"^\s*\d{1,2}[.)]\s", re.MULTILINE)
CODE = re.compile(r"`[^`\n]+`|```[\s\S]*?```")
POWER = re.compile(r"\s*[x×]\s*10\^?")
MAX_SOURCES = 60  # numbers that calculations are tried with
MIN_DIGITS = 3  # of a number that counts as calculated: shorter ones are hit by chance
SMALL = 10  # whole numbers up to here count things, and are in every text


@dataclass(frozen=True, slots=True)
class Structure:
    """A SMILES of the answer; problem says why it is none, or is empty."""

    smiles: str
    problem: str


@dataclass(frozen=True, slots=True)
class AnswerCheck:
    """Numbers as they are written in the answer, each once. recomputed: with the calculation that gives it."""

    grounded: tuple[str, ...] = ()
    recomputed: tuple[tuple[str, str], ...] = ()
    unknown: tuple[str, ...] = ()
    structures: tuple[Structure, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.grounded or self.recomputed or self.unknown or self.structures)


@dataclass(frozen=True, slots=True)
class _Number:
    written: str
    value: float
    half_digit: float  # half a unit of the last digit that is written
    num_digits: int

    def is_close(self, value: float) -> bool:
        return abs(self.value - value) <= self.half_digit * 1.000001 + abs(value) * 1e-12


def check_numbers(answer: str, sources: Iterable[str]) -> AnswerCheck:
    """sources: what the person wrote and what the tools said."""
    known = [number for source in sources for number in _numbers(source)]
    values = list(dict.fromkeys(number.value for number in known))
    calculations = _calculations(values[-MAX_SOURCES:])
    grounded, recomputed, unknown = [], [], []
    for number in _numbers(LIST_MARK.sub(" ", CODE.sub(" ", answer))):
        if _is_given(number, values):
            grounded.append(number.written)
        elif number.value == int(number.value) and abs(number.value) <= SMALL:
            continue
        elif how := _calculation(number, calculations):
            recomputed.append((number.written, how))
        else:
            unknown.append(number.written)
    return AnswerCheck(tuple(dict.fromkeys(grounded)), tuple(dict(recomputed).items()), tuple(dict.fromkeys(unknown)))


def _numbers(text: str) -> list[_Number]:
    found = []
    for match in NUMBER.finditer(text):
        written = match[0].strip().rstrip(",")
        plain = POWER.sub("e", written.replace(",", "").replace("−", "-"))
        mantissa, _, exponent = plain.lower().partition("e")
        decimals = len(mantissa.partition(".")[2])
        digits = mantissa.strip("+-").replace(".", "").lstrip("0")
        half_digit = 0.5 * 10.0 ** (int(exponent or 0) - decimals)
        found.append(_Number(written, float(plain), half_digit, len(digits)))
    return found


def _is_given(number: _Number, values: Sequence[float]) -> bool:
    """Written in a source, rounded, without its sign, or as a percentage of the same fraction."""
    return any(
        number.is_close(value)
        or number.is_close(-value)
        or number.is_close(100 * value)
        or number.is_close(value / 100)
        for value in values
    )


def _calculations(values: Sequence[float]) -> list[tuple[float, str]]:
    """What one step with the known numbers gives, sorted, each with how."""
    found = [(factor * value, f"{value:g} × {factor:g}") for value in values for factor in (1e3, 1e-3, 1e6, 1e-6)]
    for a, b in permutations(values, 2):
        found += [(a + b, f"{a:g} + {b:g}"), (a - b, f"{a:g} - {b:g}"), (a * b, f"{a:g} × {b:g}")]
        if b:
            found += [(a / b, f"{a:g} / {b:g}"), (100 * a / b, f"100 × {a:g} / {b:g}")]
            found.append((100 * (a - b) / b, f"100 × ({a:g} - {b:g}) / {b:g}"))
    return sorted(pair for pair in found if math.isfinite(pair[0]))


def _calculation(number: _Number, calculations: list[tuple[float, str]]) -> str:
    """The calculation that gives the number best, if any gives it."""
    if number.num_digits < MIN_DIGITS:
        return ""
    place = bisect_left(calculations, (number.value,))
    near = calculations[max(place - 1, 0) : place + 1]
    value, how = min(near, key=lambda pair: abs(pair[0] - number.value), default=(math.inf, ""))
    return how if number.is_close(value) else ""
