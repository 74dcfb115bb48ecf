import itertools

import pytest
import torch

from kernels.bench import __main__ as bench
from kernels.bench.cases import Model, all_cases, experts_in_torch
from kernels.bench.compare import Case, compare, known_device, roofline_us
from kernels.experts import experts_reference
from kernels.report.targets import DEVICES
from tests.close import assert_as_accurate

MODELS = (
    Model("small", 128, 4, 2, 32, 128, 4, 2, vocab=100, tower=(2, 16), context=70, max_decode=3),
    Model("dense", 128, 4, 2, 32, 64, vocab=30, tower=(1, 16), context=70, max_decode=3),
    Model("FP8", 128, 8, 2, 32, 128, 8, 4, 2, is_fp8=True, vocab=100, tower=(1, 16), waves=9, context=70, max_decode=3),
)
H100 = DEVICES[0]


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_without_a_gpu_it_refuses(capsys):
    assert bench.main([]) == 2
    assert capsys.readouterr().err == "kernels.bench measures GPUs, and PyTorch finds none here.\n"


def test_every_case_runs_both_ways(triton_device):
    names = set()
    for case in all_cases(triton_device, (1, 5), MODELS):
        names.add((case.operation, case.shape))
        ours, theirs = case.ours(), case.torch()
        ours, theirs = (out[0] if isinstance(out, tuple) else out for out in (ours, theirs))
        assert ours.numel() == theirs.numel() and ours.dtype == theirs.dtype, case.operation
        assert case.num_bytes > 0 and case.num_flops > 0

    assert {("experts", "FP8 prefill 5"), ("SiLU * up", "dense decode 1"), ("attention", "small prefill 5")} <= names
    assert {("sample", "small decode 1"), ("attention of the tower", "dense prefill 5")} <= names
    assert ("norms + FoPE + cache", "FP8 prefill 5") in names


def test_the_experts_in_torch_are_the_experts():
    x, gate_up, down = torch.randn(5, 16), torch.randn(4, 16, 16), torch.randn(4, 16, 8)
    ids, shares = torch.tensor([[0, 1], [1, 2], [0, 2], [1, 0], [2, 1]]), torch.rand(5, 2)

    out = experts_in_torch(x, ids, shares, gate_up, down)

    exact = experts_reference(
        *(part.double() if part.is_floating_point() else part for part in (x, ids, shares, gate_up, down))
    )
    assert_as_accurate(out, exact, experts_reference(x, ids, shares, gate_up, down))


def test_sides_take_turns_and_medians_count():
    seconds = itertools.count(1)
    order = []
    case = Case("an operation", "1", lambda: order.append("ours"), lambda: order.append("torch"), 1, 1)

    def clock(call):
        call()
        return next(seconds) * 1e-6

    result = compare(case, 3, clock, None)

    assert order[6:] == ["ours", "torch", "torch", "ours", "ours", "torch"]
    assert (result.ours_us, result.torch_us, result.roofline_us) == pytest.approx((4, 3, None))


def test_the_roofline_goes_by_what_multiplies():
    case = Case("an operation", "1", lambda: None, lambda: None, num_bytes=3350, num_flops=0)
    product = Case("an operation", "1", lambda: None, lambda: None, 0, num_flops=10**9, rate="fp8")

    assert roofline_us(case, H100) == pytest.approx(1e-3)
    assert roofline_us(product, H100) == pytest.approx(1e9 / 1978.9e12 * 1e6)


def test_devices_are_known_by_name():
    assert known_device("NVIDIA H100 80GB HBM3") == H100
    assert known_device("NVIDIA A100-SXM4-80GB") is None


@pytest.mark.gpu
def test_a_gpu_is_measured(capsys):
    assert bench.main(["--tokens", "64", "--rounds", "3", "--operation", "RMSNorm"]) == 0
    assert "residual + RMSNorm" in capsys.readouterr().out
