"""What a person may ask of `python -m engine.bench`."""

import argparse
import os
from dataclasses import dataclass
from math import inf
from pathlib import Path

from platformdirs import user_cache_path

from engine.bench.measures import Measure, chat_mix, context_cost, first_token, prefix_cache, throughput
from engine.bench.model_facts import WEIGHT_SIZES
from engine.bench.random_model import preset_names
from engine.bench.turns import Conditions

KINDS = ("throughput", "first-token", "prefix", "context", "mix", "start-up")
_DEFAULT_KINDS = ["throughput", "first-token", "prefix"]
_DESCRIPTION = """How fast a model runs here: our engine, and peers on the same token ids in turns with it.

Every side is loaded once, in a process of its own. Each round serves every measure on every side; figures are medians
over the rounds. With --dtype int8, llama.cpp runs q8_0 and the other peers bfloat16."""
_PEER_PROGRAMS = {"transformers": "transformers", "llama.cpp": "llama_cpp", "vllm": "vllm"}
_OF_ITS_OWN = ("llama.cpp", "vllm")


@dataclass(frozen=True)
class Peer:
    """name: one of those known here, or the URL of a server. python: whose libraries it sees; "" for our own."""

    name: str
    python: str

    @property
    def program(self) -> str:
        return _PEER_PROGRAMS.get(self.name, "server")


@dataclass(frozen=True)
class Options:
    model: Path | None
    random: str | None
    dtype: str
    peers: list[Peer]
    measures: list[Measure]
    has_starts: bool
    num_rounds: int
    num_threads: int
    cache: Path
    conditions: Conditions
    json: Path | None


def parse(arguments: list[str] | None) -> Options:
    parser = _parser()
    args = parser.parse_args(arguments)
    if args.quick:
        _shorten(args)
    if not (measures := _measures(args)):
        parser.error("--measure start-up needs another measure beside it")
    return Options(
        model=args.model,
        random=args.random,
        dtype=args.dtype,
        peers=_peers(args, parser),
        measures=measures,
        has_starts="start-up" in args.measure,
        num_rounds=args.rounds,
        num_threads=args.threads,
        cache=args.cache,
        conditions=Conditions(args.lock, args.max_foreign),
        json=args.json,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m engine.bench", description=_DESCRIPTION, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    model = parser.add_mutually_exclusive_group(required=True)
    model.add_argument("--model", type=Path, metavar="FOLDER", help="a Hugging Face folder")
    model.add_argument("--random", metavar="CONFIG", help=f"random weights: {', '.join(preset_names())}, a config.json")
    parser.add_argument("--dtype", default="bfloat16", choices=list(WEIGHT_SIZES))
    parser.add_argument(
        "--peer",
        action="append",
        default=[],
        help=f"{', '.join(_PEER_PROGRAMS)}, or the URL of an OpenAI-compatible server, such as "
        "http://localhost:8000/v1; may be repeated",
    )
    parser.add_argument(
        "--peer-python", action="append", default=[], metavar="PEER=PATH", help="the Python that has this peer"
    )
    parser.add_argument("--measure", nargs="+", default=_DEFAULT_KINDS, choices=KINDS)
    parser.add_argument("--batch", type=int, nargs="+", default=[1, 8, 32], help="requests at once, for throughput")
    parser.add_argument("--prompt-tokens", type=int, default=128, help="of each of these requests")
    parser.add_argument("--new-tokens", type=int, default=128, help="of each of these requests")
    parser.add_argument("--first-token", type=int, nargs="+", default=[512, 2048], help="prompt lengths")
    parser.add_argument("--prefix", type=int, nargs=2, default=[2048, 1900], metavar=("LENGTH", "CACHED"))
    parser.add_argument("--context", type=int, nargs="+", default=[128, 1024, 4096], help="up to what the model can")
    parser.add_argument("--mix-requests", type=int, default=32)
    parser.add_argument("--mix-longest", type=int, default=1024, help="of its prompts and answers")
    parser.add_argument("--mix-rate", type=float, help="requests per second; without it all come at once")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=os.cpu_count(), help="of every side")
    parser.add_argument("--cache", type=Path, default=user_cache_path("benchside") / "bench", help="for written models")
    parser.add_argument("--lock", type=Path, metavar="FILE", help="measure while nobody else holds this file (flock)")
    parser.add_argument(
        "--max-foreign", type=float, default=inf, metavar="CORES", help="repeat a round while others use more"
    )
    parser.add_argument("--json", type=Path, help="write all numbers to this file")
    parser.add_argument("--quick", action="store_true", help="a minute's look: tiny jobs, one round")
    return parser


def _shorten(args: argparse.Namespace) -> None:
    args.rounds, args.batch, args.prompt_tokens, args.new_tokens = 1, [1, 2], 9, 5
    args.first_token, args.prefix, args.context = [40], [80, 64], [16, 48]
    args.mix_requests, args.mix_longest = 2, 32


def _peers(args: argparse.Namespace, parser: argparse.ArgumentParser) -> list[Peer]:
    pythons = dict(text.partition("=")[::2] for text in args.peer_python)
    if unused := pythons.keys() - {*args.peer}:
        parser.error(f"--peer-python names {', '.join(sorted(unused))}, which no --peer does")
    if len({*args.peer}) < len(args.peer):
        parser.error("a --peer is given twice")
    peers = [Peer(name, pythons.get(name, "")) for name in args.peer]
    for peer in peers:
        if peer.program == "server" and not peer.name.startswith(("http://", "https://")):
            parser.error(f"--peer {peer.name} is none of {', '.join(_PEER_PROGRAMS)} and no URL")
        if peer.name in _OF_ITS_OWN and not peer.python:
            parser.error(f"{peer.name} is not installed with this project; say --peer-python {peer.name}=PATH")
    return peers


def _measures(args: argparse.Namespace) -> list[Measure]:
    made = {
        "throughput": [throughput(number, args.prompt_tokens, args.new_tokens) for number in args.batch],
        "first-token": [first_token(length) for length in args.first_token],
        "prefix": [prefix_cache(*args.prefix)],
        "context": [context_cost(sorted(args.context))],
        "mix": [chat_mix(args.mix_requests, args.mix_longest, args.mix_rate)],
        "start-up": [],
    }
    return [measure for kind in KINDS if kind in args.measure for measure in made[kind]]
