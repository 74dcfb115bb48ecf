"""Everything a tokenizer is made of, read from a checkpoint: tokenizer.json, vocab.json with merges.txt, or .gguf."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import gguf
from tokenizers import Tokenizer as BpeTokenizer

from engine.byte_level import bpe_of_vocabulary, bpe_tokenizer, bytes_of_token
from engine.errors import CheckpointError
from engine.intern_tokenizer_files import VocabularyFiles, layout_of, read_intern_encoder
from engine.plain_encoder import PlainEncoder, SpanEncoder

_GGUF_CONTROL, _GGUF_USER_DEFINED, _GGUF_UNUSED = 3, 4, 5
_ONE_FILE = "tokenizer.json"
_SEVERAL_FILES = ("vocab.json", "merges.txt", "added_tokens.json")


class TextEncoder(Protocol):
    def encode(self, text: str) -> list[int]: ...
    def encode_with_control(self, text: str) -> list[int]: ...


@dataclass(frozen=True, slots=True)
class TokenizerParts:
    """special_ids: tokens that only shape a prompt. uses_rdkit: None where nothing is detected."""

    encoder: TextEncoder
    token_bytes: Mapping[int, bytes]
    control_ids: Mapping[str, int]
    special_ids: frozenset[int]
    eos_token_ids: frozenset[int]
    uses_rdkit: bool | None = None


def has_tokenizer_files(folder: Path) -> bool:
    """One is enough: what misses the others is damaged, and said to be."""
    names = (_ONE_FILE, *_SEVERAL_FILES, "tokenizer_config.json")
    return any((folder / name).is_file() for name in names) or _has_models(folder)


def read_folder(folder: Path, uses_rdkit: bool) -> TokenizerParts:
    """Sentencepiece models stand for the dynamic tokenizer, even where somebody put a tokenizer.json beside them."""
    is_one_file = (folder / _ONE_FILE).is_file() or not any((folder / name).is_file() for name in _SEVERAL_FILES)
    return _from_one_file(folder) if is_one_file and not _has_models(folder) else _from_files(folder, uses_rdkit)


def read_gguf(path: Path) -> TokenizerParts:
    """No domains: GGUF files of Intern-S1 have its tokens, but runtimes for them use plain BPE throughout."""
    stored = _gguf_settings(path)
    if "tokens" not in stored or stored.get("model") != "gpt2":
        raise CheckpointError(f"{path} holds no byte-level BPE vocabulary, the only kind supported.")
    missing = [name for name in ("token_type", "merges", "pre") if name not in stored]
    if missing or len(stored["token_type"]) != len(stored["tokens"]):
        raise CheckpointError(f"{path} lacks tokenizer.ggml.{missing[0] if missing else 'token_type'}. Copy it again.")
    tokens: list[str] = stored["tokens"]
    kinds = dict(enumerate(stored["token_type"]))
    bpe = bpe_tokenizer(tokens, stored["merges"], str(stored["pre"]), path)
    control_ids = {token: i for i, token in enumerate(tokens) if kinds[i] in (_GGUF_CONTROL, _GGUF_USER_DEFINED)}
    return TokenizerParts(
        PlainEncoder(bpe, control_ids),
        _token_bytes({token: i for i, token in enumerate(tokens) if kinds[i] != _GGUF_UNUSED}, control_ids),
        control_ids,
        frozenset(i for i in control_ids.values() if kinds[i] == _GGUF_CONTROL),
        frozenset(int(stored[name]) for name in ("eos_token_id", "eot_token_id") if name in stored),
    )


def _gguf_settings(path: Path) -> dict[str, Any]:
    """The values under tokenizer.ggml."""
    prefix = "tokenizer.ggml."
    try:
        fields = gguf.GGUFReader(path).fields
        return {name.removeprefix(prefix): f.contents() for name, f in fields.items() if name.startswith(prefix)}
    except (OSError, ValueError, IndexError, KeyError) as error:  # what the reader raises on truncated or foreign files
        raise CheckpointError(f"{path} cannot be read as GGUF: {error}. Copy it again and restart.") from error


def _from_one_file(folder: Path) -> TokenizerParts:
    path = folder / _ONE_FILE
    spec = _read_json(path)
    try:
        decoder = spec.get("decoder") or {}
        kinds = {decoder.get("type"), *(part.get("type") for part in decoder.get("decoders", ()))}
        added = spec.get("added_tokens", ())
        control_ids = {str(token["content"]): int(token["id"]) for token in added}
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise CheckpointError(f"{path} cannot be read: its decoder or added_tokens are malformed.") from error
    if "ByteLevel" not in kinds:
        raise CheckpointError(f"{path} is not a byte-level tokenizer, the only kind supported.")
    bpe = _parse({**spec, "added_tokens": [], "post_processor": None}, path)
    settings = _read_json(folder / "tokenizer_config.json", default={})
    encoder = SpanEncoder if settings.get("benchside_domain_spans", False) else PlainEncoder
    return TokenizerParts(
        encoder(bpe, control_ids),
        _token_bytes(bpe.get_vocab(), control_ids),
        control_ids,
        frozenset(token["id"] for token in added if token.get("special")),
        _eos_token_ids(folder, control_ids, settings),
    )


def _from_files(folder: Path, uses_rdkit: bool) -> TokenizerParts:
    vocabulary = _ids_of_tokens(folder / "vocab.json", _read_json(folder / "vocab.json"))
    merges = _read_merges(folder / "merges.txt")
    settings = _read_json(folder / "tokenizer_config.json", default={})
    control_ids = _added_tokens(folder, settings)
    layout = layout_of(control_ids)
    encoder: TextEncoder
    if layout is not None:
        files = VocabularyFiles(folder, vocabulary, merges, control_ids, settings)
        encoder, domain_bytes = read_intern_encoder(files, layout, uses_rdkit)
    elif _has_models(folder):
        raise CheckpointError(f"{folder / 'added_tokens.json'} has not the tags of Intern-S1 or Intern-S1-Pro.")
    else:
        bpe = bpe_of_vocabulary(vocabulary, merges, "qwen2", folder / "merges.txt")
        encoder, domain_bytes = PlainEncoder(bpe, control_ids, normalizes=True), {}
    return TokenizerParts(
        encoder,
        _token_bytes(vocabulary, control_ids) | domain_bytes,
        control_ids,
        _special_ids(folder, control_ids, settings),
        _eos_token_ids(folder, control_ids, settings),
        uses_rdkit if layout is not None else None,
    )


def _has_models(folder: Path) -> bool:
    return any(folder.glob("tokenizer_*.model"))


def _parse(spec: dict[str, Any], path: Path) -> BpeTokenizer:
    try:
        return BpeTokenizer.from_str(json.dumps(spec))
    except Exception as error:  # the library raises nothing more specific
        raise CheckpointError(f"{path} cannot be read: {error}.") from error


def _read_merges(path: Path) -> list[str]:
    if not path.is_file():
        raise CheckpointError(f"{path} is missing. Copy it next to the weights and restart.")
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except (ValueError, OSError) as error:
        raise CheckpointError(f"{path} cannot be read: {error}.") from error
    merges = [line for i, line in enumerate(lines) if line and not (i == 0 and line.startswith("#version"))]
    for number, merge in enumerate(merges, start=1):
        if merge.count(" ") != 1:
            raise CheckpointError(f"{path} has no pair of tokens as merge {number:,}. Copy the file again.")
    return merges


def _added_tokens(folder: Path, settings: Mapping[str, Any]) -> dict[str, int]:
    """Of added_tokens.json and tokenizer_config.json, which must not contradict each other."""
    path = folder / "added_tokens.json"
    added = _ids_of_tokens(path, _read_json(path, default={}))
    decoder = settings.get("added_tokens_decoder", {})
    try:
        configured = {token["content"]: int(token_id) for token_id, token in decoder.items()}
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise CheckpointError(f"{folder / 'tokenizer_config.json'}: added_tokens_decoder cannot be read.") from error
    for token, token_id in configured.items():
        if added.setdefault(token, token_id) != token_id:
            raise CheckpointError(
                f"{path} says that {token} is {added[token]} and tokenizer_config.json that it is {token_id}. "
                "Copy both files again."
            )
    if not added:
        raise CheckpointError(f"{path} is missing. Copy it next to the weights and restart.")
    return added


def _ids_of_tokens(path: Path, content: dict[str, Any]) -> dict[str, int]:
    ids = set(content.values()) if all(isinstance(i, int) and i >= 0 for i in content.values()) else set[int]()
    if len(ids) != len(content):
        raise CheckpointError(f"{path} does not give each of its {len(content):,} tokens an id of its own.")
    return content


def _special_ids(folder: Path, control_ids: Mapping[str, int], settings: Mapping[str, Any]) -> frozenset[int]:
    """What the files name as special; that is less than the tokens whose `special` flag is set."""
    named: list[Any] = []
    for source in (_read_json(folder / "special_tokens_map.json", default={}), settings):
        named += [source.get(f"{role}_token") for role in ("bos", "eos", "pad")]
        named += source.get("additional_special_tokens") or []
    texts = [_content(token) for token in named]
    return frozenset(token_id for text, token_id in control_ids.items() if text in texts)


def _eos_token_ids(folder: Path, control_ids: Mapping[str, int], settings: Mapping[str, Any]) -> frozenset[int]:
    """One id or several, of the first file that has any."""
    for name in ("generation_config.json", "config.json"):
        content = _read_json(folder / name, default={})
        text_config = content.get("text_config")
        for source in (content, text_config if isinstance(text_config, dict) else {}):
            eos = source.get("eos_token_id")
            if eos is None:
                continue
            ids = eos if isinstance(eos, list) else [eos]
            if not all(isinstance(token_id, int) for token_id in ids):
                raise CheckpointError(f"{folder / name}: eos_token_id is {eos!r} and must be an id or a list of ids.")
            return frozenset(ids)
    return frozenset(token_id for text, token_id in control_ids.items() if text == _content(settings.get("eos_token")))


def _content(token: Any) -> Any:
    """Files write a special token as text or as an object with its flags."""
    return token.get("content") if isinstance(token, dict) else token


def _read_json(path: Path, default: dict[str, Any] | None = None) -> dict[str, Any]:
    if not path.is_file():
        if default is None:
            raise CheckpointError(f"{path} is missing. Copy it next to the weights and restart.")
        return default
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except (ValueError, TypeError, OSError) as error:
        raise CheckpointError(f"{path} cannot be read: {error}.") from error


def _token_bytes(vocabulary: Mapping[str, int], control_ids: Mapping[str, int]) -> dict[int, bytes]:
    """id -> bytes. Byte-level vocabularies write each byte as one printable character."""
    spoken = ((token_id, bytes_of_token(token)) for token, token_id in vocabulary.items())
    return {token_id: said for token_id, said in spoken if said is not None} | {
        token_id: text.encode() for text, token_id in control_ids.items()
    }
