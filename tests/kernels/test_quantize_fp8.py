import pytest
import torch
from safetensors.torch import load_file

from kernels.fp8 import FP8, dequantize
from kernels.quantize_fp8 import add_rms_norm_quantize_, quantize_fp8, quantize_fp8_reference
from kernels.rms_norm import add_rms_norm_
from tests.golden import GOLDEN, needs_golden
from tests.kernels.guarded import guarded_outputs

SCALES = pytest.mark.parametrize("is_power_of_two", [False, True], ids=["any-scale", "powers-of-two"])
SHAPES = pytest.mark.parametrize(
    ("tokens", "channels"),
    [
        pytest.param(1, 128, id="one-group"),
        pytest.param(3, 1280, id="more-than-a-block"),
        pytest.param(5, 200, id="a-group-cut-off"),
        pytest.param(2, 3, id="less-than-a-group"),
        pytest.param(0, 256, id="no-tokens"),
    ],
)


def assert_same_bits(actual, expected):
    """Of codes and scales. A NaN is a NaN, whatever its sign."""
    for a, b in zip(actual, expected, strict=True):
        assert a.shape == b.shape and a.dtype == b.dtype
        assert torch.equal(a.isnan(), b.isnan())
        assert torch.equal(a.float().nan_to_num(), b.float().nan_to_num())


def rows_of_all_sizes(tokens, channels, dtype, device):
    """From far below to far above what e4m3 can hold, and some zeros."""
    x = (
        torch.randn(tokens, channels, device=device)
        * torch.logspace(-12, 9, max(tokens, 1), device=device)[:tokens, None]
    )
    x[:, ::7] *= 1e-3
    x[:, ::11] = 0
    return x.to(dtype)


@SCALES
@SHAPES
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_the_kernel_is_the_reference_bit_by_bit(tokens, channels, dtype, is_power_of_two, triton_device):
    x = rows_of_all_sizes(tokens, channels, dtype, triton_device)

    with guarded_outputs():
        quantized = quantize_fp8(x, is_power_of_two)

    assert_same_bits(quantized, quantize_fp8_reference(x, is_power_of_two))


def test_every_finite_code_comes_back_as_itself(triton_device):
    codes = torch.arange(256, dtype=torch.uint8, device=triton_device).view(FP8)
    x = codes.float().nan_to_num(448.0).view(2, 128)  # both rows reach 448: their scale is 1

    again, scales = quantize_fp8(x, is_power_of_two=False)

    assert torch.equal(scales, torch.ones_like(scales))
    assert torch.equal(again.float(), x)


def test_between_two_codes_the_even_one_is_taken(triton_device):
    values = torch.arange(127, dtype=torch.uint8, device=triton_device).view(FP8).float()  # 0 to 448
    middles = (values[1:] + values[:-1]) / 2
    x = torch.cat((middles, values[-1:], values[-1:]))[None]

    codes, _ = quantize_fp8(x, is_power_of_two=False)

    even = torch.arange(127, device=triton_device)
    expected = torch.where(even[:-1] % 2 == 0, even[:-1], even[1:])
    assert torch.equal(codes.view(torch.uint8)[0, :126].long(), expected)


@pytest.mark.parametrize("exponent", [-40, -20, -3, 0, 17])
def test_powers_of_two_are_the_next_from_there_up(exponent, triton_device):
    peaks = torch.tensor([448.0, 448.0 * (1 + 2**-22), 447.9, 225.0, 224.0], device=triton_device) * 2.0**exponent
    x = torch.zeros(5, 128, device=triton_device)
    x[:, 5] = -peaks

    codes, scales = quantize_fp8(x, is_power_of_two=True)

    floor = max(exponent, -28)  # 1e-6 / 448 is 2^-28.7
    assert scales.log2()[:, 0].tolist() == (
        [floor, floor + 1, floor, floor, floor - 1] if exponent > -28 else [-28.0] * 5
    )


@pytest.mark.filterwarnings("ignore:invalid value encountered")  # numpy's, in the interpreter
@SCALES
@pytest.mark.parametrize("bad", [torch.nan, torch.inf, -torch.inf])
def test_a_group_that_is_not_finite_stays_so_and_alone(bad, is_power_of_two, triton_device):
    x = torch.randn(1, 384, device=triton_device)
    x[0, 130] = bad

    codes, scales = quantize_fp8(x, is_power_of_two)

    assert scales.isfinite().tolist() == [[True, False, True]]
    values = codes.float().view(3, 128) * scales.view(3, 1)
    assert values.isnan().all(dim=1).tolist() == [False, True, False]
    assert_same_bits((codes, scales), quantize_fp8_reference(x, is_power_of_two))


@SCALES
@SHAPES
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_fused_with_the_norm_it_is_the_two_one_after_the_other(tokens, channels, dtype, is_power_of_two, triton_device):
    residual = torch.randn(tokens, channels, device=triton_device)
    x, weight = torch.randn_like(residual).to(dtype), torch.rand(channels, device=triton_device).to(dtype)
    other = residual.clone()

    with guarded_outputs():
        out, *quantized = add_rms_norm_quantize_(residual, x, weight, 1e-6, is_power_of_two)

    assert torch.equal(out, add_rms_norm_(other, x, weight, 1e-6)) and torch.equal(residual, other)
    assert_same_bits(quantized, quantize_fp8_reference(out, is_power_of_two))


@SCALES
def test_without_triton_the_same_comes_from_the_reference(is_power_of_two):
    residual, x = torch.randn(3, 256), torch.randn(3, 256)
    added = residual + x

    out, *quantized = add_rms_norm_quantize_(residual, x, torch.ones(256), 1e-6, is_power_of_two)

    assert torch.equal(residual, added)
    assert_same_bits(quantized, quantize_fp8(out, is_power_of_two))
    codes, scales = quantized
    assert (dequantize(codes[:1], scales[:1], torch.float32) - out[:1]).abs().max() < out.abs().max() / 16


@needs_golden
@pytest.mark.parametrize(("name", "is_power_of_two"), [("plain", False), ("ue8m0", True)])
def test_the_golden_data_in_every_bit(name, is_power_of_two, triton_device):
    golden = load_file(GOLDEN / "moe-fp8" / "data.safetensors", device=triton_device)

    quantized = quantize_fp8(golden["quant_act.x"], is_power_of_two)

    assert_same_bits(quantized, (golden[f"quant_act_{name}.q"], golden[f"quant_act_{name}.scale"]))


@needs_golden
@pytest.mark.parametrize("name", ["d1", "d2"])
def test_the_golden_rows_of_linear_layers_in_every_bit(name, triton_device):
    golden = load_file(GOLDEN / "moe-fp8" / "data.safetensors", device=triton_device)

    quantized = quantize_fp8(golden[f"{name}.x"], is_power_of_two=True)

    assert_same_bits(quantized, (golden[f"{name}.x_fp8"], golden[f"{name}.x_scale"]))
