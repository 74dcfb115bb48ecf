"""Name a full block of the KV cache by everything that the model has read up to its end.

    digest = blake2b(digest of the block before, token ids, media in this block), salted by the session

Keys and values depend on all of that and on nothing else, so blocks of one digest are interchangeable. Digests have
256 bits: whoever can make two blocks collide reads another person's answer. The session's salt keeps one person from
finding out by the clock what another has asked; blocks wholly inside the prompt's shared tokens go without it.
"""

from array import array
from collections.abc import Sequence as Ids
from dataclasses import fields
from hashlib import blake2b
from struct import Struct

import numpy as np

from engine.media import MediaInput, MediaSpan, Prompt, SignalInput

DIGEST_SIZE = 32
_FIRST_PARENT = bytes(DIGEST_SIZE)
_UNSALTED = b""
_MEDIA_RECORD = Struct(f"<{DIGEST_SIZE}sqqq")  # content, first feature, first token of the block, number of tokens


def media_digest(media: MediaInput) -> bytes:
    """Of its kind, its numbers, their type and shape, and all that is told of them: 30 x 100 is not 100 x 30."""
    name = "values" if isinstance(media, SignalInput) else "pixels"
    numbers = np.ascontiguousarray(getattr(media, name))
    told = [(field.name, getattr(media, field.name)) for field in fields(media) if field.name != name]
    header = repr((type(media).__name__, numbers.dtype.str, numbers.shape, told)).encode()
    digest = blake2b(len(header).to_bytes(8, "little") + header, digest_size=DIGEST_SIZE)
    digest.update(numbers.data)
    return digest.digest()


def block_digest(parent: bytes, token_ids: Ids[int], media: bytes, salt: bytes) -> bytes:
    return blake2b(parent + array("q", token_ids).tobytes() + media, digest_size=DIGEST_SIZE, salt=salt).digest()


class BlockChain:
    """The digests of one sequence's full blocks, each made once, when it is asked for."""

    def __init__(self, prompt: Prompt, media_digests: tuple[bytes, ...], session: str) -> None:
        self._digests: list[bytes] = []
        self._num_shared_tokens = prompt.num_shared_tokens
        self._salt = blake2b(session.encode(), digest_size=blake2b.SALT_SIZE).digest() if session else _UNSALTED
        self._spans = sorted(prompt.spans, key=lambda span: span.start)
        self._media_digests = media_digests
        self._first_span = 0  # those before it end before the block that comes next

    def digests(self, token_ids: list[int], num_blocks: int, block_size: int) -> list[bytes]:
        """Of the first num_blocks blocks of token_ids, which only grow from call to call."""
        while len(self._digests) < num_blocks:
            start = len(self._digests) * block_size
            end = start + block_size
            parent = self._digests[-1] if self._digests else _FIRST_PARENT
            salt = _UNSALTED if end <= self._num_shared_tokens else self._salt
            self._digests.append(block_digest(parent, token_ids[start:end], self._media(start, end), salt))
        return self._digests[:num_blocks]

    def _media(self, start: int, end: int) -> bytes:
        records = b""
        for span in self._spans[self._first_span :]:
            if span.start >= end:
                break
            records += self._record(span, start, end)
            if span.start + span.num_tokens <= end:
                self._first_span += 1
        return records

    def _record(self, span: MediaSpan, start: int, end: int) -> bytes:
        first, last = max(span.start, start), min(span.start + span.num_tokens, end)
        feature = span.first_feature + first - span.start
        return _MEDIA_RECORD.pack(self._media_digests[span.input_index], feature, first - start, last - first)
