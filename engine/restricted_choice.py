"""Hold answers to their forms in a step: which tokens it may choose, and what becomes of an answer that loses its form.

Compiling a form is the caller's work; what is done here, in the engine thread, takes microseconds.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TypeVar

from engine.errors import EngineError
from engine.sequence import Sequence
from engine.step_plan import StepPlan

T = TypeVar("T")

FORM_FAILED = "The answer could not be held to its form (see the server log). Ask for a simpler one."

logger = logging.getLogger(__name__)


def restrict_choices(plan: StepPlan, sequences: Mapping[int, Sequence]) -> tuple[StepPlan, dict[int, str]]:
    """sequences: by id. The plan with what they may choose, without those that cannot go on; for each of these a
    sentence says why.
    """
    parts, failed = [], dict[int, str]()
    for part in plan.sequences:
        matcher = sequences[part.sequence_id].matcher
        if matcher is not None and part.is_sampled:
            allowed, failure = _guarded(matcher.allowed)
            if failure is not None:
                failed[part.sequence_id] = failure
                continue
            part = replace(part, choice=replace(part.choice, allowed=allowed))
        parts.append(part)
    return StepPlan(parts), failed


def follow(sequence: Sequence, token_id: int) -> str | None:
    """The answer goes on with a token that does not end it. A sentence when it has lost its form."""
    matcher = sequence.matcher
    return _guarded(lambda: matcher.accept(token_id))[1] if matcher is not None else None


def _guarded(call: Callable[[], T]) -> tuple[T | None, str | None]:
    """What call returns, or why it failed: no answer may take others down."""
    try:
        return call(), None
    except EngineError as error:
        return None, str(error)
    except Exception:
        logger.exception("an answer could not be held to its form")
        return None, FORM_FAILED
