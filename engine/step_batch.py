"""A step plan as tensors."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from engine.step_plan import SequencePlan, StepPlan
from kernels.linear import MAX_FEW_TOKENS
from kernels.paged_attention import Contexts

# Every new number of rows costs the matrix library about half a millisecond, so a long step is padded to a multiple.
_ROWS = 64


@dataclass(frozen=True, slots=True)
class StepBatch:
    """The tokens of all sequences one after another, then padding.

    token_ids [T] and positions [T] int64; slots [S] int64: where the S <= T real tokens go in the cache; logit_rows [R]
    int64: the tokens whose logits are wanted.
    """

    token_ids: torch.Tensor
    positions: torch.Tensor
    slots: torch.Tensor
    contexts: Contexts
    logit_rows: torch.Tensor


def make_batch(plan: StepPlan, logit_rows: list[int], block_size: int, device: torch.device) -> StepBatch:
    sequences = plan.sequences
    counts = np.array([len(sequence.token_ids) for sequence in sequences])
    first_positions = np.array([sequence.start for sequence in sequences])
    starts = np.concatenate(([0], counts.cumsum()))
    num_tokens = int(starts[-1])
    tables = _block_tables(sequences)

    owner = np.repeat(np.arange(len(sequences)), counts)
    positions = np.arange(num_tokens) - starts[owner] + first_positions[owner]
    slots = tables[owner, positions // block_size].astype(np.int64) * block_size + positions % block_size
    padding = 0 if num_tokens <= MAX_FEW_TOKENS else -num_tokens % _ROWS
    token_ids = np.array([token for sequence in sequences for token in sequence.token_ids], dtype=np.int64)

    def tensor(values: NDArray[np.integer], dtype: torch.dtype) -> torch.Tensor:
        return torch.from_numpy(values).to(device, dtype)

    return StepBatch(
        token_ids=tensor(np.pad(token_ids, (0, padding)), torch.int64),
        positions=tensor(np.pad(positions, (0, padding)), torch.int64),
        slots=tensor(slots, torch.int64),
        contexts=Contexts(
            tensor(tables, torch.int32), tensor(starts, torch.int32), tensor(first_positions + counts, torch.int32)
        ),
        logit_rows=torch.tensor(logit_rows, dtype=torch.int64, device=device),
    )


def _block_tables(sequences: list[SequencePlan]) -> NDArray[np.int32]:
    tables = np.zeros((len(sequences), max(len(sequence.block_table) for sequence in sequences)), dtype=np.int32)
    for row, sequence in zip(tables, sequences, strict=True):
        row[: len(sequence.block_table)] = sequence.block_table
    return tables
