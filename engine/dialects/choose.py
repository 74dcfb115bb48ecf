"""Which dialect a checkpoint speaks: Intern-S1's by its architecture, another family's by its own chat template."""

import json
from pathlib import Path
from typing import Any

from engine.dialects.base import Dialect
from engine.dialects.intern_s1 import InternS1Dialect
from engine.dialects.intern_s1_pro import InternS1ProDialect
from engine.dialects.segments import Encoder
from engine.dialects.template import TemplateDialect
from engine.errors import CheckpointError

INTERN_S1 = "InternS1ForConditionalGeneration"
INTERN_S1_PRO = ("InternS1ProForConditionalGeneration", "InternS1_1_ForConditionalGeneration")


def dialect_for(architecture: str, folder: Path | None) -> Dialect:
    """architecture: config.json's. folder: the checkpoint's; nano's has no template of its own and speaks Pro's."""
    if architecture == INTERN_S1:
        return InternS1Dialect()
    if architecture in INTERN_S1_PRO or folder is None:
        return InternS1ProDialect()
    settings = _read_json(folder / "tokenizer_config.json")
    source = _template_source(folder, settings)
    if source is None:
        return InternS1ProDialect()
    return TemplateDialect(folder.name, source, _control_tokens(folder, settings), _special_tokens(settings))


def dialect_of_gguf(tokenizer: Encoder) -> Dialect:
    """The family's GGUF files hold Intern-S1 or mini, never Pro, and name another architecture; <FASTA> tells them."""
    return InternS1ProDialect() if tokenizer.control_id("<FASTA>") is None else InternS1Dialect()


def _template_source(folder: Path, settings: dict[str, Any]) -> str | None:
    path = folder / "chat_template.jinja"
    if path.is_file():
        return _read_text(path)
    template = settings.get("chat_template")
    if isinstance(template, list):  # several by name; "default" is the one for conversations
        template = {entry["name"]: entry["template"] for entry in template}.get("default")
    return template


def _control_tokens(folder: Path, settings: dict[str, Any]) -> set[str]:
    listed = _read_json(folder / "tokenizer.json").get("added_tokens", ())
    tokens = {token["content"] for token in listed}
    tokens |= {token["content"] for token in settings.get("added_tokens_decoder", {}).values()}
    return tokens | _read_json(folder / "added_tokens.json").keys()


def _special_tokens(settings: dict[str, Any]) -> dict[str, str]:
    """bos_token, eos_token, ...: a text, or a description with the text as its content."""
    values = {key: value for key, value in settings.items() if key.endswith("_token")}
    texts = {key: value["content"] if isinstance(value, dict) else value for key, value in values.items()}
    return {key: text for key, text in texts.items() if isinstance(text, str)}


def _read_json(path: Path) -> dict[str, Any]:
    """Empty where there is no such file."""
    if not path.is_file():
        return {}
    try:
        return dict(json.loads(_read_text(path)))
    except ValueError as error:
        raise CheckpointError(f"{path} cannot be read: {error}.") from error


def _read_text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise CheckpointError(f"{path} cannot be read: {error}.") from error
