"""Byte-level BPE: GPT-2's byte alphabet, Qwen2's way to cut text into words, and a text's ids by the kept Rust library.

Facts: the released tokenizer.json, merges.txt and GGUF files of Qwen2/3, SmolLM and Intern-S1.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from tokenizers import Regex, decoders, models, pre_tokenizers
from tokenizers import Tokenizer as BpeTokenizer

from engine.errors import CheckpointError, InvalidRequest

# Pre-tokenizers of GGUF files by name, as regular expressions or digit rules of the original tokenizer.json
_QWEN2_PATTERN = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)


def bpe_tokenizer(tokens: list[str], merges: list[str], pre_tokenizer: str, path: Path) -> BpeTokenizer:
    """Byte-level BPE from a vocabulary in order of ids. pre_tokenizer: a GGUF file's `tokenizer.ggml.pre`."""
    return bpe_of_vocabulary({token: i for i, token in enumerate(tokens)}, merges, pre_tokenizer, path)


def bpe_of_vocabulary(vocabulary: Mapping[str, int], merges: list[str], pre_tokenizer: str, path: Path) -> BpeTokenizer:
    """path: the file that the merges come from, for the error. The library's word cache holds 10,000 short words."""
    if pre_tokenizer == "smollm":
        split: pre_tokenizers.PreTokenizer = pre_tokenizers.Digits(individual_digits=True)
        byte_level = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
    elif pre_tokenizer == "qwen2":
        split = pre_tokenizers.Split(Regex(_QWEN2_PATTERN), behavior="isolated")
        byte_level = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    else:
        raise CheckpointError(f"{path} uses the pre-tokenizer '{pre_tokenizer}'; smollm and qwen2 are supported.")
    try:
        pairs = [(left, right) for left, right in (merge.split(" ") for merge in merges)]
        bpe = BpeTokenizer(models.BPE(vocab=dict(vocabulary), merges=pairs))
    except Exception as error:  # the library raises nothing more specific
        raise CheckpointError(f"{path} holds merges that do not fit its vocabulary: {error}.") from error
    bpe.pre_tokenizer = pre_tokenizers.Sequence([split, byte_level])
    bpe.decoder = decoders.ByteLevel()
    return bpe


def ids_of_text(bpe: BpeTokenizer, text: str) -> list[int]:
    try:
        return list(bpe.encode(text, add_special_tokens=False).ids)
    except (TypeError, UnicodeEncodeError) as error:  # what the library makes of half a surrogate pair
        place = next((i for i, character in enumerate(text) if "\ud800" <= character <= "\udfff"), None)
        if place is None:
            raise
        raise InvalidRequest(f"Character {place + 1} of the text is half a character. Remove it.") from error


def pattern_of_literals(literals: list[str]) -> re.Pattern[str]:
    """Splits at any of the literals, the longest first, and keeps them."""
    longest_first = sorted(literals, key=len, reverse=True)
    return re.compile(f"({'|'.join(map(re.escape, longest_first))})" if longest_first else r"((?!))")


def bytes_of_token(token: str) -> bytes | None:
    """None for a token that is not written in the byte alphabet, such as a control token with a space."""
    table = byte_of_character()
    return bytes(table[character] for character in token) if set(token) <= table.keys() else None


@lru_cache(maxsize=1)
def byte_of_character() -> dict[str, int]:
    """GPT-2's table: printable Latin-1 bytes stand for themselves, the others are shifted to 256 and up, in order."""
    printable = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)]
    others = [b for b in range(256) if b not in printable]
    return {chr(b): b for b in printable} | {chr(256 + i): b for i, b in enumerate(others)}
