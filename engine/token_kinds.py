"""Which kind of text each token of a request belongs to: the question, a molecule, a sequence, or the answer."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, get_args

from engine.domain_detection import s1_detectors, split_domains
from engine.domain_spans import is_molecule, split_domain_spans

TokenKind = Literal["question", "molecule", "sequence", "answer"]
KINDS: tuple[TokenKind, ...] = get_args(TokenKind)
_QUESTION, _MOLECULE, _SEQUENCE, _ANSWER = range(len(KINDS))

_TAGGED = re.compile(r"<(SMILES|FASTA|PROT|XNA|DNA|RNA)>([^<]*)")
_DETECTORS = s1_detectors(uses_rdkit=False)  # RDKit would hold the interpreter for long

Span = tuple[int, int, int]  # start, end, kind


class TokenKinds:
    """token_bytes: what each id says; without a tokenizer all is question or answer."""

    def __init__(self, token_bytes: Mapping[int, bytes]) -> None:
        self._token_bytes = token_bytes

    def of(self, token_ids: Sequence[int], num_prompt_tokens: int) -> list[int]:
        """An index into KINDS for each of them; the first num_prompt_tokens (it may be negative) are the prompt's."""
        pieces = [self._token_bytes.get(token_id, b"").decode("latin-1") for token_id in token_ids]
        kinds = _kinds_of_characters("".join(pieces))
        found = []
        first = 0
        for number, piece in enumerate(pieces):
            otherwise = _QUESTION if number < num_prompt_tokens else _ANSWER
            # a token that begins with the space before a molecule is the molecule's
            found.append(next(filter(None, kinds[first : first + len(piece)]), otherwise))
            first += len(piece)
        return found


def _kinds_of_characters(text: str) -> bytearray:
    """_MOLECULE or _SEQUENCE for each character inside one, 0 for all others. A byte is a character here."""
    kinds = bytearray(len(text))
    for start, end, kind in (*_tagged(text), *_detected(text), *_short(text)):
        if not any(kinds[start:end]):
            kinds[start:end] = bytes([kind]) * (end - start)
    return kinds


def _tagged(text: str) -> Iterator[Span]:
    return ((*found.span(2), _MOLECULE if found[1] == "SMILES" else _SEQUENCE) for found in _TAGGED.finditer(text))


def _detected(text: str) -> Iterator[Span]:
    """Long enough to be recognised by their look, as the released tokenizers do."""
    start = 0
    for piece, domain in split_domains(text, _DETECTORS):
        if domain is not None:
            yield start, start + len(piece), _MOLECULE if domain == "SMILES" else _SEQUENCE
        start += len(piece)


def _short(text: str) -> Iterator[Span]:
    """Molecules that our own tokenizers cut out."""
    start = 0
    for piece, is_span in split_domain_spans(text):
        if is_span and is_molecule(piece):
            yield start, start + len(piece), _MOLECULE
        start += len(piece)
