"""Divide the tokens of a step: answers first, then prompts, and those in equal parts between sessions."""

from collections.abc import Iterable

from engine.sequence import Sequence


def share_tokens(running: Iterable[Sequence], budget: int) -> list[tuple[Sequence, int]]:
    """How many tokens each sequence reads, at least one; who gets none is left out. The order stays, oldest first."""
    sequences = list(running)
    shares: dict[int, int] = {}
    prompts: dict[str, list[Sequence]] = {}
    for sequence in sequences:
        if sequence.num_unread > 1:
            prompts.setdefault(sequence.session, []).append(sequence)
        elif len(shares) < budget:
            shares[sequence.id] = 1
    _share_between_sessions(prompts, budget - len(shares), shares)
    return [(sequence, shares[sequence.id]) for sequence in sequences if shares.get(sequence.id)]


def _share_between_sessions(prompts: dict[str, list[Sequence]], budget: int, shares: dict[int, int]) -> None:
    """Writes shares. What a session does not use goes to those that want more, so the modest are served first."""
    lines = sorted(prompts.values(), key=_num_unread)
    for num_served, line in enumerate(lines):
        share = min(_num_unread(line), -(-budget // (len(lines) - num_served)))
        budget -= share
        for sequence in line:  # one after the other: the oldest answers soonest
            shares[sequence.id] = min(share, sequence.num_unread)
            share -= shares[sequence.id]


def _num_unread(line: list[Sequence]) -> int:
    return sum(sequence.num_unread for sequence in line)
