"""Text to ids and back, for byte-level BPE tokenizers (Llama 3, Qwen, SmolLM, Intern-S1).

Text of users, files and tools is encoded by a twin without the added tokens, so it can never become a control token;
control tokens come from the dialect alone, by `control_id`.
"""

import codecs
import json
from functools import lru_cache
from pathlib import Path
from typing import Any

import gguf
from tokenizers import Regex, decoders, models, pre_tokenizers
from tokenizers import Tokenizer as BpeTokenizer

from engine.domain_spans import split_domain_spans
from engine.errors import CheckpointError

# Pre-tokenizers of GGUF files by name, as regular expressions or digit rules of the original tokenizer.json
_QWEN2_PATTERN = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
_GGUF_CONTROL, _GGUF_USER_DEFINED = 3, 4


def has_tokenizer(path: str | Path) -> bool:
    """A folder without tokenizer.json can still be run on token ids."""
    path = Path(path)
    return path.suffix == ".gguf" or (path / "tokenizer.json").is_file()


class Tokenizer:
    def __init__(
        self,
        bpe: BpeTokenizer,
        control_ids: dict[str, int],
        eos_token_ids: frozenset[int],
        has_domain_spans: bool = False,
    ) -> None:
        self._bpe = bpe
        self._control_ids = control_ids
        self._has_domain_spans = has_domain_spans
        self.eos_token_ids = eos_token_ids
        self._bytes = _token_bytes(bpe, control_ids)

    @classmethod
    def from_checkpoint(cls, path: str | Path) -> "Tokenizer":
        """Read a Hugging Face folder's tokenizer.json or the vocabulary inside a .gguf file."""
        path = Path(path)
        return _from_gguf(path) if path.suffix == ".gguf" else _from_folder(path)

    def encode(self, text: str) -> list[int]:
        """Ids of plain text; no control token can come out of it."""
        if not self._has_domain_spans:
            return list(self._bpe.encode(text, add_special_tokens=False).ids)
        ids: list[int] = []
        for piece, is_span in split_domain_spans(text):
            # A backslash is doubled inside JSON; as a token of its own it is copied twice instead of changed.
            parts = piece.replace("\\", "\0\\\0").split("\0") if is_span else [piece]
            for part in filter(None, parts):
                ids += self._bpe.encode(part, add_special_tokens=False).ids
        return ids

    def control_id(self, text: str) -> int | None:
        """Id of a control token such as <|im_start|>; None when this vocabulary has none of that name."""
        return self._control_ids.get(text)

    def decode(self, ids: list[int]) -> str:
        return b"".join(self._bytes.get(i, b"") for i in ids).decode("utf-8", errors="replace")

    def incremental_decoder(self) -> "IncrementalDecoder":
        return IncrementalDecoder(self._bytes)


class IncrementalDecoder:
    """Turns ids into text as they come; bytes of an unfinished character wait for the rest of it."""

    def __init__(self, token_bytes: dict[int, bytes]) -> None:
        self._token_bytes = token_bytes
        self._utf8 = codecs.getincrementaldecoder("utf-8")(errors="replace")

    def push(self, ids: list[int]) -> str:
        return self._utf8.decode(b"".join(self._token_bytes.get(i, b"") for i in ids))

    def flush(self) -> str:
        return self._utf8.decode(b"", final=True)


def _from_folder(folder: Path) -> Tokenizer:
    spec = _read_json(folder / "tokenizer.json")
    decoder = spec.get("decoder") or {}
    kinds = {decoder.get("type"), *(part.get("type") for part in decoder.get("decoders", ()))}
    if "ByteLevel" not in kinds:
        raise CheckpointError(f"{folder / 'tokenizer.json'} is not a byte-level tokenizer, the only kind supported.")
    control_ids = {token["content"]: token["id"] for token in spec.get("added_tokens", ())}
    twin = {**spec, "added_tokens": [], "post_processor": None}
    settings = _read_json(folder / "tokenizer_config.json", default={})
    return Tokenizer(
        _parse(twin, folder),
        control_ids,
        _eos_token_ids(folder),
        has_domain_spans=bool(settings.get("benchside_domain_spans", False)),
    )


def _parse(spec: dict[str, Any], folder: Path) -> BpeTokenizer:
    try:
        return BpeTokenizer.from_str(json.dumps(spec))
    except Exception as error:  # the library raises nothing more specific
        raise CheckpointError(f"{folder / 'tokenizer.json'} cannot be read: {error}.") from error


def _eos_token_ids(folder: Path) -> frozenset[int]:
    for name in ("generation_config.json", "config.json"):
        eos = _read_json(folder / name, default={}).get("eos_token_id")
        if eos is not None:
            return frozenset([eos] if isinstance(eos, int) else eos)
    return frozenset()


def _read_json(path: Path, default: dict[str, Any] | None = None) -> dict[str, Any]:
    if not path.is_file():
        if default is None:
            raise CheckpointError(f"{path} is missing. Copy it next to the weights and restart.")
        return default
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except (ValueError, OSError) as error:
        raise CheckpointError(f"{path} cannot be read: {error}.") from error


def _from_gguf(path: Path) -> Tokenizer:
    fields = gguf.GGUFReader(path).fields
    if "tokenizer.ggml.tokens" not in fields or fields["tokenizer.ggml.model"].contents() != "gpt2":
        raise CheckpointError(f"{path} holds no byte-level BPE vocabulary, the only kind supported.")
    tokens = fields["tokenizer.ggml.tokens"].contents()
    types = fields["tokenizer.ggml.token_type"].contents()
    bpe = bpe_tokenizer(
        tokens, fields["tokenizer.ggml.merges"].contents(), str(fields["tokenizer.ggml.pre"].contents()), path
    )
    control_ids = {
        token: i
        for i, (token, kind) in enumerate(zip(tokens, types, strict=True))
        if kind in (_GGUF_CONTROL, _GGUF_USER_DEFINED)
    }
    names = ("tokenizer.ggml.eos_token_id", "tokenizer.ggml.eot_token_id")
    return Tokenizer(bpe, control_ids, frozenset(int(fields[name].contents()) for name in names if name in fields))


def bpe_tokenizer(tokens: list[str], merges: list[str], pre_tokenizer: str, path: Path) -> BpeTokenizer:
    """Byte-level BPE from a GGUF vocabulary. pre_tokenizer: the file's `tokenizer.ggml.pre`."""
    bpe = BpeTokenizer(
        models.BPE(
            vocab={token: i for i, token in enumerate(tokens)},
            merges=[(left, right) for left, right in (merge.split(" ", 1) for merge in merges)],
        )
    )
    if pre_tokenizer == "smollm":
        split: pre_tokenizers.PreTokenizer = pre_tokenizers.Digits(individual_digits=True)
        byte_level = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
    elif pre_tokenizer == "qwen2":
        split = pre_tokenizers.Split(Regex(_QWEN2_PATTERN), behavior="isolated")
        byte_level = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    else:
        raise CheckpointError(f"{path} uses the pre-tokenizer '{pre_tokenizer}'; smollm and qwen2 are supported.")
    bpe.pre_tokenizer = pre_tokenizers.Sequence([split, byte_level])
    bpe.decoder = decoders.ByteLevel()
    return bpe


def _token_bytes(bpe: BpeTokenizer, control_ids: dict[str, int]) -> dict[int, bytes]:
    """id -> bytes. Byte-level vocabularies write each byte as one printable character."""
    table = byte_of_character()
    spoken = {
        token_id: bytes(table[character] for character in token)
        for token, token_id in bpe.get_vocab().items()
        if set(token) <= table.keys()
    }
    return spoken | {token_id: text.encode() for text, token_id in control_ids.items()}


@lru_cache(maxsize=1)
def byte_of_character() -> dict[str, int]:
    """GPT-2's table: printable Latin-1 bytes stand for themselves, the others are shifted to 256 and up, in order."""
    printable = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)]
    others = [b for b in range(256) if b not in printable]
    return {chr(b): b for b in printable} | {chr(256 + i): b for i, b in enumerate(others)}
