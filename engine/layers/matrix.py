"""Weight matrices out of a checkpoint, stacked on each other where one product computes several projections."""

import torch
from torch import Tensor

from engine.weight_reader import WeightReader
from kernels.fp8 import BLOCK, Fp8Tensor, dequantize
from kernels.linear import Fp8Weight, Weight


def read_weight(weights: WeightReader, num_columns: int, *parts: tuple[str, int]) -> Weight | Fp8Weight:
    """Ready for products. parts: name and number of rows, from top to bottom."""
    plain, fp8 = read_parts(weights, num_columns, *parts)
    if plain:
        return Weight(weights.place(*plain))
    codes, scales = torch.cat([part.codes for part in fp8]), torch.cat([part.scales for part in fp8])
    return Fp8Weight(Fp8Tensor(codes, scales, weights.dtype))


def read_parts(
    weights: WeightReader, num_columns: int, *parts: tuple[str, int]
) -> tuple[list[Tensor], list[Fp8Tensor]]:
    """One of the lists is empty: FP8 where the reader keeps all parts so and they meet between blocks, or all plain."""
    kept = [weights.take_fp8(name, num_rows, num_columns) for name, num_rows in parts]
    fp8 = [Fp8Tensor(*part, weights.dtype) for part in kept if part is not None]
    if len(fp8) == len(parts) and all(num_rows % BLOCK == 0 for _, num_rows in parts[:-1]):
        return [], fp8
    plain = [
        weights.take(name, num_rows, num_columns) if part is None else dequantize(*part, weights.dtype)
        for (name, num_rows), part in zip(parts, kept, strict=True)
    ]
    return plain, []
