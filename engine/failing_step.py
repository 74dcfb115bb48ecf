"""Find the request that makes a step fail, so that the others of the step go on.

The halves of a failed plan are computed again, and their halves, until the guilty request is alone. Computing a part
twice does no harm: it writes the same keys and values to the same slots, and chooses by the same seeds.
"""

import logging
from collections.abc import Callable

from engine.errors import EngineStopped
from engine.interruption import Interrupted
from engine.ranks.errors import RanksRestarted
from engine.step_plan import SequencePlan, StepPlan, StepResult

logger = logging.getLogger(__name__)

STEP_FAILED = "The model failed while it worked on this answer (see the server log). Try again."


def execute_apart(execute: Callable[[StepPlan], StepResult], plan: StepPlan) -> list[tuple[SequencePlan, StepResult]]:
    """Every part of the plan, in order, with the result that speaks of it. Raises only what concerns all requests."""
    # One guilty request among n is found in 2 log2(n) executions and two in twice as many. When everything fails,
    # finding out must not take one execution per request.
    num_retries = 4 * len(plan.sequences).bit_length()
    pending = [plan.sequences]
    results: list[tuple[SequencePlan, StepResult]] = []
    while pending:
        parts = pending.pop()
        try:
            result = execute(StepPlan(parts))
        except (RanksRestarted, EngineStopped, Interrupted):
            raise
        except Exception:
            if len(parts) > 1 and num_retries >= 2:
                logger.warning("a step of %d requests failed; looking for the one at fault", len(parts))
                num_retries -= 2
                middle = len(parts) // 2
                pending += [parts[middle:], parts[:middle]]
                continue
            logger.exception("a step of %d requests failed", len(parts))
            result = StepResult({}, {}, failed={part.sequence_id: STEP_FAILED for part in parts})
        results += [(part, result) for part in parts]
    return results
