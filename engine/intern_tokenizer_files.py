"""Read the dynamic tokenizer out of a released folder: its two layouts, and where a domain's ids begin.

Intern-S1-Pro: three models of 1,024 pieces behind the tags, first ids named in tokenizer_config.json and as aliases
such as `<|SMILES_cc|>` in vocab.json. Intern-S1 and S1-mini: every model's pieces lie right before their own tags.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.byte_level import bpe_of_vocabulary
from engine.domain_detection import Detector, pro_detectors, s1_detectors
from engine.errors import CheckpointError
from engine.intern_tokenizer import Domain, InternEncoder
from engine.sentence_pieces import SPACE, SentencePieces, read_sentence_pieces


@dataclass(frozen=True, slots=True)
class VocabularyFiles:
    """What a folder's vocab.json, merges.txt, added_tokens.json and tokenizer_config.json say."""

    folder: Path
    ids: Mapping[str, int]
    merges: list[str]
    control_ids: Mapping[str, int]
    settings: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class DomainLayout:
    """tags: opening tag to the name in tokenizer_NAME.model."""

    tags: Mapping[str, str]
    detectors: Callable[[bool], tuple[Detector, ...]]
    pieces_end_at_tag: bool

    @property
    def names(self) -> list[str]:
        return list(dict.fromkeys(self.tags.values()))


PRO_LAYOUT = DomainLayout(
    {"<SMILES>": "SMILES", "<protein>": "PROT", "<dna>": "XNA", "<rna>": "XNA"}, pro_detectors, pieces_end_at_tag=False
)
S1_LAYOUT = DomainLayout(
    {"<SMILES>": "SMILES", "<SELFIES>": "SMILES", "<IUPAC>": "IUPAC", "<FASTA>": "FASTA"},
    s1_detectors,
    pieces_end_at_tag=True,
)


def layout_of(control_ids: Mapping[str, int]) -> DomainLayout | None:
    """By the tags in the vocabulary; None for a plain Qwen tokenizer."""
    for layout in (PRO_LAYOUT, S1_LAYOUT):
        if layout.tags.keys() <= control_ids.keys():
            return layout
    return None


def read_intern_encoder(
    files: VocabularyFiles, layout: DomainLayout, uses_rdkit: bool
) -> tuple[InternEncoder, dict[int, bytes]]:
    """The encoder, and the bytes of every domain token."""
    all_pieces = {name: _read_pieces(files, name, layout) for name in layout.names}
    aliases = {
        f"<|{name}_{text}|>": pieces.first_id + i
        for name, pieces in all_pieces.items()
        for i, text in enumerate(pieces.texts)
    }
    base = {token: token_id for token, token_id in files.ids.items() if aliases.get(token) != token_id}
    _check_ranges(files, all_pieces, base)
    bpe = bpe_of_vocabulary(base, files.merges, "qwen2", files.folder / "merges.txt")
    domains = {name: Domain(pieces, _respelled(pieces, base)) for name, pieces in all_pieces.items()}
    token_bytes = {
        pieces.first_id + i: text.replace(SPACE, " ").encode()
        for pieces in all_pieces.values()
        for i, text in enumerate(pieces.texts)
    }
    encoder = InternEncoder(bpe, domains, layout.tags, files.control_ids, layout.detectors(uses_rdkit))
    return encoder, token_bytes


def _read_pieces(files: VocabularyFiles, name: str, layout: DomainLayout) -> SentencePieces:
    texts, ranks = read_sentence_pieces(files.folder / f"tokenizer_{name}.model")
    named = (files.settings.get(f"offset_{name}"), files.ids.get(f"<|{name}_{texts[0]}|>"))
    stated: list[Any] = [first_id for first_id in named if first_id is not None]
    if not stated and layout.pieces_end_at_tag:
        stated = [files.control_ids[f"<{name}>"] - len(texts)]
    first_id = stated[0] if stated else None
    if not isinstance(first_id, int) or first_id < 0 or stated[-1] != first_id:
        found = " and ".join(map(str, stated)) or "in neither"
        raise CheckpointError(
            f"{files.folder / 'tokenizer_config.json'} and vocab.json must agree on offset_{name}, the first id of "
            f"tokenizer_{name}.model; it is {found}. Copy both files again."
        )
    return SentencePieces(texts, ranks, first_id)


def _check_ranges(files: VocabularyFiles, all_pieces: Mapping[str, SentencePieces], base: Mapping[str, int]) -> None:
    """Every id means one thing."""
    owners = dict.fromkeys(base.values(), "vocab.json") | dict.fromkeys(files.control_ids.values(), "an added token")
    for name, pieces in all_pieces.items():
        for token_id in range(pieces.first_id, pieces.end_id):
            if token_id in owners:
                raise CheckpointError(
                    f"{files.folder / f'tokenizer_{name}.model'} has {len(pieces.texts):,} pieces from id "
                    f"{pieces.first_id:,}, but id {token_id:,} belongs to {owners[token_id]}. Copy the files again."
                )
            owners[token_id] = f"tokenizer_{name}.model"


def _respelled(pieces: SentencePieces, base: Mapping[str, int]) -> dict[int, int]:
    spelled_alike = ((base.get(text), pieces.id_of_piece(text)) for text in pieces.texts)
    return {base_id: piece_id for base_id, piece_id in spelled_alike if base_id is not None and piece_id is not None}
