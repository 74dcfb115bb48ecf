"""The GPUs that kernels are compiled for, and what one of them can hold and do.

Limits of NVIDIA's are those of the compute capability in the CUDA C++ Programming Guide ("Technical Specifications per
Compute Capability"), of AMD's those of the CDNA 3 instruction set guide. Rates are the makers' data sheets, without
sparsity.
"""

from dataclasses import dataclass

from kernels.triton_import import triton


@dataclass(frozen=True, slots=True)
class Target:
    """An architecture and the limits of one of its multiprocessors (of a SIMD unit, for registers and warps of AMD's).

    register_unit: registers of a thread are given out in multiples of it. block_shared_bytes: the most that one
    block may have; reserved_shared_bytes: what each takes besides.
    """

    name: str
    backend: str
    arch: int | str
    warp_size: int
    num_registers: int
    register_unit: int
    max_warps: int
    max_blocks: int
    num_simds: int
    shared_bytes: int
    block_shared_bytes: int
    reserved_shared_bytes: int
    matrix_columns: int = 0  # of tensor memory

    @property
    def gpu(self) -> "triton.backends.compiler.GPUTarget":
        return triton.backends.compiler.GPUTarget(self.backend, self.arch, self.warp_size)

    @property
    def is_nvidia(self) -> bool:
        return self.backend == "cuda"


def _nvidia(capability: int, shared_kib: int, matrix_columns: int = 0) -> Target:
    return Target(
        name=f"sm_{capability}", backend="cuda", arch=capability, warp_size=32, num_registers=512, register_unit=8,
        max_warps=16, max_blocks=32, num_simds=4, shared_bytes=shared_kib << 10,
        block_shared_bytes=(shared_kib - 1) << 10, reserved_shared_bytes=1 << 10, matrix_columns=matrix_columns,
    )  # fmt: skip


TARGETS = {
    target.name: target
    for target in (
        _nvidia(80, shared_kib=164),
        _nvidia(90, shared_kib=228),
        _nvidia(100, shared_kib=228, matrix_columns=512),
        Target(
            name="gfx942", backend="hip", arch="gfx942", warp_size=64, num_registers=512, register_unit=8, max_warps=8,
            max_blocks=32, num_simds=4, shared_bytes=64 << 10, block_shared_bytes=64 << 10, reserved_shared_bytes=0,
        ),
    )
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Device:
    """A GPU on sale: bytes per second of its memory, operations per second by what computes them."""

    name: str
    target: str
    bandwidth: float
    vector_rate: float
    bf16_rate: float
    fp8_rate: float


DEVICES = (
    Device("H100", "sm_90", 3.35e12, 66.9e12, 989.4e12, 1978.9e12),  # NVIDIA H100 SXM5 data sheet
    Device("H200", "sm_90", 4.8e12, 66.9e12, 989.4e12, 1978.9e12),  # NVIDIA H200 SXM data sheet
    Device("MI300X", "gfx942", 5.3e12, 163.4e12, 1307.4e12, 2614.9e12),  # AMD Instinct MI300X data sheet
)
