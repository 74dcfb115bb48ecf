import pytest
import torch

from kernels.int8 import Int8Tensor, quantize


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_every_value_is_off_by_half_a_step_at_most(dtype):
    matrix = torch.randn(3, 5000, 24).to(dtype) * torch.rand(3, 5000, 1).to(dtype)

    rounded = quantize(matrix)

    steps = matrix.float().abs().amax(dim=-1) / 127
    assert torch.equal(rounded.scales, steps)
    error = (rounded.codes.float() * rounded.scales[..., None] - matrix.float()).abs()
    assert (error <= steps[..., None] * 0.5001).all()
    assert rounded.codes.abs().max() == 127


def test_a_row_of_zeros_stays_zeros():
    matrix = torch.randn(2, 8)
    matrix[1] = 0

    rounded = quantize(matrix)

    assert torch.equal(rounded.dequantize()[1], torch.zeros(8))


def test_parts_of_a_stack_are_what_was_stacked():
    matrices = torch.randn(3, 6, 4)

    for part, matrix in zip(quantize(matrices), matrices, strict=True):
        assert isinstance(part, Int8Tensor)
        assert torch.equal(part.codes, quantize(matrix).codes) and torch.equal(part.scales, quantize(matrix).scales)
