"""The training conversations on disk: shards of JSON lines, made once by a pool of processes, the same every time."""

import json
import random
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from functools import partial
from pathlib import Path

from assistant.nano.dialogues import Dialogue, DialogueMaker
from assistant.nano.molecules import MoleculeSampler, load_compounds
from engine.messages import Message, ToolCall

SHARD_SIZE = 500


def write_corpus(folder: Path, num_shards: int, num_workers: int = 2) -> None:
    """Write the shards that are not there yet."""
    folder.mkdir(parents=True, exist_ok=True)
    missing = [index for index in range(num_shards) if not shard_path(folder, index).exists()]
    with ProcessPoolExecutor(num_workers) as pool:
        for _ in pool.map(partial(_write_shard, folder), missing):
            pass


def read_shard(path: Path) -> Iterator[Dialogue]:
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            record = json.loads(line)
            yield Dialogue(_messages(record["history"]), _messages(record["turn"]), record["enable_thinking"])


def shard_path(folder: Path, index: int) -> Path:
    return folder / f"dialogues-{index:03d}.jsonl"


def _write_shard(folder: Path, index: int) -> None:
    rng = random.Random(f"nano corpus {index}")
    maker = DialogueMaker(MoleculeSampler(load_compounds(held_out=False), rng), rng)
    path = shard_path(folder, index)
    partial_path = path.with_suffix(".partial")
    with partial_path.open("w", encoding="utf-8") as out:
        for _ in range(SHARD_SIZE):
            out.write(json.dumps(asdict(maker.make()), ensure_ascii=False) + "\n")
    partial_path.rename(path)


def _messages(records: list[dict[str, object]]) -> tuple[Message, ...]:
    messages = []
    for record in records:
        calls = tuple(ToolCall(**call) for call in record.pop("tool_calls"))  # type: ignore[attr-defined]
        messages.append(Message(**record, tool_calls=calls))  # type: ignore[arg-type]
    return tuple(messages)
