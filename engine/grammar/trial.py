"""Compile a grammar in a process of its own, where one that takes too much time or memory harms nobody.

A few schemas of a hundred characters would keep the library busy for minutes: intersections of patterns, a multipleOf
in the thousands. What passes here within the limits is compiled again beside the model, where it takes as long.
"""

import subprocess
import sys
from pathlib import Path

from engine.errors import EngineError, InvalidRequest

MAX_CPU_S = 2
MAX_MEMORY_BYTES = 128 * 2**20
MAX_WAIT_S = 10.0  # on a busy machine; the process takes 0.1 s to start (AMD Zen 3)

_PROGRAM = Path(__file__).with_name("trial_process.py")
_LIMITS = [str(MAX_CPU_S), str(MAX_MEMORY_BYTES)]
_MAX_REASON_LENGTH = 300


class TooManyGrammars(EngineError):
    """The machine is busy, or others ask for new forms of answers."""

    def __init__(self) -> None:
        super().__init__(f"The form that was asked for was not ready after {MAX_WAIT_S:.0f} s. Try again in a moment.")


def try_grammar(source: str) -> None:
    """Returns when source can be compiled. Raises InvalidRequest with the library's reason, or TooManyGrammars."""
    command = [sys.executable, "-I", str(_PROGRAM), *_LIMITS]
    try:
        result = subprocess.run(
            command, input=source.encode(), capture_output=True, timeout=MAX_WAIT_S, check=False, env={}
        )
    except subprocess.TimeoutExpired as error:
        raise TooManyGrammars from error
    if result.returncode != 0:
        raise InvalidRequest(
            f"The form that was asked for takes more than {MAX_CPU_S} s or {MAX_MEMORY_BYTES // 2**20} MiB to compile. "
            "Simplify its patterns, numbers or unions."
        )
    if reason := result.stdout.decode():
        raise InvalidRequest(f"The form that was asked for cannot be held to: {in_one_line(reason)}.")


def in_one_line(reason: str) -> str:
    words = " ".join(reason.split()).removesuffix(".")
    return words if len(words) <= _MAX_REASON_LENGTH else f"{words[: _MAX_REASON_LENGTH - 3]}..."
