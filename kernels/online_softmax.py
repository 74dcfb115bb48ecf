"""Attention over keys that come block by block: running sums of a softmax, for a tile of query rows.

    top = the largest score so far, in base 2;  total = sum of 2^(score - top);  acc = sum of 2^(score - top) * value

A row that has seen no key has top = NO_SCORE, which is finite, so no difference with it is NaN. Keys that a row may not
see (a score of -inf) and sums of no keys leave every bit of a row's sums as it was: a row does not depend on those that
share its tile.
"""

from kernels.triton_import import tl, triton

NO_SCORE = tl.constexpr(-1e30)
LOG2_E = 1.4426950408889634


@triton.jit
def no_keys(BLOCK_M: tl.constexpr, BLOCK_D: tl.constexpr):
    """acc [BLOCK_M, BLOCK_D], top [BLOCK_M] and total [BLOCK_M] float32, before the first key."""
    acc = tl.zeros([BLOCK_M, BLOCK_D], tl.float32)
    return acc, tl.full([BLOCK_M], NO_SCORE, tl.float32), tl.zeros([BLOCK_M], tl.float32)


@triton.jit
def add_keys(acc, top, total, scores, values, PRECISION: tl.constexpr):
    """scores [BLOCK_M, N] float32 in base 2, values [N, BLOCK_D] -> the sums with these keys."""
    new_top = tl.maximum(top, tl.max(scores, axis=1))
    weights = tl.exp2(scores - new_top[:, None])
    kept = tl.exp2(top - new_top)
    acc *= kept[:, None]
    acc = tl.dot(weights.to(values.dtype), values, acc, input_precision=PRECISION)
    return acc, new_top, total * kept + tl.sum(weights, axis=1)


@triton.jit
def fold(acc, top, total, more_acc, more_top, more_total):
    """The sums over the keys of both. A product and an FMA, in this order: no compiler has a choice of rounding."""
    new_top = tl.maximum(top, more_top)
    kept, added = tl.exp2(top - new_top), tl.exp2(more_top - new_top)
    acc = tl.fma(more_acc, added[:, None], acc * kept[:, None])
    return acc, new_top, tl.fma(more_total, added, total * kept)


@triton.jit
def find_tile(starts_ptr, num_sequences, tile, TOKENS: tl.constexpr):
    """The sequence that a tile of TOKENS query tokens belongs to, and the tile's first token in it.

    starts [num_sequences + 1] int32. Sequence b has the tiles from starts[b] // TOKENS + b on, which are as many as it
    needs or one more, so T // TOKENS + num_sequences tiles do for T tokens.
    """
    low = 0
    high = num_sequences
    while high - low > 1:
        middle = (low + high) // 2
        if tl.load(starts_ptr + middle) // TOKENS + middle <= tile:
            low = middle
        else:
            high = middle
    return low, (tile - low - tl.load(starts_ptr + low) // TOKENS) * TOKENS
