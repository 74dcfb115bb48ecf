"""Decide what the next step computes: continuous batching with chunked prefill.

    waiting (FIFO) --admit--> running (oldest first) --finished or aborted--> gone
            ^------preempt, youngest first------'

Running sequences go first, oldest first, one token each once their prompt is read; what is left of the token budget
reads prompts. Only the youngest running sequence can be in the middle of its prompt, because another one is admitted
only while the budget lasts. So a long prompt never holds up those who already stream.
"""

from collections import deque

from engine.block_manager import BlockManager
from engine.config import EngineConfig
from engine.errors import InvalidRequest, PromptTooLong, QueueFull
from engine.sequence import Sequence
from engine.step_plan import SequencePlan, StepPlan


class Scheduler:
    def __init__(self, config: EngineConfig, blocks: BlockManager, max_model_len: int) -> None:
        self.max_model_len = min(max_model_len, blocks.num_blocks * blocks.block_size)
        self._config = config
        self._blocks = blocks
        self._waiting: deque[Sequence] = deque()
        self._running: list[Sequence] = []

    @property
    def num_waiting(self) -> int:
        return len(self._waiting)

    @property
    def num_running(self) -> int:
        return len(self._running)

    def add(self, sequence: Sequence) -> None:
        """Queue it, or refuse what could never run or would wait too long."""
        if sequence.num_tokens == 0:
            raise InvalidRequest("The prompt is empty; it must hold at least one token.")
        if sequence.num_tokens >= self.max_model_len:  # at least one token must fit behind the prompt
            raise PromptTooLong(sequence.num_tokens, self.max_model_len - 1)
        if self.num_waiting >= self._config.max_num_waiting:
            raise QueueFull(self.num_waiting, self._config.max_num_waiting)
        self._waiting.append(sequence)

    def remove(self, sequence: Sequence) -> None:
        """Forget it, finished or not, and free its blocks."""
        if sequence in self._running:
            self._running.remove(sequence)
        else:
            self._waiting.remove(sequence)
        self._blocks.free(sequence)

    def schedule(self) -> StepPlan:
        """The next step. Never empty while a sequence is waiting or running."""
        plans = self._plan_running(self._config.max_num_batched_tokens)
        budget = self._config.max_num_batched_tokens - sum(len(plan.token_ids) for plan in plans)
        plans += self._plan_admitted(budget)
        return StepPlan(plans)

    def _plan_running(self, budget: int) -> list[SequencePlan]:
        plans: list[SequencePlan] = []
        while budget > 0 and len(plans) < len(self._running):
            sequence = self._running[len(plans)]
            if self._blocks.num_missing(sequence) > self._blocks.num_free:
                self._preempt_youngest()  # perhaps this one, which ends the loop
                continue
            self._blocks.allocate(sequence)
            plans.append(sequence.plan(budget))
            budget -= len(plans[-1].token_ids)
        return plans

    def _plan_admitted(self, budget: int) -> list[SequencePlan]:
        plans: list[SequencePlan] = []
        while budget > 0 and self._waiting and self._can_admit(self._waiting[0]):
            sequence = self._waiting.popleft()
            self._running.append(sequence)
            self._blocks.allocate(sequence)
            plans.append(sequence.plan(budget))
            budget -= len(plans[-1].token_ids)
        return plans

    def _can_admit(self, sequence: Sequence) -> bool:
        """A spare block for each running sequence keeps its growth from evicting the newcomer straight away."""
        num_needed = self._blocks.num_missing(sequence) + self.num_running
        return self.num_running < self._config.max_num_seqs and num_needed <= self._blocks.num_free

    def _preempt_youngest(self) -> None:
        """Back to the head of the queue, to be read again from its first token when blocks are free."""
        sequence = self._running.pop()
        self._blocks.free(sequence)
        sequence.num_computed = 0
        self._waiting.appendleft(sequence)
