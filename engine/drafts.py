"""Guess how an answer goes on, so that one step can check several tokens: a draft.

Names, quotes, numbers and arguments of tools are copied from what was said before. So the draft is what followed the
last words of the text where they stood before. A step computes all of it, and the model's own choice at every place
decides: tokens are the same with and without drafts. Reading a few tokens more costs a step little while they are few.
"""

from collections.abc import Iterable

# A step reads all weights, for a few tokens as for one; beyond this, every further token costs its whole time.
MAX_STEP_TOKENS = 16

# How many tokens at the end of the text must have stood together before; longer ones are more telling.
_MATCH_LENGTHS = (3, 2)
_ID_BYTES = 4

# Tokens of the first draft, of one that follows a full success, and so on: 4, 8, and 16 tokens in a step are what
# matrix products on CPUs do in whole rounds.
_LENGTHS = (3, 7, 15)
_LONGEST_PAUSE = 64


class PromptLookup:
    """Finds where the end of a text stood before. Text is token ids; they may grow."""

    def __init__(self, token_ids: Iterable[int]) -> None:
        # bytes, because searching them backwards takes microseconds where a loop over ids takes milliseconds
        self._text = bytearray(b"".join(map(_to_bytes, token_ids)))

    def append(self, token_id: int) -> None:
        self._text += _to_bytes(token_id)

    def guess(self, num_tokens: int) -> list[int]:
        """What followed when the last tokens stood here the last time; as if it repeated, where that is too short."""
        for length in _MATCH_LENGTHS:
            if (start := self._last_match(length * _ID_BYTES)) is not None:
                numbers = memoryview(self._text[start:]).cast("i")
                return [numbers[i % len(numbers)] for i in range(num_tokens)]
        return []

    def _last_match(self, num_bytes: int) -> int | None:
        """Where it ends, and what followed begins."""
        end = self._text[-num_bytes:]
        position = len(self._text) - _ID_BYTES  # a match ends before the text does
        if len(self._text) <= num_bytes:
            return None
        while (start := self._text.rfind(end, 0, position)) >= 0:
            if start % _ID_BYTES == 0:
                return start + num_bytes
            position = start + num_bytes - 1  # not at the border of two ids
        return None


class Drafter:
    """The drafts of one answer: longer ones after a success, none for a while after each failure in a row."""

    def __init__(self, token_ids: Iterable[int], max_tokens: int) -> None:
        self._lookup = PromptLookup(token_ids)
        self._max_tokens = max_tokens
        self._num_successes = 0  # in a row, and so with failures
        self._num_failures = 0
        self._pause = 0  # tokens until the next draft

    def append(self, token_id: int) -> None:
        """The answer has one more token."""
        self._lookup.append(token_id)
        self._pause = max(0, self._pause - 1)

    def draft(self, max_tokens: int) -> list[int]:
        """At most max_tokens; none is an answer too."""
        length = _LENGTHS[min(self._num_successes, len(_LENGTHS) - 1)]
        num_tokens = min(length, max_tokens, self._max_tokens)
        return self._lookup.guess(num_tokens) if num_tokens > 0 and self._pause == 0 else []

    def learn(self, num_drafted: int, num_accepted: int) -> None:
        """What became of a draft, before its accepted tokens are appended."""
        self._num_successes = self._num_successes + 1 if num_accepted == num_drafted else 0
        self._num_failures = self._num_failures + 1 if num_accepted == 0 else 0
        if self._num_failures:
            self._pause = min(2**self._num_failures, _LONGEST_PAUSE)


def num_agreeing(draft: list[int], chosen: list[int | None]) -> int:
    """How many tokens of a draft are what was chosen in their places, up to the first that is not."""
    differences = (i for i, (drafted, token) in enumerate(zip(draft, chosen, strict=False)) if drafted != token)
    return next(differences, len(draft))


def _to_bytes(token_id: int) -> bytes:
    return token_id.to_bytes(_ID_BYTES, "little")
