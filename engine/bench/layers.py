"""How fast single operations of our CPU path are against the same in PyTorch and transformers, in turns.

    python -m engine.bench.layers [--json]

Figures are medians over the rounds, of the time of one call. bfloat16, shapes of the preset bench-moe.
"""

import argparse
import json
import os
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from time import perf_counter

import torch
from transformers import Qwen3MoeConfig

from engine.bench.file_lock import alone
from engine.bench.layer_pairs import NUM_INPUTS, Call, Pair, all_pairs
from engine.bench.random_model import PRESETS
from engine.checkpoint import read_json

_MIN_SAMPLE_S = 0.02  # of calls one after another, so that the clock and one interruption weigh little
# Of the length of all values as a vector: both round to bfloat16, and a near tie may take a token to another expert
_AGREEMENT = 0.1


@dataclass(frozen=True)
class Result:
    """Microseconds of a call. ratio: how many times as long as ours the fastest peer takes."""

    operation: str
    size: str
    ours_us: float
    peers_us: Mapping[str, float]

    @property
    def best(self) -> str:
        return min(self.peers_us, key=self.peers_us.__getitem__)

    @property
    def ratio(self) -> float:
        return self.peers_us[self.best] / self.ours_us


def compare(pair: Pair, num_rounds: int, lock: Path | None = None) -> Result:
    """Both must compute the same before either is timed."""
    calls = {"ours": pair.ours, **pair.peers}
    _check(pair)
    repeats = {name: _repeats(call) for name, call in calls.items()}
    times: dict[str, list[float]] = {name: [] for name in calls}
    names = list(calls)
    for round_number in range(num_rounds):
        first = round_number % len(names)
        with alone(lock):
            for name in names[first:] + names[:first]:
                times[name].append(_seconds(calls[name], repeats[name]))
    medians = {name: median(seconds) * 1e6 for name, seconds in times.items()}
    return Result(pair.operation, pair.size, medians.pop("ours"), medians)


def _check(pair: Pair) -> None:
    ours = pair.ours(0).float()
    for name, call in pair.peers.items():
        theirs = call(0).float()
        error = (ours - theirs).norm() / theirs.norm()
        assert error < _AGREEMENT, f"{pair.operation} of {pair.size}: ours and {name} differ by {error:.3f}"


def _repeats(call: Call) -> int:
    """Of all inputs, for a sample. Warms up as well."""
    _seconds(call, 1)
    return max(1, round(_MIN_SAMPLE_S / (_seconds(call, 1) * NUM_INPUTS)))


def _seconds(call: Call, num_repeats: int) -> float:
    """Of one call, as the mean over all inputs, several times."""
    began = perf_counter()
    for _ in range(num_repeats):
        for i in range(NUM_INPUTS):
            call(i)
    return (perf_counter() - began) / (num_repeats * NUM_INPUTS)


@torch.inference_mode()
def main(arguments: list[str] | None = None) -> None:
    args = _parser().parse_args(arguments)
    torch.set_num_threads(args.threads)
    torch.manual_seed(0)
    config = Qwen3MoeConfig(**read_json(PRESETS / f"{args.preset}.json"))
    results = []
    for pair in all_pairs(config, args.quick):
        results.append(compare(pair, args.rounds, args.lock))
        print(_row(results[-1]), file=sys.stderr if args.json else sys.stdout, flush=True)
    if args.json:
        print(json.dumps([{**asdict(r), "best": r.best, "ratio": r.ratio} for r in results], indent=1))


def _row(result: Result) -> str:
    best = f"{result.peers_us[result.best]:>10,.1f} us  {result.best}"
    return f"{result.operation:<20} {result.size:>12} {result.ours_us:>10,.1f} us {best:<40} {result.ratio:>6.2f} x"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m engine.bench.layers", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--preset", default="bench-moe", choices=["bench-moe", "bench-tiny-moe"])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--lock", type=Path, metavar="FILE", help="measure while nobody else holds this file (flock)")
    parser.add_argument("--json", action="store_true", help="print all numbers as JSON")
    parser.add_argument("--quick", action="store_true", help="few tokens and short contexts, to see that it works")
    return parser


if __name__ == "__main__":
    main()
