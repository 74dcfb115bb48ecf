"""A step plan as tensors.

Plain lists, not arrays: a step has just streamed all weights through the processor's caches, and a few lines of Python
come back from memory sooner than numpy does (0.05 against 0.26 ms for one token, nano on an AMD Turin, 2026-11).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import torch
from torch import Tensor

from engine.step_plan import StepPlan
from kernels.contexts import Contexts
from kernels.cpu_library import load_cpu_library

# Without our own operations every new number of rows costs about half a millisecond, so a long step is padded.
_ROWS = 64
_MAX_FEW_ROWS = 16


@dataclass(frozen=True, slots=True)
class StepBatch:
    """The tokens of all sequences one after another, then padding.

    token_ids [T] and positions [T] int64; slots [S] int64: where the S <= T real tokens go in the cache; logit_rows [R]
    int64: the tokens whose logits are wanted.
    features: (first token, rows [n, H]) pairs, which take the place of embeddings.
    """

    token_ids: Tensor
    positions: Tensor
    slots: Tensor
    contexts: Contexts
    logit_rows: Tensor
    features: tuple[tuple[int, Tensor], ...] = ()


def make_batch(
    plan: StepPlan,
    logit_rows: list[int],
    block_size: int,
    device: torch.device,
    features_of: Mapping[int, Tensor] = MappingProxyType({}),
) -> StepBatch:
    """features_of: media_id -> features [N, H], of every medium in the plan."""
    token_ids: list[int] = []
    positions: list[int] = []
    slots: list[int] = []
    starts, lengths = [0], []
    width = max(len(sequence.block_table) for sequence in plan.sequences)
    tables = []
    features = []
    for sequence in plan.sequences:
        for part in sequence.features:
            rows = features_of[part.media_id][part.first_feature : part.first_feature + part.num_tokens]
            features.append((len(token_ids) + part.first_token, rows))
        end = sequence.start + len(sequence.token_ids)
        token_ids += sequence.token_ids
        positions += range(sequence.start, end)
        slots += [
            sequence.block_table[p // block_size] * block_size + p % block_size for p in range(sequence.start, end)
        ]
        starts.append(len(token_ids))
        lengths.append(end)
        tables.append(sequence.block_table + [0] * (width - len(sequence.block_table)))

    has_odd_size = device.type == "cpu" and len(slots) > _MAX_FEW_ROWS and load_cpu_library() is None
    padding = [0] * (-len(slots) % _ROWS if has_odd_size else 0)
    tokens = _on(device, [token_ids + padding, positions + padding], torch.int64)
    return StepBatch(
        token_ids=tokens[0],
        positions=tokens[1],
        slots=_on(device, slots, torch.int64),
        contexts=Contexts(
            tables=_on(device, tables, torch.int32),
            starts=_on(device, starts, torch.int32),
            lengths=_on(device, lengths, torch.int32),
        ),
        logit_rows=_on(device, logit_rows, torch.int64),
        features=tuple(features),
    )


def _on(device: torch.device, values: list[Any], dtype: torch.dtype) -> Tensor:
    """On a GPU without waiting for it: it copies from pinned memory while the next lists are being written."""
    tensor = torch.tensor(values, dtype=dtype)
    return tensor if device.type == "cpu" else tensor.pin_memory().to(device, non_blocking=True)
