"""How fast a model runs here: our engine, peers on the same token ids, and what the memory of this machine allows.

    python -m engine.bench --random bench-moe --peer llama.cpp --peer-python llama.cpp=/path/to/python

Peers are installed elsewhere, each with a Python of its own, or run already as servers.
"""

import json
import platform
import sys

from engine.bench.findings import Findings
from engine.bench.model_facts import active_weight_bytes, weight_bytes
from engine.bench.options import Options, parse
from engine.bench.random_model import random_model
from engine.bench.report import Subject, as_json, table
from engine.bench.specs import side_specs
from engine.bench.turns import Turns
from engine.checkpoint import open_checkpoint
from engine.errors import EngineError
from engine.model_config import read_model_config


def run(options: Options) -> tuple[Subject, Findings]:
    """Everything that was measured."""
    folder = random_model(options.random, options.cache) if options.random else options.model
    assert folder is not None
    checkpoint = open_checkpoint(folder)
    model = read_model_config(checkpoint.config, folder)
    specs = side_specs(options, checkpoint, model)
    turns = Turns(specs, model.vocab_size, options.conditions, _say)
    try:
        turns.start(options.measures)
        turns.measure(options.measures, options.num_rounds)
    finally:
        turns.close()
    if options.has_starts:
        turns.restart(options.num_rounds)
    subject = Subject(
        model=options.random or str(folder),
        dtype=options.dtype,
        machine=platform.processor() or platform.machine(),
        num_threads=options.num_threads,
        num_rounds=options.num_rounds,
        weight_bytes=weight_bytes(checkpoint, options.dtype),
        active_weight_bytes=active_weight_bytes(model, options.dtype),
        labels=[spec.label for spec in specs],
    )
    return subject, turns.findings


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def main(arguments: list[str] | None = None) -> None:
    options = parse(arguments)
    try:
        subject, findings = run(options)
    except EngineError as error:
        sys.exit(str(error))
    print(table(subject, findings))
    if options.json:
        options.json.write_text(json.dumps(as_json(subject, findings), indent=2), encoding="utf-8")


if __name__ == "__main__":
    main()
