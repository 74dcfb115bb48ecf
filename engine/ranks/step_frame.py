"""A step as the other ranks need it, in one array of ints: they compute, but choose no token.

    R, R rows whose logits are wanted, then for each sequence: start, T, B, T token ids, B blocks

Features are rank 0's alone. Where they stand in for tokens the ids are NO_TOKEN, which no rank's part of the vocabulary
has, so that the others add zeros there.
"""

from array import array

from engine.step_plan import SequencePlan, StepPlan

NO_TOKEN = -1


def pack_step(plan: StepPlan, logit_rows: list[int]) -> bytes:
    numbers = array("i", [len(logit_rows), *logit_rows])
    for sequence in plan.sequences:
        numbers.extend((sequence.start, len(sequence.token_ids), len(sequence.block_table)))
        numbers.extend(_without_features(sequence))
        numbers.extend(sequence.block_table)
    return numbers.tobytes()


def unpack_step(data: bytes) -> tuple[StepPlan, list[int]]:
    """The plan and logit_rows. Sequences are numbered anew; nothing is sampled."""
    numbers = array("i")
    numbers.frombytes(data)
    first = 1 + numbers[0]
    logit_rows = numbers[1:first].tolist()
    sequences: list[SequencePlan] = []
    while first < len(numbers):
        start, num_tokens, num_blocks = numbers[first : first + 3]
        blocks_start = first + 3 + num_tokens
        token_ids = numbers[first + 3 : blocks_start].tolist()
        first = blocks_start + num_blocks
        block_table = numbers[blocks_start:first].tolist()
        sequences.append(SequencePlan(len(sequences), token_ids, start, block_table, is_sampled=False))
    return StepPlan(sequences), logit_rows


def _without_features(sequence: SequencePlan) -> list[int]:
    token_ids = list(sequence.token_ids)
    for part in sequence.features:
        token_ids[part.first_token : part.first_token + part.num_tokens] = [NO_TOKEN] * part.num_tokens
    return token_ids
