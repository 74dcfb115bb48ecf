"""python -m kernels.bench: every kernel on this GPU against torch and against the bound of its roofline.

Medians of interleaved rounds, each with cold caches. Shapes are those of Intern-S1, its mini and Pro.
"""

import argparse
import json
import sys
from dataclasses import asdict

import torch

from kernels.bench.cases import all_cases
from kernels.bench.compare import GpuClock, Result, compare, known_device


@torch.inference_mode()
def main(arguments: list[str] | None = None) -> int:
    args = _parser().parse_args(arguments)
    if not torch.cuda.is_available():
        print("kernels.bench measures GPUs, and PyTorch finds none here.", file=sys.stderr)
        return 2
    torch.manual_seed(0)
    name, clock, results = torch.cuda.get_device_name(), GpuClock(), []
    print(name, file=sys.stderr)
    for case in all_cases("cuda", tuple(args.tokens)):
        if args.operation in case.operation:
            results.append(compare(case, args.rounds, clock, known_device(name)))
            print(_row(results[-1]), file=sys.stderr if args.json else sys.stdout, flush=True)
    if args.json:
        print(json.dumps([{"device": name, **asdict(result), "ratio": result.ratio} for result in results], indent=1))
    return 0


def _row(result: Result) -> str:
    bound = "" if result.roofline_us is None else f"{result.roofline_us / result.ours_us:>6.0%} of the roofline"
    times = f"{result.ours_us:>10,.1f} us {result.torch_us:>10,.1f} us torch {result.ratio:>6.2f} x"
    return f"{result.operation:<28} {result.shape:<24} {times} {bound}"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m kernels.bench", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=21)
    parser.add_argument("--tokens", type=int, nargs="+", default=[1, 64, 256, 8192], help="of a step")
    parser.add_argument("--operation", default="", help="only those with this in their name")
    parser.add_argument("--json", action="store_true", help="print all numbers as JSON")
    return parser


if __name__ == "__main__":
    sys.exit(main())
