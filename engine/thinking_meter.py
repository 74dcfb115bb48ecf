"""How many tokens of one answer are its thinking."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(slots=True)
class ThinkingMeter:
    """begin_id, end_id: of the tags, which count as thinking; None where the vocabulary has none."""

    begin_id: int | None
    end_id: int | None
    is_thinking: bool
    num_tokens: int = 0

    def push(self, ids: Iterable[int]) -> None:
        for token_id in ids:
            if token_id == self.begin_id:
                self.is_thinking = True
            self.num_tokens += self.is_thinking
            if token_id == self.end_id:
                self.is_thinking = False
