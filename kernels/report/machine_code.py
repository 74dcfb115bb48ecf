"""What a compiled kernel takes and which instructions it has, read back out of the binary itself."""

import re
import subprocess
import tempfile
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from kernels.triton_import import triton

# What NVIDIA's disassembler calls them: products of matrices by a group of warps, by one, and in tensor memory; copies
# of boxes by the tensor memory accelerator; copies to shared memory by each thread.
_NVIDIA = {
    "wgmma": r"[HQIB]GMMA",
    "mma": r"[HQI]MMA|DMMA",
    "tcgen05": r"UTC[HQIO]MMA",
    "tma_loads": "UTMALDG",
    "tma_stores": "UTMASTG|UTMAREDG",
    "cp_async": "LDGSTS",
}
_AMD = {"mfma": r"v_s?mfmac?_\w+"}
KINDS = (*_NVIDIA, *_AMD)
_MNEMONIC = re.compile(r"^\s*(?:/\*[0-9a-f]+\*/)?\s*(?:@!?U?P\w+\s+)?([A-Z][A-Z0-9]+)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class MachineCode:
    """registers of a thread; spills: bytes of memory a thread has because they were too few; counts by KINDS."""

    registers: int
    spills: int
    shared_bytes: int
    matrix_columns: int
    counts: Mapping[str, int]


def read_machine_code(compiled: "triton.compiler.CompiledKernel") -> MachineCode:
    if "cubin" in compiled.asm:
        return _read_nvidia(compiled)
    return _read_amd(compiled)


def _read_nvidia(compiled: "triton.compiler.CompiledKernel") -> MachineCode:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "kernel.cubin"
        path.write_bytes(compiled.asm["cubin"])
        usage = _run(triton.knobs.nvidia.cuobjdump.path, "--dump-resource-usage", path)
        mnemonics = Counter(_MNEMONIC.findall(_run(triton.knobs.nvidia.nvdisasm.path, "--print-code", path)))
    number = {name: int(value) for name, value in re.findall(r"\b(REG|STACK|LOCAL):(\d+)", usage)}
    return MachineCode(
        registers=number["REG"],
        spills=number["STACK"] + number["LOCAL"],
        shared_bytes=compiled.metadata.shared,
        matrix_columns=getattr(compiled.metadata, "tmem_size", None) or 0,
        counts=_count(_NVIDIA, mnemonics),
    )


def _read_amd(compiled: "triton.compiler.CompiledKernel") -> MachineCode:
    text = compiled.asm["amdgcn"]
    number = {name: int(value) for name, value in re.findall(r"^\s*\.(\w+):\s+(\d+)$", text, re.MULTILINE)}
    mnemonics = Counter(re.findall(r"^\s+(v_s?mfmac?_\w+)", text, re.MULTILINE))
    return MachineCode(
        registers=number["vgpr_count"],  # of both kinds: vector registers and accumulators share one file
        spills=number["private_segment_fixed_size"],
        shared_bytes=compiled.metadata.shared,
        matrix_columns=0,
        counts=_count(_AMD, mnemonics),
    )


def _count(patterns: Mapping[str, str], mnemonics: Counter[str]) -> dict[str, int]:
    counts = dict.fromkeys(KINDS, 0)
    for kind, pattern in patterns.items():
        counts[kind] = sum(number for name, number in mnemonics.items() if re.fullmatch(pattern, name))
    return counts


def _run(program: str, option: str, path: Path) -> str:
    return subprocess.run([program, option, str(path)], capture_output=True, text=True, check=True).stdout
