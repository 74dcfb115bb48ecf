"""A folder with random weights of a configuration, so that anybody can measure the same model without a download."""

import hashlib
import json
import os
import shutil
from pathlib import Path

import torch
from transformers import AutoConfig, AutoModelForCausalLM

from engine.checkpoint import read_json
from engine.errors import CheckpointError

PRESETS = Path(__file__).parent / "presets"
_SEED = 0


def preset_names() -> list[str]:
    return sorted(path.stem for path in PRESETS.glob("*.json"))


def random_model(config: str, cache: Path) -> Path:
    """config: a preset's name or a config.json. Written in bfloat16 once per configuration, then found in the cache."""
    path = PRESETS / f"{config}.json" if config in preset_names() else Path(config)
    if not path.is_file():
        raise CheckpointError(
            f"There is no configuration {config}; give a config.json, or one of {', '.join(preset_names())}."
        )
    fields = read_json(path)
    name = path.parent.name if path.name == "config.json" else path.stem
    folder = cache / f"{name}-{_digest(fields)}"
    if not folder.is_dir():
        _write(path, fields, folder)
    return folder


def _write(path: Path, fields: dict[str, object], folder: Path) -> None:
    """Under another name first, so that a folder of the right name is a whole one."""
    unfinished = folder.with_name(f"{folder.name}.{os.getpid()}")
    unfinished.mkdir(parents=True)
    try:
        torch.manual_seed(_SEED)
        config = AutoConfig.for_model(**fields)
        model = AutoModelForCausalLM.from_config(config, dtype=torch.bfloat16)
        model.save_pretrained(unfinished, save_original_format=True)
        (unfinished / "generation_config.json").unlink(missing_ok=True)
        unfinished.rename(folder)
    except (KeyError, TypeError, ValueError) as error:
        raise CheckpointError(f"transformers makes no model of {path}: {error}.") from error
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def _digest(fields: dict[str, object]) -> str:
    return hashlib.sha256(json.dumps(fields, sort_keys=True).encode()).hexdigest()[:12]
