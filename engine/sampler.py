"""From logits to the next token of each row. A row's choice depends on that row alone, never on the batch."""

import math
from collections.abc import Mapping, Sequence

import numpy as np
import torch
from torch import Tensor

from engine.messages import TokenLogprob
from engine.step_plan import TokenChoice

# Candidates looked at first for top_p: sorting a whole vocabulary takes milliseconds, and the mass is rarely far down.
_NUM_LIKELY = 256
# Of splitmix64, as signed numbers of 64 bits
_GOLDEN, _MIX_1, _MIX_2 = 0x9E3779B97F4A7C15 - 2**64, 0xBF58476D1CE4E5B9 - 2**64, 0x94D049BB133111EB - 2**64


def sample(logits: Tensor, choices: Sequence[TokenChoice]) -> list[int | None]:
    """logits [R, V] float32, one row per choice -> the chosen token, or None where the row holds a NaN or infinity."""
    assert logits.shape[0] == len(choices) and logits.dtype == torch.float32, (logits.shape, logits.dtype)
    logits = allowed_logits(logits, choices)
    peaks, largest = logits.max(dim=-1)  # the largest of a row with a NaN is NaN
    tokens: list[int | None] = [
        token if is_finite else None
        for token, is_finite in zip(largest.tolist(), peaks.isfinite().tolist(), strict=True)
    ]
    for i, choice in enumerate(choices):
        if tokens[i] is not None and not _takes_the_largest(choice):
            tokens[i] = _choose(logits_to_choose_from(logits[i], choice), choice)
    return tokens


def allowed_logits(logits: Tensor, choices: Sequence[TokenChoice]) -> Tensor:
    """logits [R, V] -> the same where all is allowed, else a copy in which the other tokens have no chance."""
    rows = [i for i, choice in enumerate(choices) if choice.allowed is not None]
    if not rows:
        return logits
    packed = np.frombuffer(b"".join(choices[i].allowed or b"" for i in rows), dtype=np.uint8).reshape(len(rows), -1)
    bits = np.unpackbits(packed, axis=1, count=logits.shape[1], bitorder="little")  # [M, V], one row per restriction
    is_barred = torch.from_numpy(bits == 0).to(logits.device)
    if len(rows) == len(choices):
        return logits.masked_fill(is_barred, -math.inf)
    ids = torch.tensor(rows, device=logits.device)
    return logits.index_copy(0, ids, logits[ids].masked_fill(is_barred, -math.inf))


def logits_to_choose_from(logits: Tensor, choice: TokenChoice) -> Tensor:
    """A row [V] as the model made it -> [V] with the bias, then the penalties. The row itself stays as it is."""
    if not (choice.logit_bias or choice.counts):
        return logits
    logits = logits.clone()
    ids, biases = _entries(choice.logit_bias, logits)
    logits[ids] += biases
    ids, counts = _entries(choice.counts, logits)
    seen = logits[ids]
    seen = torch.where(seen > 0, seen / choice.repetition_penalty, seen * choice.repetition_penalty)
    logits[ids] = seen - counts * choice.frequency_penalty - (counts > 0) * choice.presence_penalty
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


def _takes_the_largest(choice: TokenChoice) -> bool:
    return choice.temperature == 0 and not choice.logit_bias and not choice.counts


def _entries(values: Mapping[int, float], logits: Tensor) -> tuple[Tensor, Tensor]:
    """Ids [N] and values [N] of those in a row [V]: the others are padding, which stays out of the choice."""
    ids = torch.tensor(list(values), dtype=torch.int64, device=logits.device)
    is_known = ids < len(logits)
    return ids[is_known], torch.tensor(list(values.values()), dtype=torch.float32, device=logits.device)[is_known]


def _choose(logits: Tensor, choice: TokenChoice) -> int | None:
    """One token of a row [V]; None where no token may be chosen."""
    peak, largest = logits.max(dim=-1)
    if not peak.isfinite():
        return None
    return _draw(logits - peak, choice) if choice.temperature > 0 else int(largest)


def _draw(logits: Tensor, choice: TokenChoice) -> int:
    """One token of a row [V] whose largest is 0; the same for the same row and seed.

    The tokens race, and one of weight w arrives after an exponential time over w, so it is first as often as its share
    of all weights. Because every token has its own time, rounding another way moves the choice only between two that
    arrive together: a point on the line of all weights, one behind the other, would cross a border of that line.
    """
    weights = (logits / choice.temperature).exp()
    if choice.min_p > 0:
        weights = torch.where(weights >= choice.min_p, weights, 0)
    weights, ids = _candidates(weights, choice.top_k, choice.top_p)
    return int(ids[int((weights / _exponential_times(choice.seed, ids)).argmax())])


def _exponential_times(seed: int, ids: Tensor) -> Tensor:
    """ids [N] int64 -> [N] float32, exponentially distributed with mean 1; each depends on seed and its id alone."""
    bits = (ids + 1) * _GOLDEN  # splitmix64, whose stream is read at the places ids
    bits += seed
    _fold_(bits, 30).mul_(_MIX_1)
    _fold_(bits, 27).mul_(_MIX_2)
    _fold_(bits, 31)
    shares = (bits.bitwise_right_shift_(11) & (2**53 - 1)).float()
    return shares.add_(0.5).mul_(-(2.0**-53)).log1p_().neg_()  # of a number above 0 and at most 1


def _fold_(bits: Tensor, by: int) -> Tensor:
    """Exclusive or with itself, shifted to the right, zeros coming from the left. Writes bits."""
    shifted = bits >> by
    shifted &= 2 ** (64 - by) - 1
    bits ^= shifted
    return bits


def _candidates(weights: Tensor, top_k: int, top_p: float) -> tuple[Tensor, Tensor]:
    """Weights (not normalised) and ids of the tokens that may be drawn."""
    if 0 < top_k < len(weights):
        weights, ids = weights.topk(top_k)
        return _nucleus(weights, ids, top_p, float(weights.sum()))
    if top_p == 1:
        return weights, torch.arange(len(weights), device=weights.device)
    total = float(weights.sum())
    likely, ids = weights.topk(min(_NUM_LIKELY, len(weights)))
    if float(likely.sum()) < top_p * total:
        likely, ids = weights.sort(descending=True)
    return _nucleus(likely, ids, top_p, total)


def _nucleus(weights: Tensor, ids: Tensor, top_p: float, total: float) -> tuple[Tensor, Tensor]:
    """The fewest of the descending weights that together reach top_p of the total."""
    if top_p == 1:
        return weights, ids
    mass_before = weights.cumsum(dim=0) - weights
    num_kept = max(1, int((mass_before < top_p * total).sum()))
    return weights[:num_kept], ids[:num_kept]
