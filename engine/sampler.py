"""From logits to the next token of each row. A row's choice depends on that row alone, never on the batch."""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from engine.messages import TokenLogprob
from engine.step_plan import TokenChoice
from kernels.penalise import Penalties, SeenTokens, penalise_
from kernels.sample import RowRules
from kernels.sample import sample as sample_rows


def sample(logits: Tensor, choices: Sequence[TokenChoice]) -> list[int | None]:
    """logits [R, V] float32, one row per choice -> the chosen token, or None where the row holds a NaN or infinity."""
    assert logits.shape[0] == len(choices) and logits.dtype == torch.float32, (logits.shape, logits.dtype)
    logits = logits_to_choose_from(allowed_logits(logits, choices), choices)
    V, device = logits.shape[1], logits.device
    rules = RowRules(
        temperatures=_column((choice.temperature for choice in choices), torch.float32, device),
        top_ks=_column((min(choice.top_k, V) for choice in choices), torch.int32, device),
        top_ps=_column((choice.top_p for choice in choices), torch.float64, device),
        min_ps=_column((choice.min_p for choice in choices), torch.float32, device),
        seeds=_column((choice.seed for choice in choices), torch.int64, device),
    )
    return [None if token < 0 else token for token in sample_rows(logits, rules).tolist()]


def allowed_logits(logits: Tensor, choices: Sequence[TokenChoice]) -> Tensor:
    """logits [R, V] -> the same where all is allowed, else a copy in which the other tokens have no chance."""
    rows = [i for i, choice in enumerate(choices) if choice.allowed is not None]
    if not rows:
        return logits
    num_bytes = -(-logits.shape[1] // 8)  # a mask may have more, whatever it was padded to
    masks = [(choices[i].allowed or b"")[:num_bytes].ljust(num_bytes, b"\0") for i in rows]
    packed = np.frombuffer(b"".join(masks), dtype=np.uint8).reshape(len(rows), -1)
    bits = np.unpackbits(packed, axis=1, count=logits.shape[1], bitorder="little")  # [M, V], one row per restriction
    is_barred = torch.from_numpy(bits == 0).to(logits.device)
    if len(rows) == len(choices):
        return logits.masked_fill(is_barred, -math.inf)
    ids = torch.tensor(rows, device=logits.device)
    return logits.index_copy(0, ids, logits[ids].masked_fill(is_barred, -math.inf))


def logits_to_choose_from(logits: Tensor, choices: Sequence[TokenChoice]) -> Tensor:
    """logits [R, V] as the model made them -> the same where nothing changes, else a copy with the bias, then the
    penalties."""
    if not any(choice.logit_bias or choice.counts for choice in choices):
        return logits
    logits = logits.clone(memory_format=torch.contiguous_format)
    rows, ids, biases = _entries([choice.logit_bias for choice in choices], logits)
    logits[rows, ids] += biases
    penalties = Penalties(
        repetition=_column((choice.repetition_penalty for choice in choices), torch.float32, logits.device),
        presence=_column((choice.presence_penalty for choice in choices), torch.float32, logits.device),
        frequency=_column((choice.frequency_penalty for choice in choices), torch.float32, logits.device),
    )
    penalise_(logits, SeenTokens(*_entries([choice.counts for choice in choices], logits)), penalties)
    return logits


def token_logprobs(logits: Tensor, ids: list[int], num_top: list[int]) -> list[TokenLogprob]:
    """logits [R, V] float32 -> of each row's id, with so many of the likeliest tokens.

    An id from V on cannot come: its logit is not among them.
    """
    assert logits.shape[0] == len(ids) == len(num_top), (logits.shape, len(ids), len(num_top))
    if not ids:
        return []
    totals = logits.logsumexp(dim=-1, keepdim=True)
    wanted = torch.tensor(ids, device=logits.device)
    known = wanted.clamp(max=logits.shape[1] - 1)
    values = (logits.gather(1, known[:, None]) - totals)[:, 0].masked_fill(known != wanted, -math.inf)
    top, top_ids = logits.topk(min(max(num_top), logits.shape[1]), dim=-1)
    rows = zip(ids, values.tolist(), top_ids.tolist(), (top - totals).tolist(), num_top, strict=True)
    return [
        TokenLogprob(token_id, value, tuple(zip(row_ids[:num], row_values[:num], strict=True)))
        for token_id, value, row_ids, row_values, num in rows
    ]


def _column(values: Iterable[float], dtype: torch.dtype, device: torch.device) -> Tensor:
    return torch.tensor([*values], dtype=dtype, device=device)


def _entries(values: Sequence[Mapping[int, Any]], logits: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Of one mapping per row: rows [N], ids [N] and values [N] float32 of those in logits [R, V].

    The others are padding, which stays out of the choice.
    """
    rows = np.repeat(np.arange(len(values)), [len(row) for row in values])
    ids = np.fromiter((token_id for row in values for token_id in row), np.int64, len(rows))
    numbers = np.fromiter((number for row in values for number in row.values()), np.float32, len(rows))
    is_known = ids < logits.shape[1]
    rows, ids, numbers = (torch.from_numpy(part[is_known]).to(logits.device) for part in (rows, ids, numbers))
    return rows, ids, numbers
