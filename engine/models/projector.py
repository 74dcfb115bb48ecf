"""From the features of an encoder to the text model's hidden size."""

import torch.nn.functional as F
from torch import Tensor

from engine.layers.affine import FeedForward
from engine.layers.norms import LayerNorm
from engine.weight_reader import WeightReader

_EPS = 1e-5


class Projector:
    """The same figure after Intern-S1's vision tower and after the time-series encoder."""

    def __init__(self, weights: WeightReader, prefix: str, in_size: int, out_size: int) -> None:
        self.layer_norm = LayerNorm(weights, f"{prefix}.layer_norm", in_size, _EPS)
        names = (f"{prefix}.linear_1", f"{prefix}.linear_2")
        self.mlp = FeedForward(weights, names, (in_size, out_size, out_size), F.gelu)

    def __call__(self, x: Tensor) -> Tensor:
        """x [..., in_size] -> [..., out_size]."""
        return self.mlp(self.layer_norm(x))


def pixel_shuffle(x: Tensor) -> Tensor:
    """[N, R, S, C], rows and columns of patches -> [N, R / 2 * S / 2, 4C]: the vectors of 2 x 2 patches side by side.

    Tokens go row by row; within a token the order is upper left, upper right, lower left, lower right.
    """
    N, R, S, C = x.shape
    squares = x.view(N, R // 2, 2, S // 2, 2, C).transpose(2, 3)
    return squares.reshape(N, R // 2 * (S // 2), 4 * C)
