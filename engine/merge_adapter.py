"""Merge low-rank adapters into a checkpoint and write the result as a Hugging Face folder.

W' = W + (lora_alpha / r) * B @ A, computed in float32, stored in bfloat16. An adapter folder is peft's
(adapter_config.json, adapter_model.safetensors), optionally with control_tokens.safetensors, whose `rows` replace the
embeddings of `token_ids`.
"""

import json
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from engine.checkpoint import open_checkpoint
from engine.errors import CheckpointError

_PEFT_PREFIX = "base_model.model."
EMBEDDINGS = "model.embed_tokens.weight"


def merge_adapter(base: str | Path, adapter: Path, out: Path) -> None:
    """base: a checkpoint that open_checkpoint reads. out must not exist."""
    checkpoint = open_checkpoint(base)
    settings = json.loads((adapter / "adapter_config.json").read_text(encoding="utf-8"))
    scale = settings["lora_alpha"] / settings["r"]
    updates = load_file(adapter / "adapter_model.safetensors")

    merged = {}
    for name in checkpoint.names():
        weight = checkpoint.tensor(name).float()
        stem = _PEFT_PREFIX + name.removesuffix(".weight")
        down, up = updates.pop(f"{stem}.lora_A.weight", None), updates.pop(f"{stem}.lora_B.weight", None)
        if down is not None and up is not None:
            weight += scale * (up.float() @ down.float())
        merged[name] = weight.to(torch.bfloat16)
    if updates:
        raise CheckpointError(f"{adapter} adapts {next(iter(updates))}, which {base} does not have.")
    _replace_rows(merged, adapter / "control_tokens.safetensors")

    out.mkdir(parents=True)
    save_file(merged, out / "model.safetensors", metadata={"format": "pt"})
    config = {**checkpoint.config, "torch_dtype": "bfloat16"}
    (out / "config.json").write_text(json.dumps(config, indent=2), encoding="utf-8")


def _replace_rows(merged: dict[str, Tensor], path: Path) -> None:
    if path.is_file():
        control = load_file(path)
        merged[EMBEDDINGS][control["token_ids"]] = control["rows"]
