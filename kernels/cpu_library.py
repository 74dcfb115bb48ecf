"""The C++ operations in kernels/cpu, compiled for this machine's processor when first needed and kept for next time.

Without a compiler the operations run on PyTorch alone: the same results up to rounding, but slower for few tokens.
"""

import ctypes
import functools
import hashlib
import logging
import os
import platform
import shutil
import stat
import subprocess
import tempfile
from pathlib import Path

import torch
from platformdirs import user_cache_path

_SOURCES = Path(__file__).parent / "cpu"
_COMPILE = ["-O3", "-march=native", "-std=gnu++17", "-ffp-contract=fast", "-fPIC", "-fopenmp", "-Wall"]
_COMPILE_TIMEOUT_S = 300
_DTYPES = {torch.float32: 0, torch.bfloat16: 1, torch.int8: 2}  # with_type in simd.h, with_weight_type in panels.h

_POINTER, _SIZE, _FLOAT, _DTYPE = ctypes.c_void_p, ctypes.c_long, ctypes.c_float, ctypes.c_int
_SIGNATURES = {
    "pack_panels": [_POINTER] * 2 + [_SIZE] * 2 + [_DTYPE],
    "linear": [_POINTER] * 4 + [_SIZE] * 3 + [_DTYPE] * 3,
    "gated_linear": [_POINTER] * 4 + [_SIZE] * 3 + [_DTYPE] * 2,
    "experts": [_POINTER] * 8 + [_SIZE] * 5 + [_DTYPE] * 2,
    "route_experts": [_POINTER] * 3 + [_SIZE] * 4 + [ctypes.c_int],
    "add_rms_norm": [_POINTER] * 4 + [_SIZE] * 2 + [_FLOAT, _DTYPE],
    "silu_mul": [_POINTER] * 2 + [_SIZE] * 2 + [_DTYPE],
    "rope_store": [_POINTER] * 3 + [_FLOAT] + [_POINTER] * 6 + [_SIZE] * 6 + [_DTYPE],
    "attention_half": [_POINTER] * 5,
    "experts_half": [_POINTER, _SIZE, _POINTER, _POINTER],
    "paged_attention": [_POINTER] * 7 + [_SIZE] * 6 + [_FLOAT, _DTYPE],
}

_logger = logging.getLogger(__name__)


class _BuildError(Exception):
    """Why there is no library, in words for the log."""


@functools.cache
def load_cpu_library() -> ctypes.CDLL | None:
    """The compiled operations, or None; why is in the log, once."""
    try:
        library = ctypes.CDLL(str(_compiled_library()))
    except (_BuildError, OSError) as error:
        _logger.warning("CPU operations run on PyTorch alone, which is slower: %s", error)
        return None
    for name, types in _SIGNATURES.items():
        function = getattr(library, name)
        function.argtypes = types
        function.restype = None
    library.panel_step.argtypes = library.cache_step.argtypes = [_DTYPE]
    return library


def dtype_code(dtype: torch.dtype) -> int:
    return _DTYPES[dtype]


def has_dtype(dtype: torch.dtype) -> bool:
    """Of activations."""
    return dtype in _DTYPES and dtype.is_floating_point


def _compiled_library() -> Path:
    compiler = shutil.which("g++")
    if compiler is None:
        raise _BuildError("no g++ is installed.")
    folder = user_cache_path("benchside") / "kernels"
    _make_private(folder)
    path = folder / f"{_build_key(compiler)}.so"
    if not path.is_file():
        _logger.info("Compiling the CPU operations into %s", path)
        _build(compiler, path)
    return path


def _make_private(folder: Path) -> None:
    """What lies here is loaded as code, so nobody else may write here."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    status = folder.stat()
    if status.st_uid != os.getuid() or status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise _BuildError(f"{folder} is not this user's alone to write.")


def _build_key(compiler: str) -> str:
    """Whatever changes the machine code: sources, options, compiler, torch's libraries, processor."""
    digest = hashlib.sha256()
    for source in sorted(_SOURCES.iterdir()):
        digest.update(source.name.encode() + source.read_bytes())
    facts = [*_COMPILE, _run([compiler, "-dumpfullversion"]), torch.__version__, torch.__file__, *_processor()]
    digest.update("\n".join(facts).encode())
    return digest.hexdigest()[:32]


def _processor() -> list[str]:
    cpuinfo = Path("/proc/cpuinfo")
    if not cpuinfo.is_file():
        return [platform.machine(), platform.processor()]
    wanted = ("model name", "flags", "Features")  # the last on ARM
    return sorted({line for line in cpuinfo.read_text().splitlines() if line.startswith(wanted)})


def _build(compiler: str, path: Path) -> None:
    """Linked against torch and without -fopenmp: the parallel loops must find torch's OpenMP, not a second one."""
    sources = [str(source) for source in sorted(_SOURCES.glob("*.cpp"))]
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        _run([compiler, *_COMPILE, "-c", *sources], cwd=folder)
        objects = [str(file) for file in Path(folder).glob("*.o")]
        torch_libraries = [f"-L{Path(torch.__file__).parent / 'lib'}", "-ltorch_cpu", "-lc10"]
        _run([compiler, "-shared", "-o", "library.so", *objects, *torch_libraries], cwd=folder)
        (Path(folder) / "library.so").replace(path)


def _run(command: list[str], cwd: str | None = None) -> str:
    try:
        done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=_COMPILE_TIMEOUT_S, check=True)
    except subprocess.CalledProcessError as error:
        raise _BuildError(f"{Path(command[0]).name} failed: {error.stderr.strip()[:500]}") from error
    except subprocess.TimeoutExpired as error:
        raise _BuildError(f"{Path(command[0]).name} took more than {_COMPILE_TIMEOUT_S} s.") from error
    return done.stdout.strip()
