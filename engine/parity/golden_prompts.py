"""The prompts of a network's case: ids, media, and what the reference made of them."""

from dataclasses import dataclass
from typing import Any

from torch import Tensor

from engine.checkpoint import read_json
from engine.media import Prompt
from engine.media_prompt import prompt_of_ids, read_placeholder_ids
from engine.parity.case import Case, CaseIncomplete
from engine.parity.golden_media import read_media
from engine.processors.settings import read_processor_settings


@dataclass(frozen=True, slots=True)
class GoldenPrompt:
    """expected: of expected.safetensors, without the prompt's name before the keys."""

    name: str
    prompt: Prompt
    expected: dict[str, Tensor]


def read_prompts(case: Case) -> list[GoldenPrompt]:
    folder = case.path("checkpoint")
    config = read_json(folder / "config.json")
    settings = read_processor_settings(folder, config)
    expected = case.tensors("expected.safetensors")
    tensors = case.tensors("inputs.safetensors") if (case.folder / "inputs.safetensors").exists() else {}
    prompts = []
    for name, entry in prompt_entries(case).items():
        media = read_media(name, entry, tensors, settings) if settings else ()
        prompt = prompt_of_ids(entry["input_ids"], media, read_placeholder_ids(config))
        prompts.append(GoldenPrompt(name, prompt, _of_prompt(name, expected)))
    return prompts


def prompt_entries(case: Case) -> dict[str, dict[str, Any]]:
    """Of inputs.json, by name; the file may hold other values beside them."""
    entries = case.json("inputs.json")
    prompts = {name: entry for name, entry in entries.items() if isinstance(entry, dict) and "input_ids" in entry}
    if not prompts:
        raise CaseIncomplete("inputs.json holds no prompt")
    return prompts


def _of_prompt(name: str, expected: dict[str, Tensor]) -> dict[str, Tensor]:
    """Of an FP8 case, what the weights alone make of it: the other variant quantises activations as well."""
    for prefix in (f"{name}.", f"weight_only.{name}."):
        found = {key.removeprefix(prefix): tensor for key, tensor in expected.items() if key.startswith(prefix)}
        if "topk_ids" in found:
            return found
    raise CaseIncomplete(f"expected.safetensors has no {name}.topk_ids")
