"""The dynamic tokenizer: every string to ids and back, with and without RDKit. Exact, as meta.json asks."""

import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from engine.parity.case import Case, CaseIncomplete
from engine.parity.check import Check, exact
from engine.tokenizer import Tokenizer

_VOCABULARY = "tokenizer_SMILES.model"


def check_tokens(case: Case) -> Iterator[Check]:
    lines = case.path("cases.jsonl").read_text(encoding="utf-8").splitlines()
    strings: list[dict[str, Any]] = [json.loads(line) for line in lines]
    folder = tokenizer_folder(case)
    with_rdkit = Tokenizer.from_checkpoint(folder, uses_rdkit=True)
    without = Tokenizer.from_checkpoint(folder, uses_rdkit=False)

    def ids_without(string: dict[str, Any]) -> list[int]:
        ids: list[int] | None = string["ids_no_rdkit"]
        return list(string["ids_rdkit"]) if ids is None else ids

    def compare(name: str, ours: Callable[[Any], object], theirs: Callable[[Any], object]) -> Check:
        wrong = [repr(string["text"][:60]) for string in strings if ours(string) != theirs(string)]
        return exact(case.name, name, wrong, len(strings))

    yield compare("ids with RDKit", lambda s: with_rdkit.encode_with_control(s["text"]), lambda s: s["ids_rdkit"])
    yield compare("ids without RDKit", lambda s: without.encode_with_control(s["text"]), ids_without)
    yield compare("text of ids", lambda s: with_rdkit.decode(s["ids_rdkit"]), lambda s: s["decoded"])
    yield compare(
        "text of ids, special tokens skipped",
        lambda s: with_rdkit.decode(s["ids_rdkit"], skips_special=True),
        lambda s: _first(s["decoded_skip_special"], s["decoded"]),
    )
    yield compare(
        "text of ids without RDKit",
        lambda s: without.decode(ids_without(s)),
        lambda s: _first(s["decoded_no_rdkit"], s["decoded"]),
    )
    yield compare(
        "text of ids, one at a time",
        lambda s: _decoded_one_by_one(with_rdkit, s["ids_rdkit"]),
        lambda s: s["decoded"],
    )


def tokenizer_folder(case: Case) -> Path:
    found = case.beside(_VOCABULARY)
    if found is None:
        raise CaseIncomplete(f"no case beside it has a checkpoint with the released tokenizer ({_VOCABULARY})")
    return found.parent


def _first(value: str | None, otherwise: str) -> str:
    return otherwise if value is None else value


def _decoded_one_by_one(tokenizer: Tokenizer, ids: Iterable[int]) -> str:
    decoder = tokenizer.incremental_decoder()
    return "".join(decoder.push([token_id]) for token_id in ids) + decoder.flush()
