"""From logits to the next token of each row. A row's choice depends on that row alone, never on the batch."""

import random

import torch
from torch import Tensor

from engine.step_plan import SequencePlan

# Candidates looked at first for top_p: sorting a whole vocabulary takes milliseconds, and the mass is rarely far down.
_NUM_LIKELY = 256


def sample(logits: Tensor, sequences: list[SequencePlan]) -> list[int | None]:
    """logits [R, V] float32, one row per sequence -> its next token, or None where the row holds a NaN or infinity."""
    assert logits.shape[0] == len(sequences) and logits.dtype == torch.float32, (logits.shape, logits.dtype)
    peaks, greedy = logits.max(dim=-1)  # the largest of a row with a NaN is NaN
    tokens: list[int | None] = [
        token if is_finite else None
        for token, is_finite in zip(greedy.tolist(), peaks.isfinite().tolist(), strict=True)
    ]
    for i, sequence in enumerate(sequences):
        if sequence.temperature > 0 and tokens[i] is not None:
            tokens[i] = _draw(logits[i], sequence)
    return tokens


def _draw(logits: Tensor, params: SequencePlan) -> int:
    """One token of a row [V] by temperature, top_k and top_p; the same for the same row and seed."""
    scaled = (logits - logits.max()) / params.temperature
    probabilities, ids = _candidates(scaled, params.top_k, params.top_p)
    cumulative = probabilities.double().cumsum(dim=0)
    point = random.Random(params.seed).random() * cumulative[-1]
    index = int(torch.searchsorted(cumulative, point, right=True))
    return int(ids[min(index, len(ids) - 1)])  # rounding can put the point on the very end


def _candidates(scaled: Tensor, top_k: int, top_p: float) -> tuple[Tensor, Tensor]:
    """Weights (not normalised) and ids of the tokens that may be drawn."""
    weights = scaled.exp()
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


def chosen_logprobs(logits: Tensor, ids: list[int]) -> list[float]:
    """logits [R, V] float32 -> log-probability of each row's id."""
    assert logits.shape[0] == len(ids), (logits.shape, len(ids))
    if not ids:
        return []
    chosen = logits[torch.arange(len(ids)), torch.tensor(ids)]
    return (chosen - logits.logsumexp(dim=-1)).tolist()
