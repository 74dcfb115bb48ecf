"""One token of each row of logits: temperature, min-p, top-k, top-p, then the draw, without sorting the vocabulary.

    weight[v] = exp((logit[v] - largest) / temperature), 0 where below min_p
    kept: v with fewer than top_k tokens before it and mass before it < top_p * mass of the top_k
    token = argmax over kept of weight[v] / time[v]

R rows, V tokens. Before v are the tokens with a larger logit, and with the same logit and a lower id; the mass of
tokens is the sum of their weights in whole units of 2^-35, so no order of adding changes it. time is exponentially
distributed and belongs to the row's seed and to v alone: a token is first as often as its share of all weights, and
because every token has its own time, rounding another way moves the choice only between two that arrive together.

The kernel races all tokens first. Is the winner kept, it is the winner among the kept as well; else nothing behind it
is kept either, and what is before it races again. Mostly the first winner is kept: three passes over the row.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from kernels.dispatch import takes_triton
from kernels.exponential_times import arrival_times, exponential_times
from kernels.launch_config import LaunchConfig, choose
from kernels.triton_import import tl, triton
from kernels.variant import Variant

MAX_VOCAB = 2**18  # so many units of 2^-35 are exact in float64
# Candidates looked at first for top_p: sorting a whole vocabulary takes milliseconds, and the mass is rarely far down.
_NUM_LIKELY = 256
# Not tuned.
CONFIGS = {
    "default": LaunchConfig("a row a program, 2048 at once", {"BLOCK_V": 2048}, num_warps=16, num_stages=1),
    "gfx942": LaunchConfig("a row a program, 2048 at once", {"BLOCK_V": 2048}, num_warps=8, num_stages=1),
}


@dataclass(frozen=True, slots=True)
class RowRules:
    """How the token of every row is chosen, [R] each. Temperature 0: the largest logit, of equals the lowest id.

    temperatures float32; top_ks int32, 0 for all; top_ps float64, 1 for all; min_ps float32; seeds int64.
    """

    temperatures: Tensor
    top_ks: Tensor
    top_ps: Tensor
    min_ps: Tensor
    seeds: Tensor


def sample_reference(logits: Tensor, rules: RowRules) -> Tensor:
    """The definition, in the precision of the logits: [R, V] -> [R] int64, -1 where the largest is not finite."""
    tokens = [_sample_row_reference(row, *rule) for row, rule in zip(logits, _rules_of_rows(rules), strict=True)]
    return torch.tensor(tokens, dtype=torch.int64, device=logits.device)


def _sample_row_reference(logits: Tensor, temperature: float, top_k: int, top_p: float, min_p: float, seed: int) -> int:
    logits, ids = logits.sort(descending=True, stable=True)
    if not logits[0].isfinite():  # NaN comes first
        return -1
    if temperature == 0:
        return int(ids[0])
    weights = ((logits - logits[0]) / temperature).exp()
    weights = torch.where(weights >= min_p, weights, 0)[: top_k or None]
    masses = (weights * 2.0**35).long()
    is_kept = masses.cumsum(0) - masses < top_p * float(masses.sum())
    is_kept |= top_p == 1
    scores = torch.where(is_kept, weights / exponential_times(seed, ids[: len(weights)]), 0)
    return int(ids[scores.argmax()])


@triton.jit
def _key(logits, ids):
    """Integers in the order of "before", the first the largest. A NaN counts as infinity."""
    logits = tl.where(logits != logits, float("inf"), logits) + 0.0  # -0 becomes 0
    bits = logits.to(tl.int32, bitcast=True)
    ordered = bits ^ ((bits >> 31) & 0x7FFFFFFF)  # negative numbers the other way round
    return (ordered.to(tl.int64) << 32) | (0x7FFFFFFF - ids).to(tl.int64)


@triton.jit
def _weight(logits, largest, temperature, min_p):
    weights = tl.exp((logits - largest) / temperature)
    return tl.where(weights >= min_p, weights, 0.0)


@triton.jit
def _largest_key(logits_ptr, V, BLOCK_V: tl.constexpr):
    keys = tl.full([BLOCK_V], -(2**63), dtype=tl.int64)
    for first in range(0, V, BLOCK_V):
        ids = first + tl.arange(0, BLOCK_V)
        logits = tl.load(logits_ptr + ids, mask=ids < V, other=float("-inf"))
        keys = tl.maximum(keys, _key(logits, ids))
    return tl.max(keys, axis=0)


@triton.jit
def _first_to_arrive(logits_ptr, after, largest, temperature, min_p, seed, V, BLOCK_V: tl.constexpr):
    """The id that wins the race of the tokens whose key is above `after`; of equals the lowest.

    Only one with weight: the first of all tokens is always among them.
    """
    best = tl.full([BLOCK_V], -1, dtype=tl.int64)
    for first in range(0, V, BLOCK_V):
        ids = first + tl.arange(0, BLOCK_V)
        logits = tl.load(logits_ptr + ids, mask=ids < V, other=float("-inf"))
        weights = _weight(logits, largest, temperature, min_p)
        scores = (weights / arrival_times(seed, ids)).to(tl.int32, bitcast=True)
        places = (scores.to(tl.int64) << 32) | (0x7FFFFFFF - ids).to(tl.int64)
        best = tl.maximum(best, tl.where(_key(logits, ids) > after, places, -1))
    return 0x7FFFFFFF - (tl.max(best, axis=0) & 0x7FFFFFFF)


@triton.jit
def _before(logits_ptr, key, largest, temperature, min_p, V, BLOCK_V: tl.constexpr):
    """How many tokens are before that key, and their mass."""
    counts = tl.zeros([BLOCK_V], dtype=tl.int32)
    masses = tl.zeros([BLOCK_V], dtype=tl.int64)
    for first in range(0, V, BLOCK_V):
        ids = first + tl.arange(0, BLOCK_V)
        logits = tl.load(logits_ptr + ids, mask=ids < V, other=float("-inf"))
        is_before = (_key(logits, ids) > key) & (ids < V)
        units = (_weight(logits, largest, temperature, min_p) * (2.0**35)).to(tl.int64)
        counts += is_before.to(tl.int32)
        masses += tl.where(is_before, units, 0)
    return tl.sum(counts, axis=0), tl.sum(masses, axis=0)


@triton.jit
def _mass_of_first(num, lowest, highest, logits_ptr, largest, temperature, min_p, V, BLOCK_V: tl.constexpr):
    """The mass of the first num tokens; lowest has at least as many before it, highest at most."""
    count, mass = _before(logits_ptr, lowest, largest, temperature, min_p, V, BLOCK_V)
    while count != num:
        middle = (lowest >> 1) + (highest >> 1) + (lowest & highest & 1)
        count, mass = _before(logits_ptr, middle, largest, temperature, min_p, V, BLOCK_V)
        lowest = tl.where(count >= num, middle, lowest)
        highest = tl.where(count >= num, highest, middle)
    return mass


@triton.jit
def _sample_kernel(
    logits_ptr,  # [R, V] float32, rows row_stride apart
    temperatures_ptr,  # [R] float32
    top_ks_ptr,  # [R] int32
    top_ps_ptr,  # [R] float64
    min_ps_ptr,  # [R] float32
    seeds_ptr,  # [R] int64
    tokens_ptr,  # [R] int64
    row_stride,
    V,
    BLOCK_V: tl.constexpr,
):
    row = tl.program_id(0).to(tl.int64)
    logits_ptr += row * row_stride
    first_key = _largest_key(logits_ptr, V, BLOCK_V)
    token = 0x7FFFFFFF - (first_key & 0x7FFFFFFF)
    largest = tl.load(logits_ptr + token)
    temperature = tl.load(temperatures_ptr + row)
    is_finite = tl.abs(largest) < float("inf")
    if is_finite & (temperature > 0):
        min_p, seed = tl.load(min_ps_ptr + row), tl.load(seeds_ptr + row)
        top_k, top_p = tl.load(top_ks_ptr + row), tl.load(top_ps_ptr + row)
        top_k = tl.where(top_k > 0, tl.minimum(top_k, V), V)
        lowest = first_key * 0 - (2**63 - 1)
        mass = first_key * 0
        if top_p < 1:
            _, mass = _before(logits_ptr, lowest, largest, temperature, min_p, V, BLOCK_V)
        is_exact = top_k == V  # else mass is of more tokens than the top_k
        is_open = True
        while is_open:
            token = _first_to_arrive(logits_ptr, lowest, largest, temperature, min_p, seed, V, BLOCK_V)
            is_open = False
            if (top_k < V) | (top_p < 1):
                logit = tl.load(logits_ptr + token)
                key = _key(logit, token)
                count, before = _before(logits_ptr, key, largest, temperature, min_p, V, BLOCK_V)
                is_open = count >= top_k
                if (top_p < 1) & (count < top_k):
                    own = (_weight(logit, largest, temperature, min_p) * (2.0**35)).to(tl.int64)
                    is_sure = before.to(tl.float64) < top_p * (before + own).to(tl.float64)
                    if (is_exact | is_sure) == 0:
                        mass = _mass_of_first(
                            top_k, lowest, first_key, logits_ptr, largest, temperature, min_p, V, BLOCK_V
                        )
                        is_exact = True
                    is_open = before.to(tl.float64) >= top_p * mass.to(tl.float64)
                if is_open:
                    lowest = key
    tl.store(tokens_ptr + row, tl.where(is_finite, token, -1))


def sample(logits: Tensor, rules: RowRules) -> Tensor:
    """logits [R, V] float32 -> tokens [R] int64; -1 where the row holds a NaN or infinity, or no finite logit.

    A row's token depends on that row and its rules alone.
    """
    R, V = logits.shape
    assert logits.dtype == torch.float32 and 0 < V <= MAX_VOCAB, (logits.dtype, logits.shape)
    parts = rules.temperatures, rules.top_ks, rules.top_ps, rules.min_ps, rules.seeds
    dtypes = torch.float32, torch.int32, torch.float64, torch.float32, torch.int64
    for part, dtype in zip(parts, dtypes, strict=True):
        assert part.shape == (R,) and part.dtype == dtype and part.is_contiguous(), (part.shape, part.dtype, R)
    if not takes_triton(logits):
        return _sample_torch(logits, rules)
    assert logits.stride(1) == 1, logits.stride()
    tokens = rules.seeds.new_empty(R)
    if R > 0:
        config = choose(CONFIGS, logits)
        _sample_kernel[(R,)](
            logits, *parts, tokens, logits.stride(0), V, **config.tiles,
            num_warps=config.num_warps, num_stages=config.num_stages,
        )  # fmt: skip
    return tokens


def _sample_torch(logits: Tensor, rules: RowRules) -> Tensor:
    """Row by row, with the masses in float32: sorts only what may be kept."""
    peaks, largest = logits.max(dim=-1)  # the largest of a row with a NaN is NaN
    tokens = largest.where(peaks.isfinite(), -1).tolist()
    for i, (temperature, *rule) in enumerate(_rules_of_rows(rules)):
        if temperature > 0 and tokens[i] >= 0:
            tokens[i] = _draw((logits[i] - peaks[i]) / temperature, *rule)
    return torch.tensor(tokens, dtype=torch.int64)


def _rules_of_rows(rules: RowRules) -> list[tuple[float, int, float, float, int]]:
    parts = rules.temperatures, rules.top_ks, rules.top_ps, rules.min_ps, rules.seeds
    return [*zip(*(part.tolist() for part in parts), strict=True)]


def _draw(logits: Tensor, top_k: int, top_p: float, min_p: float, seed: int) -> int:
    """One token of a row [V] whose largest is 0."""
    weights = logits.exp()
    if min_p > 0:
        weights = torch.where(weights >= min_p, weights, 0)
    weights, ids = _candidates(weights, top_k, top_p)
    return int(ids[int((weights / exponential_times(seed, ids)).argmax())])


def _candidates(weights: Tensor, top_k: int, top_p: float) -> tuple[Tensor, Tensor]:
    """Weights (not normalised) and ids of the tokens that may be drawn."""
    if 0 < top_k < len(weights):
        weights, ids = weights.topk(top_k)
        return _nucleus(weights, ids, top_p, float(weights.sum()))
    if top_p == 1:
        return weights, torch.arange(len(weights))
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


def variants(architecture: str) -> list[Variant]:
    """The vocabulary of Pro, the largest; every pass but the first finds its row in a cache."""
    config = CONFIGS.get(architecture, CONFIGS["default"])
    floats, V = dict.fromkeys(("logits_ptr", "temperatures_ptr", "min_ps_ptr"), "*fp32"), 155_008
    others = {"top_ks_ptr": "*i32", "top_ps_ptr": "*fp64", "seeds_ptr": "*i64", "tokens_ptr": "*i64"}
    sizes = {"row_stride": "i32:16", "V": "i32:16", "BLOCK_V": "constexpr"}
    return [
        Variant(
            _sample_kernel, floats | others | sizes, dict(config.tiles), config, f"S1, mini, Pro decode {R}",
            num_bytes=R * V * 4, num_flops=R * V * 60,
        )
        for R in (1, 64, 256)
    ]  # fmt: skip
