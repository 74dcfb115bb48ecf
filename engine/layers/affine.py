"""Linear layers with a bias, and the two of them that are the MLP of every encoder."""

from collections.abc import Callable

from torch import Tensor

from engine.layers.row_chunks import by_rows
from engine.weight_reader import WeightReader
from kernels.linear import Weight, linear


class Affine:
    """x @ matrix.T + bias. Matrix and bias may be those of several layers, stacked."""

    def __init__(self, matrix: Tensor, bias: Tensor | None) -> None:
        self.weight = Weight(matrix)
        self.bias = bias

    def __call__(self, x: Tensor) -> Tensor:
        """x [..., K] -> [..., N]."""
        out = linear(x.reshape(-1, x.shape[-1]).contiguous(), self.weight)
        if self.bias is not None:
            out += self.bias
        return out.view(*x.shape[:-1], -1)


def read_affine(weights: WeightReader, name: str, num_out: int, num_in: int) -> Affine:
    matrix = weights.place(weights.take(f"{name}.weight", num_out, num_in))
    return Affine(matrix, weights.take(f"{name}.bias", num_out))


class FeedForward:
    """sizes: of the input, of the layer between, of the output. Rows are computed in parts of bounded size."""

    def __init__(
        self,
        weights: WeightReader,
        names: tuple[str, str],
        sizes: tuple[int, int, int],
        activation: Callable[[Tensor], Tensor],
    ) -> None:
        first, second = names
        num_in, num_between, num_out = sizes
        self.first = read_affine(weights, first, num_between, num_in)
        self.second = read_affine(weights, second, num_out, num_between)
        self.activation = activation

    def __call__(self, x: Tensor) -> Tensor:
        """x [..., K] -> [..., N]."""
        return by_rows(self._rows, x.reshape(-1, x.shape[-1])).view(*x.shape[:-1], -1)

    def _rows(self, x: Tensor) -> Tensor:
        return self.second(self.activation(self.first(x)))
