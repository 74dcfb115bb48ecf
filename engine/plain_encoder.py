"""Ids of text by byte-level BPE alone, once without any control token and once with them."""

from collections.abc import Mapping

from tokenizers import Tokenizer as BpeTokenizer

from engine.byte_level import ids_of_text, pattern_of_literals
from engine.domain_spans import split_domain_spans
from engine.unicode_nfc import nfc


class PlainEncoder:
    """bpe: a vocabulary without added tokens. normalizes: put text in form C first, where bpe does not do so itself."""

    def __init__(self, bpe: BpeTokenizer, control_ids: Mapping[str, int], normalizes: bool = False) -> None:
        self._bpe = bpe
        self._control_ids = control_ids
        self._control = pattern_of_literals(list(control_ids))
        self._normalizes = normalizes

    def encode(self, text: str) -> list[int]:
        return ids_of_text(self._bpe, nfc(text) if self._normalizes else text)

    def encode_with_control(self, text: str) -> list[int]:
        ids: list[int] = []
        for part in filter(None, self._control.split(text)):
            ids += [self._control_ids[part]] if part in self._control_ids else self.encode(part)
        return ids


class SpanEncoder(PlainEncoder):
    """The embedded model's: molecules and calculations are cut out first (engine.domain_spans)."""

    def encode(self, text: str) -> list[int]:
        ids: list[int] = []
        for piece, is_span in split_domain_spans(text):
            # A backslash is doubled inside JSON; as a token of its own it is copied twice instead of changed.
            parts = piece.replace("\\", "\0\\\0").split("\0") if is_span else [piece]
            for part in filter(None, parts):
                ids += ids_of_text(self._bpe, part)
        return ids
