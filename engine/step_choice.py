"""What a step needs logits of, and the step's result from them."""

from torch import Tensor

from engine.drafts import num_agreeing
from engine.messages import TokenLogprob
from engine.sampler import sample, token_logprobs
from engine.step_plan import SequencePlan, StepPlan, StepResult

_NOT_FINITE = "The model computed a number that is not finite, so this answer cannot go on."


def logit_rows(plan: StepPlan) -> list[int]:
    """Which of the step's tokens: those that a token is chosen behind, sequence by sequence, then those of targets."""
    chosen: list[int] = []
    targets: list[int] = []
    first = 0
    for part in plan.sequences:
        end = first + len(part.token_ids)
        if part.is_sampled:
            chosen += range(end - 1 - len(part.draft_choices), end)
        targets += [first + index for index, _ in part.logprob_targets]
        first = end
    return chosen + targets


def choose(plan: StepPlan, logits: Tensor) -> StepResult:
    """logits [R, V] float32 of logit_rows, without the padding of the vocabulary."""
    sampled = [part for part in plan.sequences if part.is_sampled]
    choices = [choice for part in sampled for choice in (*part.draft_choices, part.choice)]
    tokens = sample(logits[: len(choices)], choices)
    result = StepResult({}, _prompt_logprobs(plan, logits[len(choices) :]))
    asked: list[tuple[SequencePlan, int, int]] = []  # whose token needs a log-probability, its row, the token
    first = 0
    for part in sampled:
        chosen = tokens[first : first + len(part.draft_choices) + 1]
        num_accepted = num_agreeing(part.draft, chosen)
        next_token = chosen[num_accepted]
        if next_token is None:
            result.failed[part.sequence_id] = _NOT_FINITE
        else:
            result.sampled[part.sequence_id] = next_token
            if part.draft_choices:
                result.num_accepted[part.sequence_id] = num_accepted
            if part.num_logprobs is not None:
                new_tokens = [*part.draft[:num_accepted], next_token]
                asked += [(part, row, token) for row, token in enumerate(new_tokens, start=first)]
        first += len(chosen)
    if asked:
        values = _logprobs(logits, asked)
        result.sampled_logprobs.update(_by_sequence([part for part, _, _ in asked], values))
    return result


def _prompt_logprobs(plan: StepPlan, logits: Tensor) -> dict[int, list[TokenLogprob]]:
    """logits: one row per target."""
    targets = [(part, token) for part in plan.sequences for _, token in part.logprob_targets]
    values = _logprobs(logits, [(part, row, token) for row, (part, token) in enumerate(targets)])
    return _by_sequence([part for part, _ in targets], values)


def _logprobs(logits: Tensor, asked: list[tuple[SequencePlan, int, int]]) -> list[TokenLogprob]:
    """asked: a sequence, a row and the token whose log-probability it wants."""
    rows = logits[[row for _, row, _ in asked]]
    return token_logprobs(rows, [token for _, _, token in asked], [part.num_logprobs or 0 for part, _, _ in asked])


def _by_sequence(sequences: list[SequencePlan], values: list[TokenLogprob]) -> dict[int, list[TokenLogprob]]:
    """sequence_id -> its values, in order."""
    grouped: dict[int, list[TokenLogprob]] = {sequence.sequence_id: [] for sequence in sequences}
    for sequence, value in zip(sequences, values, strict=True):
        grouped[sequence.sequence_id].append(value)
    return grouped
