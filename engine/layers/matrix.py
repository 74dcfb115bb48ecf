"""Weight matrices out of a checkpoint, stacked on each other where one product computes several projections."""

import torch
from torch import Tensor

from engine.ranks.sharding import Shard, take_fp8_shard, take_shard
from engine.weight_reader import WeightReader
from kernels.fp8 import BLOCK, Fp8Tensor, dequantize
from kernels.panels import Matrix


def read_matrix(weights: WeightReader, columns: Shard, *parts: tuple[str, Shard]) -> Matrix:
    """Ready for Weight. parts: name and rows, from top to bottom."""
    plain, fp8 = read_parts(weights, columns, *parts)
    if plain:
        return weights.place_matrix(*plain)
    codes, scales = torch.cat([part.codes for part in fp8]), torch.cat([part.scales for part in fp8])
    return Fp8Tensor(codes, scales, weights.dtype)


def read_parts(
    weights: WeightReader, columns: Shard, *parts: tuple[str, Shard]
) -> tuple[list[Tensor], list[Fp8Tensor]]:
    """One of the lists is empty: FP8 where the reader keeps all parts so and they meet between blocks, or all plain."""
    kept = [take_fp8_shard(weights, name, rows, columns) for name, rows in parts]
    fp8 = [Fp8Tensor(*part, weights.dtype) for part in kept if part is not None]
    if len(fp8) == len(parts) and all(len(rows) % BLOCK == 0 for _, rows in parts[:-1]):
        return [], fp8
    plain = [
        take_shard(weights, name, rows, columns) if part is None else dequantize(*part, weights.dtype)
        for (name, rows), part in zip(parts, kept, strict=True)
    ]
    return plain, []
