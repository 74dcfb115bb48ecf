"""The vision tower of Intern-S1-Pro: interpolated positions, 2-D rotary, attention within a temporal slice, merger.

A slice (a picture, or two neighbouring frames of a video) sees nothing of the others, so a video is read a few slices
at a time: as many as have MAX_PATCHES patches, at least one. The largest picture is one slice of 65,536 patches (16,384
tokens). At the width of Intern-S1-Pro (1024) each of its arrays is 0.25 GiB in float32, and nine of them are alive at
most (measured on a quarter of that picture); attention makes no matrix of patches x patches, and the MLP goes in parts
(engine/layers).

Facts: section 3.6 of the family's description.
"""

from dataclasses import dataclass
from functools import partial

import torch
import torch.nn.functional as F
from torch import Tensor

from engine.interruption import Check, go_on
from engine.layers.affine import FeedForward, read_affine
from engine.layers.encoder_attention import attend
from engine.layers.norms import LayerNorm
from engine.layers.row_chunks import by_rows
from engine.models.patch_embedding import PatchEmbedding, Triple
from engine.vision_config import ProVisionConfig
from engine.weight_reader import WeightReader

MAX_PATCHES = 8192  # not tuned
_EPS = 1e-6
_ROPE_THETA = 10_000.0

_gelu_tanh = partial(F.gelu, approximate="tanh")


@dataclass(frozen=True, slots=True)
class PatchRope:
    """cos, sin [T, 1, D / 2] float32: the angles of every patch of a slice."""

    cos: Tensor
    sin: Tensor

    def __call__(self, x: Tensor) -> Tensor:
        """x [S, T, heads, D] -> turned, in float32 inside. Pair i is made of values i and i + D / 2."""
        first, second = x.float().chunk(2, dim=-1)
        turned = (first * self.cos - second * self.sin, second * self.cos + first * self.sin)
        return torch.cat(turned, dim=-1).to(x.dtype)


class ProBlock:
    def __init__(self, config: ProVisionConfig, weights: WeightReader, prefix: str) -> None:
        C, self.num_heads = config.hidden_size, config.num_heads
        self.norm1 = LayerNorm(weights, f"{prefix}.norm1", C, _EPS)
        self.qkv = read_affine(weights, f"{prefix}.attn.qkv", 3 * C, C)
        self.proj = read_affine(weights, f"{prefix}.attn.proj", C, C)
        self.norm2 = LayerNorm(weights, f"{prefix}.norm2", C, _EPS)
        names = (f"{prefix}.mlp.linear_fc1", f"{prefix}.mlp.linear_fc2")
        self.mlp = FeedForward(weights, names, (C, config.intermediate_size, C), _gelu_tanh)

    def __call__(self, x: Tensor, rope: PatchRope) -> Tensor:
        """x [S, T, C], S slices of T patches -> [S, T, C]."""
        q, k, v = self.qkv(self.norm1(x)).unflatten(-1, (3, self.num_heads, -1)).unbind(2)
        x = x + self.proj(attend(rope(q), rope(k), v))
        return x + self.mlp(self.norm2(x))


class ProVision:
    def __init__(self, config: ProVisionConfig, weights: WeightReader, mean_std: tuple[Triple, Triple]) -> None:
        C, self.config = config.hidden_size, config
        patch = (3, config.frames_per_patch, config.patch_size, config.patch_size)
        self.patch_embed = PatchEmbedding(weights, "visual.patch_embed.proj", C, patch, mean_std)
        self.pos_embed = weights.take("visual.pos_embed.weight", config.position_grid**2, C)
        self.blocks = [ProBlock(config, weights, f"visual.blocks.{i}") for i in range(config.num_layers)]
        self.merger_norm = LayerNorm(weights, "visual.merger.norm", C, _EPS)
        self.token_size = config.merge_size**2 * C
        names = ("visual.merger.linear_fc1", "visual.merger.linear_fc2")
        self.merger = FeedForward(weights, names, (self.token_size, self.token_size, config.out_size), F.gelu)

    def __call__(self, patches: Tensor, grid: tuple[int, int, int], check: Check = go_on) -> Tensor:
        """patches [P, values] uint8, on any device, in the order of their tokens; grid: slices, rows and columns of
        them -> [P / merge_size ** 2, H]. check: called in every block."""
        num_slices, num_rows, num_columns = grid
        rows, columns = _merge_order(num_rows, num_columns, self.config.merge_size)
        last = self.config.position_grid - 1
        y, x = torch.linspace(0, last, num_rows)[rows], torch.linspace(0, last, num_columns)[columns]
        positions = interpolate(self.pos_embed, self.config.position_grid, y, x)
        rope = self._rope(rows, columns)
        slices = patches.view(num_slices, num_rows * num_columns, -1)
        encode = partial(self._slices, positions=positions, rope=rope, check=check)
        return by_rows(encode, slices, max(1, MAX_PATCHES // len(rows))).flatten(0, 1)

    def _slices(self, patches: Tensor, positions: Tensor, rope: PatchRope, check: Check) -> Tensor:
        """patches [S, T, values] -> [S, tokens of a slice, H]."""
        x = self.patch_embed(patches.flatten(0, 1)).view(*patches.shape[:2], -1) + positions
        for block in self.blocks:
            check()
            x = block(x, rope)
        return self.merger(self.merger_norm(x).view(len(x), -1, self.token_size))

    def _rope(self, rows: Tensor, columns: Tensor) -> PatchRope:
        """The first half of a head's pairs turns by the row, the second by the column."""
        num_pairs = self.config.hidden_size // self.config.num_heads // 2
        exponents = torch.arange(0, num_pairs, 2, dtype=torch.float32) / num_pairs
        frequencies = 1.0 / _ROPE_THETA**exponents
        angles = torch.cat((rows[:, None] * frequencies, columns[:, None] * frequencies), dim=1)[:, None]
        device = self.pos_embed.device
        return PatchRope(angles.cos().to(device), angles.sin().to(device))


def _merge_order(num_rows: int, num_columns: int, merge_size: int) -> tuple[Tensor, Tensor]:
    """Row and column of every patch of a slice; the patches of a token are neighbours."""
    order = torch.arange(num_rows * num_columns)
    order = order.view(num_rows // merge_size, merge_size, num_columns // merge_size, merge_size)
    order = order.transpose(1, 2).flatten()
    return order // num_columns, order % num_columns


def interpolate(table: Tensor, side: int, y: Tensor, x: Tensor) -> Tensor:
    """table [side * side, C] of a grid's points, y and x [T] between 0 and side - 1 -> [T, C], bilinear."""
    total = table.new_zeros(len(y), table.shape[1])
    for row, row_weight in _neighbours(y, side):
        for column, column_weight in _neighbours(x, side):
            weight = (row_weight * column_weight).to(table.device, table.dtype)
            total += table[(row * side + column).to(table.device)] * weight[:, None]
    return total


def _neighbours(points: Tensor, side: int) -> list[tuple[Tensor, Tensor]]:
    """The points of the grid below and above, and their weights."""
    below = points.long()
    fraction = points - below
    return [(below, 1 - fraction), ((below + 1).clamp(max=side - 1), fraction)]
