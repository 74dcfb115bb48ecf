"""Will it fit? Parameters, bytes per rank, KV cache and longest context of a model, from its config alone.

    python -m engine.fit intern-s1-pro --tensor-parallel 16 --expert-parallel 16

The model is a preset (engine/presets), a config.json, the folder of one, or a .gguf file.
"""

import argparse
import sys
from collections import Counter
from pathlib import Path
from typing import Any, NoReturn

import torch

from engine.checkpoint import open_checkpoint, read_json
from engine.errors import CheckpointError, EngineError, InvalidRequest
from engine.fit_hardware import GPUS, USABLE, fewest_gpus, longest_context, this_machine
from engine.fit_inventory import Inventory, take_inventory
from engine.fit_layout import Layout, bytes_per_rank, kv_bytes_per_token

PRESETS = Path(__file__).parent / "presets"
_GIB = 2**30
_CONTEXT = 32_768
_DTYPES = {"auto": torch.bfloat16, "bfloat16": torch.bfloat16, "float32": torch.float32}


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """One line, where argparse would print the usage as well."""
        raise InvalidRequest(f"{message}; see --help.")


def read_config(model: str) -> tuple[dict[str, Any], Path]:
    """config.json, and the file it is from, for errors."""
    preset, path = PRESETS / f"{model}.json", Path(model)
    if preset.parent == PRESETS and preset.is_file():
        return read_json(preset), preset
    if path.suffix == ".gguf":
        return open_checkpoint(path).config, path
    if path.is_dir():
        path /= "config.json"
    if not path.is_file():
        names = ", ".join(sorted(file.stem for file in PRESETS.glob("*.json")))
        raise CheckpointError(
            f"There is no model at {model}; give a folder, a config.json, a .gguf file or one of {names}."
        )
    return read_json(path), path


def report(config: dict[str, Any], path: Path, args: argparse.Namespace) -> list[str]:
    """The lines that are printed."""
    dtype = _DTYPES[args.dtype]
    inventory = take_inventory(config, path, dtype, keeps_fp8=args.dtype == "auto")
    layout = Layout(args.tensor_parallel, args.expert_parallel)
    context = min(args.context or _CONTEXT, inventory.config.max_position_embeddings)
    return [
        *_parameter_lines(inventory),
        "",
        *_rank_lines(inventory, layout, context, args.gpu_memory, dtype.itemsize),
        "",
        *_machine_lines(config, path, inventory, context, args.dtype),
        "",
        *_gpu_lines(inventory, context, dtype.itemsize),
    ]


def _parameter_lines(inventory: Inventory) -> list[str]:
    rows = [(part, inventory.num_parameters(part)) for part in ("text", "vision", "signals")]
    rows += [("total", inventory.num_parameters("text", "vision", "signals"))]
    rows += [("active per token (text)", inventory.num_active_parameters())]
    return ["parameters", *(f"  {name:<24}{count:>22,}" for name, count in rows)]


def _rank_lines(
    inventory: Inventory, layout: Layout, context: int, gpu_memory: float | None, kv_bytes: int
) -> list[str]:
    ranks = Counter(bytes_per_rank(inventory, layout))
    spread = ", ".join(f"{count} x {_gb(num_bytes)}" for num_bytes, count in sorted(ranks.items(), reverse=True))
    whole = kv_bytes_per_token(inventory.config, kv_bytes)
    shard = kv_bytes_per_token(inventory.config, kv_bytes, layout.tensor_parallel)
    lines = [
        f"weights {_gb(inventory.num_bytes)} on {layout.num_ranks} rank(s) "
        f"(tensor parallel {layout.tensor_parallel}, expert parallel {layout.expert_parallel})",
        f"  weights per rank        {spread}",
        f"  KV cache per token      {whole:,} bytes; {shard:,} on each rank",
        f"  KV cache of {context:,} tokens: {_gb(context * shard)} on each rank",
    ]
    if gpu_memory is not None:
        longest = longest_context(inventory, layout, int(gpu_memory * _GIB), kv_bytes)
        fits = f"longest context {longest:,} tokens" if longest else "the weights do not fit"
        lines.append(f"  with {gpu_memory:g} GiB a rank, {USABLE:.0%} of it used: {fits}")
    return lines


def _machine_lines(config: dict[str, Any], path: Path, inventory: Inventory, context: int, dtype: str) -> list[str]:
    """This engine runs on one device; FP8 is multiplied out where the device has no use for it."""
    machine = this_machine()
    if inventory.has_fp8 and not machine.has_fp8:
        inventory = take_inventory(config, path, _DTYPES[dtype], keeps_fp8=False)
    longest = longest_context(inventory, Layout(), machine.memory, _DTYPES[dtype].itemsize)
    what = f"{machine.num_devices} x {machine.name}, {machine.memory / _GIB:.1f} GiB each"
    if longest >= context:
        return [f"this machine ({what}) can run it, with a context of up to {longest:,} tokens"]
    need = _gb(inventory.num_bytes + context * kv_bytes_per_token(inventory.config, _DTYPES[dtype].itemsize))
    return [
        f"this machine ({what}) cannot run it with a context of {context:,} tokens: that takes {need} on one device",
        *([f"  it can with a context of up to {longest:,} tokens"] if longest else []),
    ]


def _gpu_lines(inventory: Inventory, context: int, kv_bytes: int) -> list[str]:
    ways = {"tensor parallel": False, "tensor + expert parallel": True}
    if inventory.config.experts is None:
        ways = {"tensor parallel": False}
    lines = [
        f"fewest GPUs for one context of {context:,} tokens",
        "  " + " " * 12 + "".join(f"{way:>26}" for way in ways),
    ]
    for gpu in GPUS:
        counts = (fewest_gpus(inventory, gpu, context, kv_bytes, is_expert) for is_expert in ways.values())
        lines.append(f"  {gpu.name:<12}" + "".join(f"{_gpu_count(count):>26}" for count in counts))
    if inventory.has_fp8:
        lines.append("  (an A100 does not multiply FP8)")
    return lines


def _gpu_count(count: int | None) -> str:
    if count is None:
        return "-"
    return f"{count // 8} nodes x 8" if count > 8 else str(count)


def _gb(num_bytes: int) -> str:
    return f"{num_bytes / 1e9:.2f} GB"


def _parse(arguments: list[str]) -> argparse.Namespace:
    parser = _Parser(prog="python -m engine.fit", description="Parameters, memory and hardware of a model.")
    parser.add_argument("model", help="a preset, a folder, a config.json or a .gguf file")
    parser.add_argument("--tensor-parallel", type=int, default=1, metavar="N")
    parser.add_argument("--expert-parallel", type=int, default=1, metavar="N")
    parser.add_argument("--context", type=int, metavar="T", help=f"tokens that must fit (default {_CONTEXT:,})")
    parser.add_argument("--gpu-memory", type=float, metavar="GIB", help="of each rank, for the longest context")
    parser.add_argument("--dtype", choices=list(_DTYPES), default="auto", help="auto: bfloat16, and FP8 where stored")
    args = parser.parse_args(arguments)
    for name in ("context", "gpu_memory"):
        value = getattr(args, name)
        if value is not None and not 0 < value < float("inf"):
            raise InvalidRequest(f"--{name.replace('_', '-')} is {value}; it must be above 0.")
    return args


def main(arguments: list[str]) -> int:
    try:
        args = _parse(arguments)
        lines = report(*read_config(args.model), args)
    except EngineError as error:
        print(error, file=sys.stderr)
        return 2
    print("\n".join(lines))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
