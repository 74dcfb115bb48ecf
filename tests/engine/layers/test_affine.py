"""Linear layers with a bias, and the MLP made of two."""

import pytest
import torch
import torch.nn.functional as F

from engine.layers.affine import Affine, FeedForward
from engine.layers.row_chunks import by_rows
from tests.close import assert_as_accurate
from tests.engine.models.weights import DictWeights


@pytest.mark.parametrize("num_rows", [1, 16, 17, 100])
@pytest.mark.parametrize("has_bias", [True, False])
@pytest.mark.parametrize("num_in", [5, 32])
def test_it_is_a_product_and_a_bias(num_rows, has_bias, num_in):
    x, matrix = torch.randn(num_rows, 2, num_in), torch.randn(24, num_in)
    bias = torch.randn(24) if has_bias else None

    out = Affine(matrix, bias)(x)

    exact = F.linear(x.double(), matrix.double(), None if bias is None else bias.double())
    assert_as_accurate(out, exact, F.linear(x, matrix, bias))


def test_the_input_need_not_be_contiguous():
    x, layer = torch.randn(8, 3, 4), Affine(torch.randn(5, 4), torch.randn(5))

    assert torch.equal(layer(x[:, 1]), layer(x[:, 1].contiguous()))


def test_an_mlp_is_two_of_them_around_an_activation():
    tensors = {"up.weight": torch.randn(7, 4), "up.bias": torch.randn(7)}
    tensors |= {"down.weight": torch.randn(3, 7), "down.bias": torch.randn(3)}
    x = torch.randn(2, 5, 4)
    between = F.gelu(F.linear(x, tensors["up.weight"], tensors["up.bias"]))

    out = FeedForward(DictWeights(tensors), ("up", "down"), (4, 7, 3), F.gelu)(x)

    torch.testing.assert_close(out, F.linear(between, tensors["down.weight"], tensors["down.bias"]))


def test_rows_come_in_parts_and_stay_in_order():
    sizes = []

    def double(part):
        sizes.append(len(part))
        return 2 * part

    out = by_rows(double, torch.arange(10), max_rows=4)

    assert sizes == [4, 4, 2]
    assert out.tolist() == list(range(0, 20, 2))
