"""Features of pictures, videos and signals by content, kept for the next request that shows the same."""

from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable
from itertools import count
from typing import Protocol

from engine.media import MediaInput


class Encoder(Protocol):
    """The part of engine.engine.Runner that this module drives."""

    def encode(self, media_id: int, media: MediaInput) -> None: ...
    def forget(self, media_id: int) -> None: ...


class EncoderCache:
    """A media_id stands for one content from the first request that shows it until no request shows it any more and
    its features are gone.

    Features of max_tokens tokens are kept, those used last, and beyond them only what the caller needs right now:
    needed() is asked when something has to go.
    """

    def __init__(self, encoder: Encoder, max_tokens: int) -> None:
        self._encoder = encoder
        self._max_tokens = max_tokens
        self._new_ids = count()
        self._ids: dict[bytes, int] = {}
        self._digests: dict[int, bytes] = {}
        self._num_holders: Counter[int] = Counter()
        self._num_tokens: OrderedDict[int, int] = OrderedDict()  # of the features at hand, the one used last at the end

    @property
    def num_tokens(self) -> int:
        """Of all features at hand."""
        return sum(self._num_tokens.values())

    def has(self, media_id: int) -> bool:
        """Whether its features are at hand."""
        return media_id in self._num_tokens

    def hold(self, digest: bytes) -> int:
        """The media_id of a request's medium, valid until release()."""
        media_id = self._ids.get(digest)
        if media_id is None:
            media_id = next(self._new_ids)
            self._ids[digest] = media_id
            self._digests[media_id] = digest
        self._num_holders[media_id] += 1
        return media_id

    def release(self, media_ids: Iterable[int]) -> None:
        """Once for each hold()."""
        for media_id in media_ids:
            self._num_holders[media_id] -= 1
            if self._num_holders[media_id] == 0:
                del self._num_holders[media_id]
                self._drop_id(media_id)

    def use(self, media_id: int) -> bool:
        """Whether its features are at hand; if so they are the last to go."""
        if media_id not in self._num_tokens:
            return False
        self._num_tokens.move_to_end(media_id)
        return True

    def encode(self, media_id: int, media: MediaInput, needed: Callable[[], set[int]]) -> None:
        """Compute its features. Others make room for it, except those that are needed."""
        self._trim(self._max_tokens - media.num_tokens, needed)
        self._encoder.encode(media_id, media)
        self._num_tokens[media_id] = media.num_tokens

    def trim(self, needed: Callable[[], set[int]]) -> None:
        """Let go of what is beyond the budget and not needed any more."""
        self._trim(self._max_tokens, needed)

    def _trim(self, max_tokens: int, needed: Callable[[], set[int]]) -> None:
        num_tokens = self.num_tokens
        if num_tokens <= max_tokens:
            return
        kept = needed()
        for media_id in [media_id for media_id in self._num_tokens if media_id not in kept]:
            self._encoder.forget(media_id)
            num_tokens -= self._num_tokens.pop(media_id)
            self._drop_id(media_id)
            if num_tokens <= max_tokens:
                return

    def _drop_id(self, media_id: int) -> None:
        if media_id not in self._num_holders and media_id not in self._num_tokens:
            del self._ids[self._digests.pop(media_id)]
