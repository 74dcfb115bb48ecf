"""Compiles for four GPUs, in processes of their own as the report does."""

import importlib.util
import io
from dataclasses import replace

import pytest

from kernels.report.compile_all import compile_all
from kernels.report.compiled_kernel import Line, occupancy, roofline_us
from kernels.report.machine_code import KINDS, MachineCode
from kernels.report.targets import DEVICES, TARGETS
from tests.kernels.report import matmul

pytestmark = pytest.mark.skipif(importlib.util.find_spec("triton") is None, reason="needs Triton")
H100 = DEVICES[0]


@pytest.fixture(scope="module")
def lines() -> dict[tuple[str, str, str], Line]:
    """By kernel, configuration and target."""
    jobs = [("tests.kernels.report.matmul", target, 0) for target in TARGETS]
    jobs += [("tests.kernels.report.matmul", "sm_90", index) for index in (1, 2, 3)]
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("TRITON_INTERPRET", raising=False)
        done = compile_all(jobs, io.StringIO())
    return {(line.kernel, line.config, line.target): line for line in done}


@pytest.mark.parametrize(
    ("target", "kinds"),
    [
        ("sm_80", {"mma", "cp_async"}),
        ("sm_90", {"wgmma", "tma_loads", "tma_stores"}),
        ("sm_100", {"tcgen05", "tma_loads", "tma_stores"}),
        ("gfx942", {"mfma"}),
    ],
)
def test_machine_code_has_the_instructions_of_its_architecture(lines, target, kinds):
    code = lines["matmul", "wide", target].code

    assert {kind for kind in KINDS if code.counts[kind]} == kinds
    assert 32 < code.registers <= 256 and code.shared_bytes >= 64 << 10


def test_the_kernel_keeps_its_promises_on_hopper_and_blackwell(lines):
    assert not lines["matmul", "wide", "sm_90"].problems
    assert not lines["matmul", "wide", "sm_100"].problems


def test_tiles_too_small_for_a_group_of_warps_break_a_promise(lines):
    assert "has no wgmma" in lines["matmul", "small", "sm_90"].problems


def test_what_does_not_compile_says_so(lines):
    (problem,) = lines["broken", "small", "sm_90"].problems

    assert problem.startswith("does not compile: ")


def test_spills_are_seen(lines):
    line = lines["greedy", "small", "sm_90"]

    assert line.code.spills > 0 and line.problems == (f"spills {line.code.spills} bytes",)


@pytest.mark.parametrize(
    ("code", "num_warps", "target", "share"),
    [
        pytest.param({"registers": 32}, 4, "sm_90", 1.0, id="nothing-in-the-way"),
        pytest.param({"registers": 154}, 4, "sm_90", 12 / 64, id="registers"),  # 160 with 4 x 3 warps
        pytest.param({"registers": 154, "shared_bytes": 98328}, 4, "sm_90", 8 / 64, id="shared-memory"),
        pytest.param({"registers": 32}, 1, "sm_90", 32 / 64, id="number-of-blocks"),
        pytest.param({"registers": 32, "matrix_columns": 256}, 4, "sm_100", 8 / 64, id="tensor-memory"),
        pytest.param({"registers": 194}, 4, "gfx942", 8 / 32, id="amd"),  # 200: two waves for each of four units
    ],
)
def test_occupancy_is_what_runs_out_first(code, num_warps, target, share):
    code = {"spills": 0, "shared_bytes": 0, "matrix_columns": 0, "counts": {}, **code}

    assert occupancy(MachineCode(**code), num_warps, TARGETS[target]) == share


def test_the_roofline_is_memory_or_arithmetic_whichever_is_longer():
    product = matmul.variants("sm_80")[0]
    copy = replace(product, num_flops=0)

    assert roofline_us(product, H100) == pytest.approx(2**37 / 989.4e12 * 1e6)
    assert roofline_us(copy, H100) == pytest.approx(3 * 2**25 / 3.35e12 * 1e6)


def test_fp8_arguments_have_the_rate_of_fp8():
    product = matmul.variants("sm_80")[0]
    fp8 = replace(product, signature={**product.signature, "x_ptr": "*fp8e4nv"})

    assert roofline_us(fp8, H100) == pytest.approx(2**37 / 1978.9e12 * 1e6)
