"""A random time for every token, from a seed and the token's id alone, so that no batch and no order changes it.

The bits are those of splitmix64 (Steele, Lea and Flood, 2014), whose stream is read at the places ids: 53 of them are a
share between 0 and 1, and the time is -log(1 - share).
"""

from torch import Tensor

from kernels.triton_import import tl, triton

# As signed numbers of 64 bits
_GOLDEN, _MIX_1, _MIX_2 = 0x9E3779B97F4A7C15 - 2**64, 0xBF58476D1CE4E5B9 - 2**64, 0x94D049BB133111EB - 2**64


def exponential_times(seed: int, ids: Tensor) -> Tensor:
    """ids [N] int64 -> [N] float32, finite, exponential with mean 1; each depends on seed and its id alone."""
    bits = (ids + 1) * _GOLDEN
    bits += seed
    _fold_(bits, 30).mul_(_MIX_1)
    _fold_(bits, 27).mul_(_MIX_2)
    _fold_(bits, 31)
    shares = (bits.bitwise_right_shift_(11) & (2**53 - 1)).float()
    shares = shares.add_(0.5).mul_(2.0**-53).clamp_(max=1 - 2.0**-24)  # above 0 and, where that rounds, below 1
    return shares.neg_().log1p_().neg_()


def _fold_(bits: Tensor, by: int) -> Tensor:
    """Exclusive or with itself, shifted to the right, zeros coming from the left. Writes bits."""
    shifted = bits >> by
    shifted &= 2 ** (64 - by) - 1
    bits ^= shifted
    return bits


@triton.jit
def arrival_times(seed, ids):
    """exponential_times in a kernel, but for the last bits."""
    bits = (ids + 1).to(tl.uint64) * 0x9E3779B97F4A7C15 + seed.to(tl.uint64)
    bits = (bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9
    bits = (bits ^ (bits >> 27)) * 0x94D049BB133111EB
    bits = bits ^ (bits >> 31)
    share = tl.minimum(((bits >> 11).to(tl.int64).to(tl.float32) + 0.5) * (2.0**-53), 1 - 2.0**-24)
    # A logarithm next to 1 has few sound bits, and the first to arrive are there: the series, exact to 2e-8.
    series = share * (1 + share * (0.5 + share * (0.33333333 + share * 0.25)))
    return tl.where(share < 0.015625, series, -tl.log(1 - share))
