"""Which folders are golden cases, of which kind, and what is checked in each."""

import json
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from safetensors import SafetensorError

from engine.errors import EngineError
from engine.parity.case import Case
from engine.parity.chat_template import check_chat_template
from engine.parity.check import Check, failure
from engine.parity.fp8 import check_fp8
from engine.parity.gguf_files import check_gguf
from engine.parity.networks import check_network
from engine.parity.pictures import check_pictures
from engine.parity.series import check_series
from engine.parity.tokens import check_tokens

logger = logging.getLogger(__name__)

CheckCase = Callable[[Case], Iterator[Check]]


@dataclass(frozen=True, slots=True)
class Kind:
    """phrase: in what meta.json says the case is. file: a pattern that no kind further down has."""

    phrase: str
    file: str
    check: CheckCase


KINDS = (
    Kind("Time-series encoder", "token_counts.json", check_series),
    Kind("Scaled-down Intern-S1", "checkpoint", check_network),
    Kind("grouped GEMM", "data.safetensors", check_fp8),
    Kind("preprocessing", "resize_tables.json", check_pictures),
    Kind("GGUF", "*.gguf", check_gguf),
    Kind("tokenizer", "cases.jsonl", check_tokens),
    Kind("chat template", "cases.json", check_chat_template),
)


def recognise(folder: Path) -> CheckCase | None:
    """None: not a case that we know."""
    what = _what(folder)
    by_phrase = (kind.check for kind in KINDS if kind.phrase in what)
    by_file = (kind.check for kind in KINDS if any(folder.glob(kind.file)))
    return next(by_phrase, None) or next(by_file, None)


def run_case(folder: Path, check: CheckCase) -> Iterator[Check]:
    """A case that cannot be carried through ends in a failed check that says why."""
    case = Case(folder)
    try:
        yield from check(case)
    except (EngineError, OSError, SafetensorError, json.JSONDecodeError) as error:
        yield failure(case.name, "the case can be read", str(error))
    except Exception as error:
        logger.exception("%s broke off", case.name)
        yield failure(case.name, "the case runs to its end", f"{type(error).__name__}: {error}")


def _what(folder: Path) -> str:
    try:
        meta = json.loads((folder / "meta.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):  # then the files must tell
        return ""
    return str(meta.get("what", "")) if isinstance(meta, dict) else ""
