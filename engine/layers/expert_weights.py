"""The experts of one layer out of a checkpoint, which holds them in one of three ways.

One tensor per expert and projection; all packed as matrices, gate over up ([E, 2 I, H] and [E, H, I]); or the same two
tensors with each matrix transposed ([E, H, 2 I] and [E, I, H]), gate before up.

E experts, H hidden size, I width of an expert. A rank reads some of the experts, or of their width, or of both.
"""

from typing import NamedTuple

import torch
from torch import Tensor

from engine.errors import CheckpointError
from engine.layers.matrix import read_parts
from engine.model_config import ExpertsConfig
from engine.ranks.parallel import ALONE, Parallel
from engine.ranks.sharding import Shard, take_shard, whole
from engine.weight_reader import WeightReader
from kernels.experts import ExpertWeights
from kernels.fp8 import Fp8Tensor
from kernels.panels import Matrix


def read_experts(
    weights: WeightReader, prefix: str, hidden_size: int, config: ExpertsConfig, parallel: Parallel = ALONE
) -> ExpertWeights:
    sizes = _Sizes(
        parallel.experts(config.num_experts), whole(hidden_size), parallel.expert_width(config.intermediate_size)
    )
    if weights.has(f"{prefix}.gate_up_proj"):
        return ExpertWeights(*_read_packed(weights, prefix, sizes))
    return ExpertWeights(*_read_one_by_one(weights, prefix, sizes))


class _Sizes(NamedTuple):
    experts: Shard
    hidden: Shard
    width: Shard


def _read_packed(weights: WeightReader, prefix: str, sizes: _Sizes) -> tuple[Matrix, Matrix]:
    """Two shapes always tell the layouts apart: one could be square, never both."""
    E, H, I = sizes  # noqa: E741
    gate_up, down = f"{prefix}.gate_up_proj", f"{prefix}.down_proj"
    transposed = (E.size, H.size, 2 * I.size), (E.size, I.size, H.size)
    if weights.has(down) and (weights.shape(gate_up), weights.shape(down)) == transposed:
        both = take_shard(weights, gate_up, E, H, whole(2 * I.size)).transpose(1, 2)
        down_t = take_shard(weights, down, E, I, H).transpose(1, 2)
        return _place_gate_up(weights, both, I), weights.place_matrix(down_t)
    both = take_shard(weights, gate_up, E, whole(2 * I.size), H)
    return _place_gate_up(weights, both, I), weights.place_matrix(take_shard(weights, down, E, H, I))


def _place_gate_up(weights: WeightReader, both: Tensor, width: Shard) -> Matrix:
    """both [E, 2 I, H], gate rows over up rows, of the whole width."""
    if width.is_whole:
        return weights.place_matrix(both)
    gate, up = both.chunk(2, dim=1)
    return weights.place_matrix(torch.cat((gate[:, width.index], up[:, width.index]), dim=1))


def _read_one_by_one(weights: WeightReader, prefix: str, sizes: _Sizes) -> tuple[Matrix, Matrix]:
    E, H, I = sizes  # noqa: E741
    names = [f"{prefix}.{expert}" for expert in range(E.start, E.end)]
    gate_up = _stack(weights, names, H, [("gate_proj", I), ("up_proj", I)])
    return gate_up, _stack(weights, names, I, [("down_proj", H)])


def _stack(weights: WeightReader, experts: list[str], columns: Shard, parts: list[tuple[str, Shard]]) -> Matrix:
    """[E, N, K], filled one by one, so that only one expert is ever there twice."""
    stacks: list[Tensor] = []
    for i, expert in enumerate(experts):
        plain, fp8 = read_parts(weights, columns, *((f"{expert}.{part}.weight", rows) for part, rows in parts))
        pieces = [plain] if plain else [[part.codes for part in fp8], [part.scales for part in fp8]]
        if i == 0:
            stacks = [_room(weights, len(experts), piece) for piece in pieces]
        elif len(pieces) != len(stacks):
            raise CheckpointError(f"{experts[0]} and {expert} differ: one is FP8 and the other is not.")
        for stack, piece in zip(stacks, pieces, strict=True):
            _fill_(stack[i], piece)
    return Fp8Tensor(*stacks, weights.dtype) if len(stacks) == 2 else weights.settle(*stacks)


def _room(weights: WeightReader, num_experts: int, parts: list[Tensor]) -> Tensor:
    return weights.room(parts[0], num_experts, sum(len(part) for part in parts), parts[0].shape[1])


def _fill_(stack: Tensor, parts: list[Tensor]) -> None:
    row = 0
    for part in parts:
        stack[row : row + len(part)] = part
        row += len(part)
