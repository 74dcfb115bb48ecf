"""Positions as angles: plain rotary embedding, and the Fourier position embedding (FoPE) of Intern-S1-Pro."""

import math

import torch
import torch.nn.functional as F
from torch import Tensor

from engine.errors import CheckpointError
from engine.model_config import FopeConfig, ModelConfig
from engine.ranks.parallel import ALONE, Parallel
from engine.ranks.sharding import Shard, take_shard, whole
from engine.weight_reader import WeightReader
from kernels.dispatch import takes_triton
from kernels.linear import Weight, linear
from kernels.rope_store import Angles


class RotaryEmbedding:
    """One table of all positions, made once."""

    def __init__(self, config: ModelConfig, num_positions: int, device: torch.device) -> None:
        positions = torch.arange(num_positions, dtype=torch.float32, device=device)
        angles = positions[:, None] * _inverse_frequencies(config).to(device)
        self._table = torch.cat((angles.cos(), angles.sin()), dim=-1)

    def __call__(self, positions: Tensor) -> Angles:
        return Angles(self._table, positions)


class FourierEmbedding:
    """Every key head has its own mixtures of the waves; frequencies too low for a whole turn are left out.

    In their place stands 1, for the sine as well. As a rotation that would be wrong, but the weights were trained with
    it: there it turns any position by 45 degrees and stretches by the square root of 2.
    """

    def __init__(
        self, config: ModelConfig, fope: FopeConfig, weights: WeightReader, prefix: str, parallel: Parallel = ALONE
    ) -> None:
        self._width = config.head_dim // 2
        self._inv_freq = kept_frequencies(config, fope).to(weights.device)
        n = len(self._inv_freq)
        heads = parallel.kv_heads(config.num_kv_heads)
        self._num_heads = len(heads)
        names = (f"{prefix}.{wave}_coef" for wave in ("cos", "sin"))
        coefficients = [_take_coefficients(weights, name, config, fope, heads, n) for name in names]
        self._mixtures = torch.stack(coefficients).to(weights.device)
        self._mixture_weights = tuple(_as_weight(mixture) for mixture in self._mixtures)

    def __call__(self, positions: Tensor) -> Angles:
        """Computed for the positions [T] of a step: a table of all of them would be Hkv times a plain one.

        On GPUs every layer mixes the waves as it reads them.
        """
        angles = positions.float()[:, None] * self._inv_freq
        if takes_triton(positions):
            return Angles(torch.cat((angles.cos(), angles.sin()), dim=-1), None, self._mixtures)
        halves = []
        for wave, mixtures in zip((angles.cos(), angles.sin()), self._mixture_weights, strict=True):
            mixed = linear(wave, mixtures).view(len(positions), self._num_heads, -1)
            halves.append(F.pad(mixed, (0, self._width - mixed.shape[-1]), value=1.0))
        return Angles(torch.cat(halves, dim=-1), None)


def kept_frequencies(config: ModelConfig, fope: FopeConfig) -> Tensor:
    """[n] float32, the highest first."""
    frequencies = _inverse_frequencies(config)
    if fope.num_frequencies is not None:
        return frequencies[: fope.num_frequencies]
    return frequencies[frequencies > 2 * math.pi / config.max_position_embeddings]


def _inverse_frequencies(config: ModelConfig) -> Tensor:
    exponents = torch.arange(0, config.head_dim, 2, dtype=torch.float32) / config.head_dim
    return 1.0 / config.rope_theta**exponents


def _take_coefficients(
    weights: WeightReader, name: str, config: ModelConfig, fope: FopeConfig, heads: Shard, n: int
) -> Tensor:
    """[Hkv, n, n] float32, of the rank's key heads: from frequency, to frequency."""
    shards = (heads, whole(n), whole(n)) if fope.is_per_head else (whole(n), whole(n))
    shape = tuple(shard.size for shard in shards)
    if weights.has(name) and (stored := weights.shape(name)) != shape:
        raise CheckpointError(
            f"{name} has the shape {list(stored)}, but max_position_embeddings ({config.max_position_embeddings}) and "
            f"the rotary settings in config.json make it {list(shape)}. Put back their released values: "
            "max_position_embeddings decides the model's frequencies and must not be changed to save memory."
        )
    return take_shard(weights, name, *shards).float().expand(len(heads), n, n)


def _as_weight(coefficients: Tensor) -> Weight:
    """[Hkv, from, to] -> [Hkv * to, from], so that a position is rounded alike whatever others are in the step."""
    return Weight(coefficients.transpose(1, 2).flatten(0, 1).contiguous())
