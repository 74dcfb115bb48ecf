"""Which experts fire for the tokens that are read and written, while somebody watches: counts only, never a text.

The engine thread records; any other thread may ask for the picture. Nobody has asked for a while: nothing is recorded.
"""

import threading
from collections import deque
from dataclasses import dataclass
from itertools import groupby
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from engine.messages import ExpertPicture
from engine.sequence import Sequence
from engine.step_plan import StepPlan
from engine.token_kinds import KINDS, TokenKinds

WATCHED_S = 3.0  # after a look
MAX_TOKENS = 256  # of prompts, and as many of answers: the latest
MAX_AGE_S = 10.0
CONTEXT_TOKENS = 512  # before a token, by which its kind is told

ExpertIds = NDArray[np.int16]


@dataclass(frozen=True, slots=True)
class _Routed:
    """ids [L, C]: the experts of the token at this position of a request, in each layer."""

    token_ids: list[int]  # the request's own list, which grows
    num_prompt_tokens: int
    position: int
    ids: ExpertIds
    at: float


class ExpertView:
    """is_watched may be read from any thread; record() and follow() are the engine thread's."""

    def __init__(self, num_layers: int, num_experts: int, kinds: TokenKinds) -> None:
        self._shape = (num_layers, num_experts)
        self._kinds = kinds
        self._watched_until = 0.0
        self._followed: dict[int, Sequence] = {}
        self._lock = threading.Lock()  # over the two below
        self._read: deque[_Routed] = deque(maxlen=MAX_TOKENS)
        self._written: deque[_Routed] = deque(maxlen=MAX_TOKENS)

    @property
    def is_watched(self) -> bool:
        return perf_counter() < self._watched_until

    def follow(self, sequence: Sequence) -> None:
        self._followed[sequence.id] = sequence

    def leave(self, sequence: Sequence) -> None:
        del self._followed[sequence.id]

    def record(self, plan: StepPlan, ids: ExpertIds) -> None:
        """ids [L, T, C] of the T tokens of the plan."""
        now, first = perf_counter(), 0
        with self._lock:
            for part in plan.sequences:
                sequence = self._followed[part.sequence_id]
                end = first + len(part.token_ids) - len(part.draft_choices)  # a draft may never have been said
                for row in range(max(first, end - MAX_TOKENS), end):
                    position = part.start + row - first
                    log = self._read if position < sequence.num_prompt_tokens else self._written
                    log.append(
                        _Routed(sequence.token_ids, sequence.num_prompt_tokens, position, ids[:, row].copy(), now)
                    )
                first += len(part.token_ids)

    def picture(self) -> ExpertPicture:
        """Of the latest tokens; it is recorded on for WATCHED_S."""
        now = perf_counter()
        self._watched_until = now + WATCHED_S
        with self._lock:
            routed = [token for token in (*self._read, *self._written) if token.at > now - MAX_AGE_S]
        counts = np.zeros((len(KINDS), *self._shape), np.int64)
        num_tokens = [0] * len(KINDS)
        layers = np.arange(self._shape[0])[:, None]
        for tokens in _by_request(routed):
            for token, kind in zip(tokens, self._kinds_of(tokens), strict=True):
                np.add.at(counts[kind], (layers, token.ids), 1)
                num_tokens[kind] += 1
        return ExpertPicture(*self._shape, dict(zip(KINDS, num_tokens, strict=True)), _as_lists(counts))

    def _kinds_of(self, tokens: list[_Routed]) -> list[int]:
        """All of one request."""
        start = max(0, min(token.position for token in tokens) - CONTEXT_TOKENS)
        kinds = self._kinds.of(tokens[0].token_ids[start:], tokens[0].num_prompt_tokens - start)
        return [kinds[token.position - start] for token in tokens]


def _by_request(routed: list[_Routed]) -> list[list[_Routed]]:
    def request(token: _Routed) -> int:
        return id(token.token_ids)

    return [list(tokens) for _, tokens in groupby(sorted(routed, key=request), key=request)]


def _as_lists(counts: NDArray[np.int64]) -> dict[str, list[list[int]]]:
    return {kind: of_kind.tolist() for kind, of_kind in zip(KINDS, counts, strict=True) if of_kind.any()}
