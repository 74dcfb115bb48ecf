"""How fast a model decodes here: our engine, a peer on the same work, and what the memory of this machine allows.

    python -m engine.bench --model FOLDER [--peer transformers] [--dtype bfloat16] [--batch 1 8] [--rounds 3]

Every side is loaded once, in a process of its own, and they take turns; each figure is the median over the rounds.
Speed is batch / median step, so a disturbance of a few steps does not show. Batch 1 must read every active weight for
every token, so it can be no faster than the read bandwidth, measured in the same rounds, divided by their bytes.
"""

import argparse
import json
import platform
import random
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import torch

from engine.checkpoint import open_checkpoint
from engine.errors import EngineError
from engine.model_config import ModelConfig, read_model_config
from engine.weight_memory import WeightMemory

OURS = "benchside"
_WARM_UP_TOKENS = 4
_PROBE_BYTES = 256 * 2**20  # several times any cache in sight
_NUM_PROBES = 5


class BenchFailed(EngineError):
    """A side ended; what it said is on the terminal."""


@dataclass(frozen=True, slots=True)
class Row:
    """Medians of one side at one batch size."""

    peer: str
    batch: int
    tokens_per_s: float
    slowest: float
    fastest: float
    time_to_first_token_s: float
    peak_memory: int
    load_s: float


class Side:
    """A worker process: JSON lines in, JSON lines out."""

    def __init__(self, peer: str, model: Path, dtype: str) -> None:
        self.peer = peer
        command = [sys.executable, "-m", "engine.bench_worker", peer, str(model), dtype]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.ready = self._reply()

    def generate(self, prompts: list[list[int]], num_new: int) -> dict[str, Any]:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"prompts": prompts, "num_new": num_new}) + "\n")
        self._process.stdin.flush()
        return self._reply()

    def close(self) -> None:
        self._process.communicate()  # an end of file ends its loop

    def _reply(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise BenchFailed(f"{self.peer} ended with status {self._process.wait()}.")
        reply: dict[str, Any] = json.loads(line)
        return reply


def active_weight_bytes(model: ModelConfig, dtype: torch.dtype) -> int:
    """What one token at batch 1 must read. Of an untied embedding that is one row, of the experts the chosen ones."""
    H, D = model.hidden_size, model.head_dim
    attention = 2 * H * D * (model.num_heads + model.num_kv_heads)
    if model.experts is None:
        mlp = 3 * H * model.intermediate_size
    else:
        chosen = model.experts.num_experts_per_token * 3 * H * model.experts.intermediate_size
        mlp = chosen + H * model.experts.num_experts
    return dtype.itemsize * (model.num_layers * (attention + mlp + 2 * H) + H * model.vocab_size + H)


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Everything that was measured."""
    checkpoint = open_checkpoint(args.model)
    model = read_model_config(checkpoint.config, args.model)
    sides = [Side(peer, args.model, args.dtype) for peer in [OURS, *args.peer]]
    try:
        samples, bandwidths = _take_turns(sides, args, model.vocab_size)
    finally:
        for side in sides:
            side.close()
    rows = [_row(side, batch, samples[side.peer, batch]) for batch in args.batch for side in sides]
    return {
        "model": str(args.model),
        "dtype": args.dtype,
        "machine": platform.processor() or platform.machine(),
        "num_threads": sides[0].ready["num_threads"],
        "prompt_tokens": args.prompt_tokens,
        "new_tokens": args.new_tokens,
        "rounds": args.rounds,
        "bandwidth": median(bandwidths),
        "active_weight_bytes": active_weight_bytes(model, getattr(torch, args.dtype)),
        "rows": [asdict(row) for row in rows],
        "same_tokens": {
            f"{side.peer}, batch {batch}": _share_of_same_tokens(samples[OURS, batch], samples[side.peer, batch])
            for batch in args.batch
            for side in sides[1:]
        },
    }


def read_bandwidth(values: torch.Tensor) -> float:
    """Bytes per second that all threads together read from memory, best of a few."""
    times = []
    for _ in range(_NUM_PROBES):
        started = perf_counter()
        values.sum()
        times.append(perf_counter() - started)
    return values.nbytes / min(times)


def _take_turns(
    sides: list[Side], args: argparse.Namespace, vocab_size: int
) -> tuple[dict[tuple[str, int], list[Any]], list[float]]:
    """Samples by side and batch size, and the bandwidth before each turn; who goes first changes with the round."""
    samples: dict[tuple[str, int], list[Any]] = {(side.peer, batch): [] for side in sides for batch in args.batch}
    bandwidths = []
    rng = random.Random(0)
    prompts = [[rng.randrange(vocab_size) for _ in range(args.prompt_tokens)] for _ in range(max(args.batch))]
    probe = WeightMemory().place(torch.ones(_PROBE_BYTES // 4))
    for side in sides:
        for batch in args.batch:
            side.generate(prompts[:batch], _WARM_UP_TOKENS)
    for turn in range(args.rounds):
        for batch in args.batch:
            for side in sides if turn % 2 == 0 else sides[::-1]:
                bandwidths.append(read_bandwidth(probe))
                samples[side.peer, batch].append(side.generate(prompts[:batch], args.new_tokens))
    return samples, bandwidths


def _row(side: Side, batch: int, samples: list[Any]) -> Row:
    speeds = [batch / sample["step_s"] for sample in samples]
    return Row(
        peer=side.peer,
        batch=batch,
        tokens_per_s=median(speeds),
        slowest=min(speeds),
        fastest=max(speeds),
        time_to_first_token_s=median(sample["time_to_first_token_s"] for sample in samples),
        peak_memory=max(sample["peak_memory"] for sample in samples),
        load_s=side.ready["load_s"],
    )


def _share_of_same_tokens(ours: list[Any], theirs: list[Any]) -> float:
    """Of the tokens before the answers part, per sequence of the first round. 1 in float32, near ties aside."""
    pairs = zip(ours[0]["token_ids"], theirs[0]["token_ids"], strict=True)
    shares = [next((i for i, (a, b) in enumerate(zip(x, y, strict=True)) if a != b), len(x)) / len(x) for x, y in pairs]
    return sum(shares) / len(shares)


def table(result: dict[str, Any]) -> str:
    """The result in Markdown."""
    bound = result["bandwidth"] / result["active_weight_bytes"]
    ours = {row["batch"]: row["tokens_per_s"] for row in result["rows"] if row["peer"] == OURS}
    lines = [
        f"{result['model']}, {result['dtype']}, {result['num_threads']} threads; {result['prompt_tokens']} tokens in, "
        f"{result['new_tokens']} out; medians of {result['rounds']} rounds taken in turns.",
        "",
        f"Memory bound at batch 1: {result['active_weight_bytes'] / 1e6:.0f} MB of weights a token at "
        f"{result['bandwidth'] / 1e9:.1f} GB/s read = {bound:.0f} tokens/s.",
        "",
        "| | batch | tokens/s (slowest to fastest) | ours is | of the bound | first token ms | peak MB | load s |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for row in result["rows"]:
        cells = [
            row["peer"],
            str(row["batch"]),
            f"{row['tokens_per_s']:.1f} ({row['slowest']:.1f} to {row['fastest']:.1f})",
            "" if row["peer"] == OURS else f"{ours[row['batch']] / row['tokens_per_s']:.2f} x",
            f"{row['tokens_per_s'] / bound:.0%}" if row["batch"] == 1 else "",
            f"{row['time_to_first_token_s'] * 1e3:.0f}",
            f"{row['peak_memory'] / 1e6:.0f}",
            f"{row['load_s']:.1f}",
        ]
        lines.append(f"| {' | '.join(cells)} |")
    for peer, share in result["same_tokens"].items():
        lines += ["", f"The same greedy tokens as {peer}: {share:.0%}, up to where the answers part."]
    return "\n".join(lines)


def parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m engine.bench", description=__doc__.splitlines()[0])
    parser.add_argument("--model", type=Path, required=True, help="a Hugging Face folder")
    parser.add_argument(
        "--peer", action="append", default=[], choices=["transformers"], help="measured in turns with us"
    )
    parser.add_argument("--dtype", default="bfloat16", choices=["bfloat16", "float32"])
    parser.add_argument("--batch", type=int, nargs="+", default=[1, 8])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--prompt-tokens", type=int, default=128)
    parser.add_argument("--new-tokens", type=int, default=128)
    parser.add_argument("--json", type=Path, help="write the numbers to this file")
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> None:
    args = parse(arguments)
    try:
        result = run(args)
    except EngineError as error:
        sys.exit(str(error))
    print(table(result))
    if args.json:
        args.json.write_text(json.dumps(result, indent=2), encoding="utf-8")


if __name__ == "__main__":
    main()
