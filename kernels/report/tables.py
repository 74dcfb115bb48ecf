"""The report for people, in Markdown."""

from collections.abc import Iterable

from kernels.report.compiled_kernel import Line
from kernels.report.padding import Padding
from kernels.report.targets import DEVICES, TARGETS

_COUNTS = {"wgmma": "wgmma", "tcgen05": "tcgen05", "mma": "mma", "mfma": "mfma", "tma_loads": "TMA loads",
           "tma_stores": "TMA stores", "cp_async": "cp.async"}  # fmt: skip


def markdown(lines: list[Line], paddings: list[Padding]) -> str:
    parts = [_machine_code(target, [line for line in lines if line.target == target]) for target in TARGETS]
    return "\n\n".join([*(part for part in parts if part), _rooflines(lines), _paddings(paddings)])


def _machine_code(target: str, lines: list[Line]) -> str:
    if not lines:
        return ""
    kinds = [kind for kind in _COUNTS if any(line.code and line.code.counts[kind] for line in lines)]
    head = ["kernel", "shape", "config", "warps", "registers", "spills", "shared", "occupancy"]
    rows = []
    for line, shapes in _alike(lines):
        if line.code is None:
            rows.append([line.kernel, shapes, line.config, *["-"] * (len(head) - 3 + len(kinds))])
            continue
        rows.append(
            [line.kernel, shapes, line.config, f"{line.num_warps}", f"{line.code.registers}",
             f"{line.code.spills}", f"{line.code.shared_bytes / 1024:.0f} KiB", f"{line.occupancy:.0%}",
             *(f"{line.code.counts[kind] or ''}" for kind in kinds)]
        )  # fmt: skip
    return f"### {target}\n\n" + _table([*head, *(_COUNTS[kind] for kind in kinds)], rows)


def _alike(lines: list[Line]) -> list[tuple[Line, str]]:
    """One line for all shapes that have the same machine code, and what these are."""
    groups: dict[str, list[Line]] = {}
    for line in lines:
        groups.setdefault(f"{line.kernel} {line.config} {line.code}", []).append(line)
    return [(group[0], ", ".join(dict.fromkeys(line.shape for line in group))) for group in groups.values()]


def _rooflines(lines: list[Line]) -> str:
    """Once for each kernel and shape: the times are of the operation, whatever it is compiled for."""
    once = {(line.kernel, line.shape): line for line in lines}
    head = ["kernel", "shape", "MB", "GFLOP", *(f"{device.name}, µs" for device in DEVICES)]
    rows = [
        [line.kernel, line.shape, f"{line.num_bytes / 1e6:.2f}", f"{line.num_flops / 1e9:.3f}",
         *(f"{line.times_us[device.name]:.2f}" for device in DEVICES)]
        for line in once.values()
    ]  # fmt: skip
    return "### The least that memory and arithmetic allow\n\n" + _table(head, rows)


def _paddings(paddings: list[Padding]) -> str:
    head = ["model", "routing", "tokens", "rows", "rows of padding", "MB", "MB padded", "saved"]
    rows = [
        [padding.model, padding.routing, f"{padding.num_tokens:,}", f"{padding.num_rows:,}",
         f"{padding.rows_added:,}", f"{padding.num_bytes / 1e6:.1f}",
         f"{(padding.num_bytes + padding.bytes_added) / 1e6:.1f}", f"{padding.share_saved:.1%}"]
        for padding in paddings
    ]  # fmt: skip
    return "### What the FP8 grouped GEMMs save by not padding to 128 rows\n\n" + _table(head, rows)


def _table(head: list[str], rows: Iterable[list[str]]) -> str:
    rule = ["---"] * len(head)
    return "\n".join(f"| {' | '.join(cells)} |" for cells in [head, rule, *rows])
