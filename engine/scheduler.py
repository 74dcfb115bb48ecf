"""Decide what the next step computes: continuous batching with chunked prefill, fair between sessions.

    waiting (a line per session) --start--> running (oldest first) --finished or aborted--> gone
                  ^---------put back, youngest first---------'

Running answers go first, one token each; what is left of the token budget reads prompts, in equal parts for the
sessions that have one. So a long prompt holds up neither those who already stream nor another person's short one. The
budget is what the machine computes in a moment (engine/step_pace.py): who shares a step with others, or waits, can stop
only at its end. A short step has tokens to spare for drafts (engine/drafts.py).

The next to start is of the session with the fewest running. When there is no room for it, the session that has at
least two more running gives up its youngest, if that is enough. Being put back costs little: its blocks stay known
until they are needed.
"""

from collections import Counter
from collections.abc import Collection, Iterable

from engine.block_manager import BlockManager
from engine.config import EngineConfig
from engine.drafts import MAX_STEP_TOKENS
from engine.errors import InvalidRequest, PromptTooLong
from engine.sequence import Sequence
from engine.step_pace import FEWEST_TOKENS, StepPace
from engine.step_plan import StepPlan
from engine.token_shares import share_tokens
from engine.waiting_queue import WaitingQueue


class Scheduler:
    def __init__(self, config: EngineConfig, blocks: BlockManager, max_model_len: int) -> None:
        self.max_model_len = min(max_model_len, blocks.num_blocks * blocks.block_size)
        self.num_preemptions = 0
        self.num_prompt_tokens = 0  # of all requests that were started
        self.num_cached_tokens = 0  # of these, what the prefix cache held
        self.pace = StepPace()  # to be told how long each step took
        self._max_num_seqs = config.max_num_seqs
        self._max_step_tokens = config.max_num_batched_tokens
        self._blocks = blocks
        self._waiting = WaitingQueue()
        self._running: dict[int, Sequence] = {}  # in the order in which they started

    @property
    def num_waiting(self) -> int:
        return self._waiting.num_sequences

    @property
    def num_waiting_tokens(self) -> int:
        return self._waiting.num_tokens

    @property
    def num_running(self) -> int:
        return len(self._running)

    @property
    def running(self) -> tuple[Sequence, ...]:
        """Oldest first."""
        return tuple(self._running.values())

    def places(self) -> dict[int, int]:
        """Of those that wait: sequence id -> place, from 1 for the next to start."""
        return self._waiting.places(self._num_running()) if self.num_waiting else {}

    def is_running(self, sequence: Sequence) -> bool:
        return sequence.id in self._running

    def add(self, sequence: Sequence) -> None:
        """Queue it, or refuse what could never run."""
        if sequence.num_tokens == 0:
            raise InvalidRequest("The prompt is empty; it must hold at least one token.")
        if sequence.num_tokens >= self.max_model_len:  # at least one token must fit behind the prompt
            raise PromptTooLong(sequence.num_tokens, self.max_model_len - 1)
        self._waiting.append(sequence)

    def remove(self, sequence: Sequence) -> None:
        """Forget it, finished or not, and free its blocks."""
        if self._running.pop(sequence.id, None) is None:
            self._waiting.remove(sequence)
        self._blocks.free(sequence)

    def schedule(self) -> StepPlan:
        """The next step. Never empty while a sequence is waiting or running."""
        self._grow_running()
        self._start_waiting()
        suspects = [sequence for sequence in self.running if sequence.is_suspect]
        shares = share_tokens(suspects[:1] or self.running, self._budget)
        drafts = {} if suspects else self._drafts(shares)
        return StepPlan([sequence.plan(num_tokens, drafts.get(sequence.id)) for sequence, num_tokens in shares])

    @property
    def _budget(self) -> int:
        """Tokens of a step. However many answers there are, prompts are read on beside them."""
        num_answers = sum(sequence.num_unread == 1 for sequence in self._running.values())
        return min(self._max_step_tokens, max(self.pace.num_tokens, num_answers + FEWEST_TOKENS))

    def put_all_back(self) -> None:
        """After the cache was lost: everybody starts again, in the old order."""
        for sequence in reversed(self.running):
            self._put_back(sequence)
        self._blocks.forget_prefixes()

    def _grow_running(self) -> None:
        """A block for everybody's next token. Where blocks run out, the youngest are put back."""
        for sequence in self.running:
            self._blocks.trim(sequence)
        for sequence in self.running:
            while self.is_running(sequence) and self._blocks.num_missing(sequence) > self._blocks.num_free:
                self._put_back(_youngest_of_the_busiest(self.running))
            if self.is_running(sequence):
                self._blocks.allocate(sequence)

    def _start_waiting(self) -> None:
        while (newcomer := self._waiting.first(self._num_running())) and self._has_tokens_for(newcomer):
            prefix = self._blocks.cached_prefix(newcomer)
            leaving = self._making_room(newcomer, prefix)
            if leaving is None:
                return
            for sequence in leaving:
                self._put_back(sequence)
            self._start(newcomer, prefix)

    def _making_room(self, newcomer: Sequence, prefix: list[int]) -> list[Sequence] | None:
        """Who gives up its place for it: nobody where there is room, and None where what may go is not enough."""
        staying, leaving = list(self.running), list[Sequence]()
        while not self._has_room(newcomer, prefix, leaving):
            num_running = _num_of_sessions(staying)
            other = _youngest_of_the_busiest(staying)
            if num_running[other.session] < num_running[newcomer.session] + 2:
                return None
            staying.remove(other)
            leaving.append(other)
        return leaving

    def _has_room(self, newcomer: Sequence, prefix: list[int], leaving: list[Sequence]) -> bool:
        """Once these have left. A spare block for each that stays lets it grow beside the newcomer."""
        num_staying = self.num_running - len(leaving)
        freed = self._blocks.freed_by(leaving)
        num_taken = self._blocks.num_taken(newcomer, prefix, freed) + num_staying
        return num_staying < self._max_num_seqs and num_taken <= self._blocks.num_free + len(freed)

    def _start(self, sequence: Sequence, prefix: list[int]) -> None:
        self._waiting.serve(sequence)
        self._running[sequence.id] = sequence
        self._blocks.begin(sequence, prefix)
        sequence.num_computed = len(prefix) * self._blocks.block_size
        self._count_cached(sequence)

    def _drafts(self, shares: list[tuple[Sequence, int]]) -> dict[int, list[int]]:
        """Of what the shares leave over, in equal parts for all that go on with an answer: sequence id -> its draft."""
        left = min(self._budget, MAX_STEP_TOKENS) - sum(num_tokens for _, num_tokens in shares)
        answering = [sequence for sequence, _ in shares if sequence.num_unread == 1 and sequence.drafter is not None]
        drafts = {}
        for num_served, sequence in enumerate(answering):
            draft = self._draft(sequence, left // (len(answering) - num_served))
            if draft:
                left -= len(draft)
                drafts[sequence.id] = draft
        return drafts

    def _draft(self, sequence: Sequence, max_tokens: int) -> list[int]:
        assert sequence.drafter is not None
        until_end = sequence.params.max_tokens - sequence.num_generated
        until_end = min(until_end, self.max_model_len - sequence.num_tokens)
        draft = sequence.drafter.draft(min(max_tokens, until_end - 1))  # the step chooses one more
        return draft[: self._blocks.make_room(sequence, len(draft))]

    def _has_tokens_for(self, newcomer: Sequence) -> bool:
        """Other prompts leave tokens over in this step, or they are of other sessions and share with it."""
        prompts = [sequence for sequence in self.running if sequence.num_unread > 1]
        budget = self._budget - (self.num_running - len(prompts))
        if sum(sequence.num_unread for sequence in prompts) < budget:
            return True
        sessions = {sequence.session for sequence in prompts}
        return newcomer.session not in sessions and len(sessions) < budget

    def _put_back(self, sequence: Sequence) -> None:
        """To be read again, as far as its blocks are not known any more by then."""
        del self._running[sequence.id]
        self._blocks.free(sequence)
        sequence.num_computed = 0
        self._waiting.put_back(sequence)
        self.num_preemptions += 1

    def _num_running(self) -> Counter[str]:
        return _num_of_sessions(self.running)

    def _count_cached(self, sequence: Sequence) -> None:
        """The first time only: what a sequence finds of itself saved nobody anything."""
        if sequence.num_cached_tokens is None:
            sequence.num_cached_tokens = sequence.num_computed
            self.num_prompt_tokens += sequence.num_prompt_tokens
            self.num_cached_tokens += sequence.num_computed


def _youngest_of_the_busiest(running: Collection[Sequence]) -> Sequence:
    """The youngest of the session with the most running. Never the oldest of several, so that somebody gets on."""
    num_running = _num_of_sessions(running)
    return max(reversed(list(running)), key=lambda sequence: num_running[sequence.session])


def _num_of_sessions(running: Iterable[Sequence]) -> Counter[str]:
    return Counter(sequence.session for sequence in running)
