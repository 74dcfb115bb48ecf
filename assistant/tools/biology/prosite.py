"""Patterns in PROSITE's syntax, matched by dynamic programming: time grows with pattern times sequence, whatever the
pattern, and every start is found, overlapping ones too.

N-{P}-[ST]-{P}: elements joined by hyphens. A a residue, x any, [..] one of, {..} none of, (3) and (2,4) repeats,
< and > the ends of the chain, [G>] a residue or the end of the chain.
"""

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assistant.tools.biology.residues import AMINO_ACIDS, EITHER, RARE
from assistant.tools.result import ToolError

MAX_SPAN = 1_000  # residues that a pattern may cover; a protein of 10,000 then takes some 0.3 s on a busy core
REAL = AMINO_ACIDS + "".join(RARE)
SYNTAX = "Syntax: N-{P}-[ST]-{P}; x is any residue, x(2,4) two to four of them, < and > the ends of the chain."

_ELEMENT = re.compile(r"(?P<residue>[A-Za-z])|\[(?P<any_of>[A-Za-z]+)(?P<end>>?)\]|\{(?P<none_of>[A-Za-z]+)\}")
_REPEAT = re.compile(r"\(\s*(\d{1,4})\s*(?:,\s*(\d{1,4})\s*)?\)")
_CLOSING = {"[": "]", "{": "}", "(": ")"}


@dataclass(frozen=True, slots=True)
class Element:
    """letters is None for x: any letter, ambiguous ones too."""

    letters: str | None
    least: int = 1
    most: int = 1
    or_end: bool = False


@dataclass(frozen=True, slots=True)
class Pattern:
    elements: tuple[Element, ...]
    at_start: bool
    at_end: bool

    @property
    def span(self) -> int:
        """The longest match."""
        return sum(element.most for element in self.elements)


def parse_pattern(text: str) -> Pattern:
    """ToolError BAD_PATTERN with the character where the pattern goes wrong."""
    source = text.strip().removesuffix(".")
    at_start, at_end = source.startswith("<"), source.endswith(">")
    end = len(source) - at_end
    position = int(at_start)
    elements: list[Element] = []
    while position < end:
        if source[position] in "- " and elements:
            position += 1
            continue
        element, position = _element(source, position, end)
        elements.append(element)
    if any(element.or_end for element in elements[:-1]):
        raise _bad(source, source.index(">"), "the end of the chain, >, must come last")
    pattern = Pattern(tuple(elements), at_start, at_end)
    if sum(element.least for element in elements) == 0:
        raise _bad(source, len(source) - 1 if source else 0, "the pattern asks for no residue at all")
    if pattern.span > MAX_SPAN:
        raise _bad(source, 0, f"the pattern covers up to {pattern.span:,} residues and the limit is {MAX_SPAN:,}")
    return pattern


def find_matches(pattern: Pattern, letters: str) -> list[tuple[int, int]]:
    """(start, end) of the longest match at every start, 0-based, end exclusive."""
    length = len(letters)
    codes = np.frombuffer(letters.encode("ascii"), dtype=np.uint8)
    ends = np.arange(length + 1)  # where a match of the elements so far to the right ends, -1 for none
    if pattern.at_end:
        ends[:length] = -1
    for element in reversed(pattern.elements):
        ends = _extended(element, codes, ends)
    starts = np.flatnonzero(ends >= 0)
    if pattern.at_start:
        starts = starts[starts == 0]
    return [(int(start), int(ends[start])) for start in starts if ends[start] > start]


def _extended(element: Element, codes: NDArray[np.uint8], ends: NDArray[np.int64]) -> NDArray[np.int64]:
    """Ends of matches that begin with this element."""
    length = len(codes)
    fits = np.ones(length, dtype=bool)
    if element.letters is not None:
        fits = np.isin(codes, np.frombuffer(element.letters.encode(), dtype=np.uint8))
    after_last_misfit = np.append(np.where(fits, length, np.arange(length)), length)
    run_ends = np.minimum.accumulate(after_last_misfit[::-1])[::-1]  # where the run of fitting residues stops
    result = np.full(length + 1, -1)
    places = np.arange(length + 1)
    for count in range(element.least, min(element.most, length) + 1):
        reached = places[: length + 1 - count]
        possible = run_ends[reached] >= reached + count
        result[reached] = np.where(possible, np.maximum(result[reached], ends[count:]), result[reached])
    if element.or_end:
        result[length] = length
    return result


def _element(source: str, start: int, end: int) -> tuple[Element, int]:
    found = _ELEMENT.match(source, start, end)
    if found is None:
        raise _bad(source, start, _what_is_wrong(source, start))
    least = most = 1
    position = found.end()
    if position < end and source[position] == "(":
        repeat = _REPEAT.match(source, position, end)
        if repeat is None:
            is_closed = ")" in source[position:end]
            raise _bad(source, position, "a repeat is (3) or (2,4)" if is_closed else "unclosed bracket")
        least = int(repeat.group(1))
        most = int(repeat.group(2) or least)
        if most < least or most == 0:
            raise _bad(source, position, "a repeat goes from the smaller to the larger number, at least 1")
        position = repeat.end()
    return Element(_letters(source, found), least, most, bool(found["end"])), position


def _letters(source: str, found: re.Match[str]) -> str | None:
    given = (found["residue"] or found["any_of"] or found["none_of"]).upper()
    if found["residue"] and given == "X":
        return None
    for i, letter in enumerate(given):
        if letter not in REAL and letter not in EITHER:
            raise _bad(source, found.start() + i + (not found["residue"]), f"'{letter}' is not an amino acid")
    named = set("".join(EITHER.get(letter, letter) for letter in given))
    return "".join(letter for letter in REAL if (letter in named) != bool(found["none_of"]))


def _what_is_wrong(source: str, start: int) -> str:
    sign = source[start]
    if sign in _CLOSING and _CLOSING[sign] not in source[start:]:
        return "unclosed bracket"
    if source.startswith("[^", start):
        return "[^..] is no PROSITE syntax; 'none of' is written {..}"
    if sign in "*+?|\\.^$":
        return f"'{sign}' is no PROSITE syntax; any residue is x and repeats are x(2,4)"
    if sign in "<>":
        return f"{sign} stands only at the {'start' if sign == '<' else 'end'} of a pattern"
    return f"'{sign}' is not expected here"


def _bad(source: str, position: int, problem: str) -> ToolError:
    return ToolError("BAD_PATTERN", f"Bad pattern at character {position + 1} of '{source[:60]}': {problem}.", SYNTAX)
