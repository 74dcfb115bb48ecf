"""The text of one answer, from its tokens as they come, up to a stop text."""

from collections.abc import Iterable
from typing import Protocol

from engine.stop_strings import StopStrings


class Decoder(Protocol):
    """Ids to text; bytes of an unfinished character wait for the rest of it."""

    def push(self, ids: list[int]) -> str: ...
    def flush(self) -> str: ...


class AnswerText:
    """hidden_ids: tokens that are never shown, such as the one that ends an answer."""

    def __init__(self, decoder: Decoder, hidden_ids: frozenset[int], stop: tuple[str, ...]) -> None:
        self._decoder = decoder
        self._hidden_ids = hidden_ids
        self._stop_strings = StopStrings(stop)

    @property
    def has_stopped(self) -> bool:
        """A stop text has come. Nothing more is shown."""
        return self._stop_strings.is_found

    def push(self, ids: Iterable[int]) -> str:
        """What can be shown now."""
        shown = [token_id for token_id in ids if token_id not in self._hidden_ids]
        return self._stop_strings.push(self._decoder.push(shown))

    def finish(self) -> str:
        """What was held back, when no more tokens come."""
        return self._stop_strings.push(self._decoder.flush()) + self._stop_strings.rest()
