"""The experts of one layer out of a checkpoint, which holds them in one of three ways.

One tensor per expert and projection; all packed as matrices, gate over up ([E, 2 I, H] and [E, H, I]); or the same two
tensors with each matrix transposed ([E, H, 2 I] and [E, I, H]), gate before up.

E experts, H hidden size, I width of an expert.
"""

from torch import Tensor

from engine.errors import CheckpointError
from engine.layers.matrix import read_parts
from engine.model_config import ExpertsConfig
from engine.weight_reader import WeightReader
from kernels.experts import ExpertWeights
from kernels.fp8 import Fp8Tensor


def read_experts(weights: WeightReader, prefix: str, hidden_size: int, config: ExpertsConfig) -> ExpertWeights:
    if weights.has(f"{prefix}.gate_up_proj"):
        return ExpertWeights(*_read_packed(weights, prefix, hidden_size, config))
    return ExpertWeights(*_read_one_by_one(weights, prefix, hidden_size, config))


def _read_packed(weights: WeightReader, prefix: str, H: int, config: ExpertsConfig) -> tuple[Tensor, Tensor]:
    """Two shapes always tell the layouts apart: one could be square, never both."""
    E, I = config.num_experts, config.intermediate_size  # noqa: E741
    gate_up, down = f"{prefix}.gate_up_proj", f"{prefix}.down_proj"
    if weights.has(down) and (weights.shape(gate_up), weights.shape(down)) == ((E, H, 2 * I), (E, I, H)):
        return (
            weights.place(weights.take(gate_up, E, H, 2 * I).transpose(1, 2)),
            weights.place(weights.take(down, E, I, H).transpose(1, 2)),
        )
    return weights.place(weights.take(gate_up, E, 2 * I, H)), weights.place(weights.take(down, E, H, I))


def _read_one_by_one(
    weights: WeightReader, prefix: str, H: int, config: ExpertsConfig
) -> tuple[Tensor | Fp8Tensor, Tensor | Fp8Tensor]:
    E, I = config.num_experts, config.intermediate_size  # noqa: E741
    names = [f"{prefix}.{expert}" for expert in range(E)]
    gate_up = _stack(weights, names, H, [("gate_proj", I), ("up_proj", I)])
    return gate_up, _stack(weights, names, I, [("down_proj", H)])


def _stack(weights: WeightReader, experts: list[str], K: int, parts: list[tuple[str, int]]) -> Tensor | Fp8Tensor:
    """[E, N, K], filled one by one, so that only one expert is ever there twice."""
    stacks: list[Tensor] = []
    for i, expert in enumerate(experts):
        plain, fp8 = read_parts(weights, K, *((f"{expert}.{part}.weight", num_rows) for part, num_rows in parts))
        pieces = [plain] if plain else [[part.codes for part in fp8], [part.scales for part in fp8]]
        if i == 0:
            stacks = [_empty(len(experts), piece) for piece in pieces]
        elif len(pieces) != len(stacks):
            raise CheckpointError(f"{experts[0]} and {expert} differ: one is FP8 and the other is not.")
        for stack, piece in zip(stacks, pieces, strict=True):
            _fill_(stack[i], piece)
    return Fp8Tensor(*stacks, weights.dtype) if len(stacks) == 2 else weights.place(*stacks)


def _empty(num_experts: int, parts: list[Tensor]) -> Tensor:
    return parts[0].new_empty(num_experts, sum(len(part) for part in parts), parts[0].shape[1])


def _fill_(stack: Tensor, parts: list[Tensor]) -> None:
    row = 0
    for part in parts:
        stack[row : row + len(part)] = part
        row += len(part)
