"""Every variant of every kernel for every target, in a few processes at once."""

import importlib
import multiprocessing
import pkgutil
import sys
from concurrent.futures import ProcessPoolExecutor
from typing import TextIO

import kernels
from kernels.report.compiled_kernel import Line, compile_line

_PROCESSES = 2


def find_jobs(targets: list[str], name_part: str = "") -> list[tuple[str, str, int]]:
    """Module, target and index, for compile_line. name_part: only of modules with that in their name."""
    names = [f"kernels.{module.name}" for module in pkgutil.iter_modules(kernels.__path__) if not module.ispkg]
    modules = [importlib.import_module(name) for name in names if name_part in name]
    return [
        (module.__name__, target, index)
        for module in modules
        if hasattr(module, "variants")
        for target in targets
        for index in range(len(module.variants(target)))
    ]


def compile_all(jobs: list[tuple[str, str, int]], progress: TextIO = sys.stderr) -> list[Line]:
    """In the order of the jobs. How far it is stands in one line of progress."""
    context = multiprocessing.get_context("spawn")
    lines = []
    with ProcessPoolExecutor(_PROCESSES, mp_context=context) as pool:
        for line in pool.map(compile_line, *zip(*jobs, strict=True)) if jobs else ():
            lines.append(line)
            print(f"\r{len(lines)} of {len(jobs)} kernels compiled", end="", file=progress, flush=True)
    print(file=progress)
    return lines
