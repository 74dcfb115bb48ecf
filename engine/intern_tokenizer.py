"""The dynamic tokenizer of Intern-S1, S1-mini and S1-Pro: byte-level BPE, and own pieces for molecules and sequences.

Two ways in. `encode` is for the text of people, files and tools: there are no tags and no markers in it, whatever it
spells; a typed `<SMILES>` is seven characters, and what stands behind it is a molecule if the detectors say so.
`encode_with_control` is the released behaviour, for parity and for text that the program itself wrote.
Facts: the released tokenizers of Intern-S1-Pro (its ids) and Intern-S1 (its layout).
"""

from collections.abc import Mapping
from dataclasses import dataclass

from tokenizers import Tokenizer as BpeTokenizer

from engine.byte_level import ids_of_text, pattern_of_literals
from engine.domain_detection import Detector, split_domains
from engine.sentence_pieces import SPACE, SentencePieces
from engine.unicode_nfc import nfc

# Text between these is left to the base vocabulary; they have no ids of their own.
_PROTECT, _END_PROTECT = "<MOLFORMULA>", "</MOLFORMULA>"


@dataclass(frozen=True, slots=True)
class Domain:
    """respelled: ids of base tokens that are written like a piece, and that piece's id, which wins inside a span."""

    pieces: SentencePieces
    respelled: Mapping[int, int]


class InternEncoder:
    """domains: by name of their model; tags: opening tag, as `<SMILES>`, to the name of its domain."""

    def __init__(
        self,
        bpe: BpeTokenizer,
        domains: Mapping[str, Domain],
        tags: Mapping[str, str],
        control_ids: Mapping[str, int],
        detectors: tuple[Detector, ...],
    ) -> None:
        self._bpe = bpe
        self._domains = domains
        self._control_ids = control_ids
        self._detectors = detectors
        self._opened = {tag: domains[name] for tag, name in tags.items()}
        self._closing = {f"</{tag[1:]}" for tag in tags}
        self._marked = {f"<{detector.domain}_AUTO_DETECT>": domains[detector.domain] for detector in detectors}
        self._end_marks = {f"</{mark[1:]}" for mark in self._marked}
        self._control = pattern_of_literals([*control_ids, _PROTECT, _END_PROTECT])

    def encode(self, text: str) -> list[int]:
        ids: list[int] = []
        for piece, name in split_domains(nfc(text), self._detectors):
            if name is None or SPACE in piece:  # a span would turn U+2581 into a space
                ids += ids_of_text(self._bpe, piece)
            else:
                ids += self._encode_span(piece, self._domains[name])
        return ids

    def encode_with_control(self, text: str) -> list[int]:
        ids: list[int] = []
        open_domains: list[Domain] = []
        num_protecting = 0
        for part in filter(None, self._control.split(nfc(text))):
            is_opening = part in self._opened or part == _PROTECT
            is_closing = part in self._closing or part == _END_PROTECT
            num_protecting = max(0, num_protecting + is_opening - is_closing)
            if part in self._control_ids:
                ids.append(self._control_ids[part])
                if is_opening:
                    open_domains.append(self._opened[part])
                elif is_closing and open_domains:
                    open_domains.pop()
            elif is_opening or is_closing:
                ids += self._encode_base(part, open_domains[-1] if open_domains else None)
            else:
                ids += self._encode_part(part, open_domains, () if num_protecting else self._detectors)
        return ids

    def _encode_part(self, part: str, open_domains: list[Domain], detectors: tuple[Detector, ...]) -> list[int]:
        """Text between control tokens. A piece that is just the released tokenizer's own marker opens or closes."""
        ids: list[int] = []
        for piece, name in split_domains(part, detectors):
            if name is not None:
                ids += self._encode_span(piece, self._domains[name])
            elif piece in self._marked:
                open_domains.append(self._marked[piece])
            elif piece in self._end_marks:
                if open_domains:
                    open_domains.pop()
            elif open_domains:
                ids += self._encode_span(piece, open_domains[-1])
            else:
                ids += self._encode_base(piece, None)
        return ids

    def _encode_span(self, text: str, domain: Domain) -> list[int]:
        ids: list[int] = []
        for item in domain.pieces.encode(text):
            if isinstance(item, int):
                ids.append(item)
            else:
                ids += self._encode_base(item, domain)
        return ids

    def _encode_base(self, text: str, domain: Domain | None) -> list[int]:
        """As released: U+2581 is taken for a space, and inside a domain its pieces come before equal base tokens."""
        ids = ids_of_text(self._bpe, text.replace(SPACE, " "))
        return ids if domain is None else [domain.respelled.get(token_id, token_id) for token_id in ids]
