"""Small dynamic tokenizers as released folders: sentencepiece models of a few pieces, in the layout of Pro or of S1."""

import json
import struct
from collections.abc import Sequence
from pathlib import Path

from engine.byte_level import byte_of_character

NUCLEIC = ["A", "C", "G", "T", "U", "AC", "GT"]
PROTEIN = [*"ACDEFGHIKLMNPQRSTVWY", "AA", "AAAA", "KT"]
SMILES = [*"CcNnOoSFI()=#[]@H+-123/\\", "CC", "cc", "=O", "(=O)", "CCC"]
PRO_CONTROLS = ["<|im_start|>", "<|im_end|>", "<think>", "<SMILES>", "</SMILES>", "<protein>", "</protein>"]
PRO_CONTROLS += ["<dna>", "</dna>", "<rna>", "</rna>"]


def sentencepiece_model(pieces: Sequence[str], model_type: int = 2, adds_prefix: bool = False) -> bytes:
    """<unk> and the given pieces; those of one character merge with nothing, the others in their order."""
    unknown = _field(1, b"<unk>") + b"\x18\x02"
    messages = [unknown, *(_field(1, text.encode()) + b"\x15" + struct.pack("<f", -i) for i, text in enumerate(pieces))]
    trainer = bytes([3 << 3, model_type])
    normaliser = _field(1, b"identity") + bytes([3 << 3, adds_prefix, 4 << 3, 0])
    return b"".join(_field(1, message) for message in messages) + _field(2, trainer) + _field(3, normaliser)


def write_pro_folder(folder: Path) -> Path:
    """Ids: the bytes, one merge, the control tokens, then the pieces of SMILES, PROT and XNA."""
    first_control = _write_vocabulary(folder)
    controls = {text: first_control + i for i, text in enumerate(PRO_CONTROLS)}
    settings, first_id = {"eos_token": "<|im_end|>"}, first_control + len(controls)
    for name, pieces in (("SMILES", SMILES), ("PROT", PROTEIN), ("XNA", NUCLEIC)):
        (folder / f"tokenizer_{name}.model").write_bytes(sentencepiece_model(pieces))
        settings[f"offset_{name}"] = first_id
        first_id += len(pieces) + 1
    (folder / "added_tokens.json").write_text(json.dumps(controls))
    (folder / "tokenizer_config.json").write_text(json.dumps(settings))
    return folder


def write_s1_folder(folder: Path) -> Path:
    """The released ids from 151,669 on: 256, 512 and 512 pieces, each model before its own tags."""
    _write_vocabulary(folder)
    for name, pieces, size in (("SMILES", SMILES, 256), ("IUPAC", ["m", "e"], 512), ("FASTA", PROTEIN, 512)):
        filler = [chr(0x4E00 + i) for i in range(size - 1 - len(pieces))]
        (folder / f"tokenizer_{name}.model").write_bytes(sentencepiece_model([*pieces, *filler]))
    controls = {"<|im_start|>": 151644, "<|im_end|>": 151645, "<TS_CONTEXT>": 152973}
    for name, token_id in (("SMILES", 151925), ("SELFIES", 151927), ("IUPAC", 152441), ("FASTA", 152955)):
        controls |= {f"<{name}>": token_id, f"</{name}>": token_id + 1}
    (folder / "added_tokens.json").write_text(json.dumps(controls))
    return folder


def write_qwen_folder(folder: Path) -> Path:
    """vocab.json and merges.txt without any domain."""
    first_control = _write_vocabulary(folder)
    decoder = {str(first_control + i): {"content": text} for i, text in enumerate(["<|im_start|>", "<|im_end|>"])}
    settings = {"added_tokens_decoder": decoder, "eos_token": {"content": "<|im_end|>"}}
    (folder / "tokenizer_config.json").write_text(json.dumps(settings))
    return folder


def _write_vocabulary(folder: Path) -> int:
    vocabulary = dict(byte_of_character()) | {"CC": 256}
    (folder / "vocab.json").write_text(json.dumps(vocabulary))
    (folder / "merges.txt").write_text("#version: 0.2\nC C\n")
    return len(vocabulary)


def _field(number: int, content: bytes) -> bytes:
    length, encoded = len(content), b""
    while length > 127:
        encoded += bytes([length & 127 | 128])
        length >>= 7
    return bytes([number << 3 | 2]) + encoded + bytes([length]) + content
