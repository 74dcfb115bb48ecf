"""A model's vocabulary as grammars need it: the bytes of its tokens, and sets of tokens as packed bits.

Control tokens and those that end an answer match no text. The lowest id is the lowest bit of the first byte, and the
bits are padded to whole words of 32, which is the form of the library's own masks.
"""

from collections.abc import Iterable
from functools import cached_property

import numpy as np
from llguidance import LLTokenizer

from engine.errors import InvalidRequest
from engine.tokenizer import Tokenizer

_NEWLINES = (b"\n", b"\n\n")


class GrammarVocabulary:
    """end_ids: tokens that end an answer."""

    def __init__(self, tokenizer: Tokenizer, end_ids: frozenset[int]) -> None:
        self.size = tokenizer.known_ids_end
        self.end_ids = frozenset(token_id for token_id in end_ids if token_id < self.size)
        self._tokenizer = tokenizer

    @cached_property
    def library_tokenizer(self) -> LLTokenizer:
        """Made when the first grammar is: 0.2 s for 49,000 tokens and 1 s for 155,000 (AMD Zen 3)."""
        if not self.end_ids:
            raise InvalidRequest("This model names no token that ends an answer, so no form can be asked of it.")
        return LLTokenizer(_LibraryView(self._tokenizer, self.end_ids), eos_token=sorted(self.end_ids))  # type: ignore[arg-type]

    @cached_property
    def newline_ids(self) -> frozenset[int]:
        """Tokens that are one or two line ends."""
        return frozenset(i for i, said in self._tokenizer.token_bytes.items() if said in _NEWLINES)

    def control_id(self, text: str) -> int:
        token_id = self._tokenizer.control_id(text)
        if token_id is None:
            raise InvalidRequest(f"This model has no token for {text}, so that form cannot be asked of it.")
        return token_id

    def control_ids_of(self, *texts: str) -> frozenset[int]:
        """Of those that there are tokens for."""
        return frozenset(self._tokenizer.control_ids[text] for text in texts if text in self._tokenizer.control_ids)

    def only(self, ids: Iterable[int]) -> bytes:
        return self._packed(list(ids), default=False)

    def all_but(self, ids: Iterable[int]) -> bytes:
        return self._packed(list(ids), default=True)

    def _packed(self, exceptions: list[int], default: bool) -> bytes:
        bits = np.full(-(-self.size // 32) * 32, default)
        bits[exceptions] = not default
        return np.packbits(bits, bitorder="little").tobytes()


class _LibraryView:
    """Names and calls that LLTokenizer expects."""

    is_tokenizer_wrapper = True
    bos_token_id = None

    def __init__(self, tokenizer: Tokenizer, end_ids: frozenset[int]) -> None:
        self.eos_token_id = min(end_ids)
        self.tokens = [tokenizer.token_bytes.get(i, b"") for i in range(tokenizer.known_ids_end)]
        self.special_token_ids = sorted({*tokenizer.control_ids.values(), *end_ids})

    def __call__(self, text: str) -> list[int]:
        """Only asked by grammars that force their own way of cutting a text into tokens, which ours never do."""
        raise NotImplementedError(text)
