"""One line of the report: a variant of a kernel, compiled for a target, and what its machine code says."""

import importlib
from collections.abc import Mapping
from dataclasses import dataclass

from kernels.report.machine_code import MachineCode, read_machine_code
from kernels.report.targets import DEVICES, TARGETS, Device, Target
from kernels.triton_import import triton
from kernels.variant import Variant


@dataclass(frozen=True, slots=True)
class Line:
    """times_us: by device, the least that memory and arithmetic allow. problems: why the report fails, if it does."""

    kernel: str
    config: str
    shape: str
    target: str
    code: MachineCode | None
    num_warps: int
    occupancy: float
    num_bytes: int
    num_flops: int
    times_us: Mapping[str, float]
    problems: tuple[str, ...]


def compile_line(module: str, target: str, index: int) -> Line:
    """The variant of that index in module's variants(target). Runs in a process of its own: arguments are plain."""
    variant: Variant = importlib.import_module(module).variants(target)[index]
    return make_line(variant, TARGETS[target])


def make_line(variant: Variant, target: Target) -> Line:
    code, num_warps, problems = None, variant.config.num_warps, []
    try:
        compiled = compile_variant(variant, target)
    except Exception as error:  # of many kinds: whatever a pass of the compiler or an assembler raises
        problems = [f"does not compile: {type(error).__name__}: {_first_line(error)}"]
    else:
        code, num_warps = read_machine_code(compiled), compiled.metadata.num_warps
        problems = find_problems(variant, code, target)
    return Line(
        kernel=variant.kernel.__name__.strip("_").removesuffix("_kernel"),
        config=variant.config.name,
        shape=variant.shape,
        target=target.name,
        code=code,
        num_warps=num_warps,
        occupancy=occupancy(code, num_warps, target) if code else 0.0,
        num_bytes=variant.num_bytes,
        num_flops=variant.num_flops,
        times_us={device.name: roofline_us(variant, device) for device in DEVICES},
        problems=tuple(problems),
    )


def compile_variant(variant: Variant, target: Target) -> "triton.compiler.CompiledKernel":
    """As a launch would: pointers are to memory that PyTorch allocated, so to multiples of 16 bytes."""
    kinds = {name: variant.signature[name] for name in variant.kernel.arg_names}
    signature = {name: kind.removesuffix(":16") for name, kind in kinds.items()}
    attributes = {
        (position,): [["tt.divisibility", 16]]
        for position, kind in enumerate(kinds.values())
        if kind.startswith("*") or kind.endswith(":16")
    }
    source = triton.compiler.ASTSource(variant.kernel, signature, dict(variant.constants), attributes)
    options = {"num_warps": variant.config.num_warps, "num_stages": variant.config.num_stages}
    return triton.compile(source, target=target.gpu, options=options)


def find_problems(variant: Variant, code: MachineCode, target: Target) -> list[str]:
    problems = []
    if code.spills and target.name in ("sm_90", "sm_100"):
        problems.append(f"spills {code.spills} bytes")
    if code.shared_bytes > target.block_shared_bytes:
        problems.append(f"takes {code.shared_bytes} bytes of shared memory, {target.block_shared_bytes} are there")
    if code.matrix_columns > target.matrix_columns:
        problems.append(f"takes {code.matrix_columns} columns of tensor memory, {target.matrix_columns} are there")
    for kind in promised(variant, target):
        if not code.counts[kind]:
            problems.append(f"has no {kind}")
    return problems


def promised(variant: Variant, target: Target) -> list[str]:
    """Instructions that must be there."""
    matrix = {"sm_80": "mma", "sm_90": "wgmma", "sm_100": "tcgen05", "gfx942": "mfma"}[target.name]
    has_tma = target.name in ("sm_90", "sm_100")
    return [matrix] * variant.uses_tensor_cores + ["tma_loads"] * (variant.uses_tma and has_tma)


def occupancy(code: MachineCode, num_warps: int, target: Target) -> float:
    """The share of a multiprocessor's warps that can be there at once."""
    registers = -(-max(code.registers, 1) // target.register_unit) * target.register_unit
    warps = min(target.max_warps, target.num_registers // registers) * target.num_simds
    blocks = [target.max_blocks, warps // num_warps]
    if shared_bytes := code.shared_bytes + target.reserved_shared_bytes:
        blocks.append(target.shared_bytes // shared_bytes)
    if code.matrix_columns:
        blocks.append(target.matrix_columns // code.matrix_columns)
    return min(blocks) * num_warps / (target.max_warps * target.num_simds)


def roofline_us(variant: Variant, device: Device) -> float:
    memory_s = variant.num_bytes / device.bandwidth
    return max(memory_s, variant.num_flops / rate(variant, device)) * 1e6


def rate(variant: Variant, device: Device) -> float:
    """Operations per second of what multiplies, as the types of the arguments tell."""
    if not variant.uses_tensor_cores:
        return device.vector_rate
    is_fp8 = any("fp8" in kind for kind in variant.signature.values())
    return device.fp8_rate if is_fp8 else device.bf16_rate


def _first_line(error: Exception) -> str:
    return next((line for line in str(error).splitlines() if line.strip()), "")[:200]
