"""A part of llama.cpp's cache, which holds one sequence. Needs the standard library only."""

from dataclasses import dataclass, field


@dataclass
class Slot:
    """cached: the tokens whose keys and values are in the cache. unread: to be computed next."""

    number: int
    cached: list[int] = field(default_factory=list)
    unread: list[int] = field(default_factory=list)
    index: int = -1
    num_left: int = 0

    def num_alike(self, prompt: list[int]) -> int:
        """Of prompt's tokens, those that need not be read again; the last one always is, for its logits."""
        pairs = zip(self.cached, prompt[:-1], strict=False)
        return next((i for i, (a, b) in enumerate(pairs) if a != b), min(len(self.cached), len(prompt) - 1))


def best_slot(slots: list[Slot], prompt: list[int]) -> Slot:
    """Of those that are free, the one that knows most of the prompt; of equals, the emptiest."""
    free = [slot for slot in slots if slot.num_left == 0]
    return max(free, key=lambda slot: (slot.num_alike(prompt), -len(slot.cached)))
