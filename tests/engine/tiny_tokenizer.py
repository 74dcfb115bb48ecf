"""A small byte-level tokenizer as a Hugging Face folder: one token a byte, given merges, control tokens."""

import json
from pathlib import Path

from engine.byte_level import byte_of_character
from engine.tokenizer import Tokenizer

CONTROLS = ("<|im_start|>", "<|im_end|>", "<think>", "</think>", "<tool_call>", "</tool_call>")
CONTROLS += ("<tool_response>", "</tool_response>")


def write_tokenizer(
    folder: Path, merges: tuple[tuple[str, str], ...] = (), has_domain_spans: bool = False
) -> Tokenizer:
    """Ids: 0..255 the bytes, then one for each merge, then the control tokens."""
    vocabulary = dict(byte_of_character())
    for left, right in merges:
        vocabulary[left + right] = len(vocabulary)
    added = [
        {"id": len(vocabulary) + i, "content": text, "special": True, "single_word": False}
        | {"lstrip": False, "rstrip": False, "normalized": False}
        for i, text in enumerate(CONTROLS)
    ]
    spec = {
        "version": "1.0",
        "added_tokens": added,
        "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True},
        "decoder": {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True},
        "model": {"type": "BPE", "vocab": vocabulary, "merges": list(merges)},
    }
    (folder / "tokenizer.json").write_text(json.dumps(spec))
    (folder / "tokenizer_config.json").write_text(json.dumps({"benchside_domain_spans": has_domain_spans}))
    (folder / "generation_config.json").write_text(json.dumps({"eos_token_id": added[1]["id"]}))
    return Tokenizer.from_checkpoint(folder)
