"""How a turn is judged against the calls an ideal assistant would make. Pure functions over plain values."""

import re
from dataclasses import dataclass
from typing import Any

from rdkit import Chem, RDLogger

from assistant.tools.mathematics.calculate import calculate
from assistant.tools.result import ToolError

_NUMBER = re.compile(r"\d+(?:[.,]\d+)*(?:[eE][+-]?\d+)?")
_SMILES_ARGUMENTS = {"smiles", "smiles_list"}

RDLogger.DisableLog("rdApp.*")


@dataclass(frozen=True, slots=True)
class Call:
    name: str
    arguments: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Transcript:
    """What one turn did: its calls in order, what the tools said, and the final words."""

    calls: tuple[Call, ...]
    results: tuple[str, ...]
    answer: str
    failure: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    right_tool: bool
    exact: bool
    grounded: bool
    note: str


def judge(prompt: str, expected: list[Call], transcript: Transcript) -> Verdict:
    """right_tool: the same tools in the same order. exact: right_tool and every argument equal.

    grounded: an answer was given, and every number in it stands in the question or in a tool's result.
    """
    made = transcript.calls
    right_tool = [call.name for call in made] == [call.name for call in expected]
    wrong = [
        f"{want.name}.{key}: expected {want.arguments.get(key)!r}, got {got.arguments.get(key)!r}"
        for want, got in zip(expected, made, strict=False)
        for key in sorted(want.arguments.keys() | got.arguments.keys())
        if not _same_argument(key, want.arguments.get(key), got.arguments.get(key), prompt)
    ]
    strangers = ungrounded_numbers(transcript.answer, prompt, transcript.results)
    note = "" if right_tool else f"expected {[c.name for c in expected]}, got {[c.name for c in made]}"
    notes = [note, *(wrong if right_tool else ()), transcript.failure]
    if strangers:
        notes.append(f"numbers from nowhere: {', '.join(strangers)}")
    grounded = not strangers and not transcript.failure
    return Verdict(right_tool, right_tool and not wrong, grounded, "; ".join(filter(None, notes)))


def ungrounded_numbers(answer: str, prompt: str, results: tuple[str, ...]) -> list[str]:
    """Numbers of the answer that stand neither in the question nor in a tool's result."""
    known = set(_NUMBER.findall(prompt))
    for result in results:
        known.update(_NUMBER.findall(result))
    return [number for number in _NUMBER.findall(answer) if number not in known]


def _same_argument(key: str, expected: Any, actual: Any, prompt: str) -> bool:
    if key in _SMILES_ARGUMENTS and isinstance(expected, list) and isinstance(actual, list):
        return len(expected) == len(actual) and all(
            _same_argument(key, e, a, prompt) for e, a in zip(expected, actual, strict=True)
        )
    if not isinstance(expected, str) or not isinstance(actual, str):
        return bool(expected == actual)
    if expected.strip() == actual.strip():
        return True
    if key in _SMILES_ARGUMENTS:
        # another valid SMILES of the same molecule counts only when it was copied from the question
        return actual in prompt and _canonical(expected) == _canonical(actual) != ""
    if key == "query":
        return expected.strip().lower() == actual.strip().lower()
    if key == "expression":
        return _value(expected) == _value(actual) is not None
    return False


def _canonical(smiles: str) -> str:
    molecule = Chem.MolFromSmiles(smiles)
    return Chem.MolToSmiles(molecule) if molecule else ""


def _value(expression: str) -> str | None:
    try:
        return calculate(expression).summary.rsplit(" = ", 1)[1]
    except ToolError:
        return None
