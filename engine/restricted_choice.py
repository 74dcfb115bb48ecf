"""Hold answers to their forms in a step: which tokens it may choose, and what becomes of an answer that loses its form.

Compiling a form is the caller's work; what is done here, in the engine thread, takes microseconds.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import TypeVar

from engine.answer_form import TokenMatcher
from engine.errors import EngineError
from engine.sequence import Sequence
from engine.step_plan import SequencePlan, StepPlan

T = TypeVar("T")

FORM_FAILED = "The answer could not be held to its form (see the server log). Ask for a simpler one."

logger = logging.getLogger(__name__)


def restrict_choices(
    plan: StepPlan, sequences: Mapping[int, Sequence], eos_token_ids: frozenset[int]
) -> tuple[StepPlan, dict[int, str]]:
    """sequences: by id. The plan with what they may choose, without those that cannot go on; for each of these a
    sentence says why.
    """
    parts, failed = [], dict[int, str]()
    for part in plan.sequences:
        matcher = sequences[part.sequence_id].matcher
        if matcher is not None and part.is_sampled:
            restricted, failure = _guarded(partial(_restrict, part, matcher, eos_token_ids))
            if restricted is None:
                failed[part.sequence_id] = failure or FORM_FAILED
                continue
            part = restricted
        parts.append(part)
    return StepPlan(parts), failed


def _restrict(part: SequencePlan, matcher: TokenMatcher, eos_token_ids: frozenset[int]) -> SequencePlan:
    """With what it may choose at every place. Its draft ends where the form would not go on like that."""
    ahead = matcher.ahead() if part.draft else matcher
    allowed = [ahead.allowed()]
    for token_id in part.draft:
        if token_id in eos_token_ids or not _has(allowed[-1], token_id):
            break
        ahead.accept(token_id)
        if ahead.is_finished:
            break
        allowed.append(ahead.allowed())
    num_drafted = len(allowed) - 1
    choices = zip([*part.draft_choices, part.choice], allowed, strict=False)
    *draft_choices, choice = (replace(choice, allowed=one) for choice, one in choices)
    token_ids = part.token_ids[: len(part.token_ids) - len(part.draft) + num_drafted]
    return replace(part, token_ids=token_ids, draft_choices=draft_choices, choice=choice)


def _has(allowed: bytes | None, token_id: int) -> bool:
    if allowed is None:
        return True
    return token_id < 8 * len(allowed) and bool(allowed[token_id // 8] >> token_id % 8 & 1)


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
