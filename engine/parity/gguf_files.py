"""GGUF files of every type: tensors as llama.cpp dequantises them, and the logits of a network that uses them so.

llama.cpp's own logits are not compared: it quantises activations as well, and is off by what meta.json calls measured.
"""

from collections.abc import Iterator
from pathlib import Path

import torch
from torch import Tensor

from engine.checkpoint import Checkpoint, open_checkpoint
from engine.parity.case import Case, CaseIncomplete
from engine.parity.check import Check, close, exact
from engine.parity.network import load_decoder, run_step

_NAMES = {  # of the tensors in the golden data; a stack of experts begins with the first one
    "blk.0.attn_v.weight": "model.layers.0.self_attn.v_proj.weight",
    "blk.0.ffn_down.weight": "model.layers.0.mlp.down_proj.weight",
    "blk.0.ffn_down_exps.weight": "model.layers.0.mlp.experts.0.down_proj.weight",
    "blk.0.ffn_gate_exps.weight": "model.layers.0.mlp.experts.0.gate_proj.weight",
    "blk.1.attn_q.weight": "model.layers.1.self_attn.q_proj.weight",
    "output.weight": "lm_head.weight",
    "token_embd.weight": "model.embed_tokens.weight",
}


def check_gguf(case: Case) -> Iterator[Check]:
    expected = case.tensors("expected.safetensors")
    prompts: list[list[int]] = case.json("inputs.json")["prompts"]
    tolerance = case.tolerance("against dequant_float32")
    files = {file.stem.replace("-tiny-", "-"): file for file in sorted(case.folder.glob("*.gguf"))}
    for name in sorted({key.split(".")[0] for key in expected}):
        if name not in files:
            raise CaseIncomplete(f"{name.replace('-', '-tiny-', 1)}.gguf is missing")
        checkpoint = open_checkpoint(files[name])
        yield exact(case.name, f"{name}: tensors", *_wrong_tensors(checkpoint, expected, name))
        theirs = torch.stack([expected[f"{name}.dequant_float32.prompt{i}"] for i in range(len(prompts))])
        ours = _logits(files[name], prompts)
        yield close(case.name, f"{name}: logits of {len(prompts)} prompts", ours, theirs, tolerance)


def _wrong_tensors(checkpoint: Checkpoint, expected: dict[str, Tensor], name: str) -> tuple[list[str], int]:
    prefix = f"{name}.dequantised_first256."
    tensors = {key.removeprefix(prefix): values for key, values in expected.items() if key.startswith(prefix)}
    wrong = [key for key, values in tensors.items() if not torch.equal(_first_256(checkpoint, key), values)]
    return wrong, len(tensors)


def _first_256(checkpoint: Checkpoint, gguf_name: str) -> Tensor:
    return checkpoint.tensor(_NAMES[gguf_name]).float().flatten()[:256]


@torch.inference_mode()
def _logits(file: Path, prompts: list[list[int]]) -> Tensor:
    """[prompts, V] after the last token of each."""
    model, decoder = load_decoder(file, max(map(len, prompts)))
    return torch.stack([run_step(model, decoder, prompt, num_logits=1).logits[0] for prompt in prompts])
