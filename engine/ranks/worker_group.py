"""A model on several ranks: rank 0 runs here, in the engine thread; the others are processes of their own.

    execute(plan) --> STEP to every rank --> all compute, and meet in every sum --> logits, tokens: here only

When a rank is lost, execute() waits until all serve again and raises RanksRestarted: the KV cache is empty then.
Encoders and what they made of media are rank 0's alone and stay.
"""

import logging
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic

import torch
from torch import Tensor

from engine.config import EngineConfig
from engine.interruption import Check, go_on
from engine.model_runner import ModelRunner
from engine.ranks.errors import RankLost, RanksRestarted
from engine.ranks.frames import Kind, pack
from engine.ranks.generation import Generation, Patience
from engine.ranks.step_frame import pack_step
from engine.ranks.supervisor import Supervisor
from engine.step_plan import StepPlan, StepResult

_PATIENCE = Patience()

_logger = logging.getLogger(__name__)


class StepFailed(Exception):
    """The computation raised on rank 0, so the other ranks wait for a part of it that will not come."""


class WorkerGroup(ModelRunner):
    """num_restarts: how often ranks were lost and replaced."""

    def __init__(self, config: EngineConfig, patience: Patience = _PATIENCE) -> None:
        self.num_restarts = 0
        self._patience = patience
        self._num_threads = torch.get_num_threads()  # as it was, and is again after close()
        num_threads = max(1, self._num_threads // config.tensor_parallel)
        settings = asdict(config) | {"model": str(config.model), "trace": None}
        self._supervisor = Supervisor(settings, config.tensor_parallel, num_threads, patience)
        torch.set_num_threads(num_threads)
        try:
            super().__init__(config)
            self._generation = self._join()
        except BaseException:
            self._let_go()
            raise

    @property
    def worker_pids(self) -> list[int]:
        """Of the processes that are ranks 1, 2, ..."""
        return self._supervisor.pids

    def execute(self, plan: StepPlan, check: Check = go_on) -> StepResult:
        """Raises RanksRestarted when the plan must be made anew, and EngineStopped when no plan can be executed.

        check is not called: a rank that ends a step early would leave the others waiting for its part of a sum.
        """
        try:
            result = super().execute(plan)
            if not self._supervisor.is_serving(self._generation):
                raise RankLost("a rank was lost during the step")
            return result
        except RankLost as lost:
            self._restart(str(lost))
            raise RanksRestarted(str(lost)) from None
        except StepFailed as failed:
            _logger.error("a step failed on rank 0", exc_info=failed.__cause__)
            self._restart("a step failed")
            raise RanksRestarted("a step failed on rank 0 (see the server log)", has_failed_step=True) from failed

    def forward(self, plan: StepPlan, rows: list[int], check: Check = go_on) -> Tensor:
        if not self._supervisor.is_serving(self._generation):
            raise RankLost("a rank was lost between two steps")
        self._generation.tell(pack(Kind.STEP, pack_step(plan, rows)))
        try:
            return super().forward(plan, rows)
        except RankLost:
            raise
        except Exception as error:
            raise StepFailed from error

    def close(self) -> None:
        self._let_go()
        assert self.collectives is not None
        self.collectives.disconnect()
        super().close()

    def _let_go(self) -> None:
        self._supervisor.close()
        torch.set_num_threads(self._num_threads)

    def _restart(self, reason: str) -> None:
        started_at = monotonic()
        assert self.collectives is not None
        self._supervisor.condemn(self._generation)
        self.collectives.disconnect()
        self._generation = self._join()
        self.num_restarts += 1
        _logger.warning("all ranks serve again after %.1f s: %s", monotonic() - started_at, reason)

    def _join(self) -> Generation:
        """Meet ranks that have their weights. Ends at the latest when the supervisor gives up."""
        assert self.collectives is not None
        while True:
            generation = self._supervisor.wait_ready()
            try:
                with TemporaryDirectory(prefix="benchside-ranks-") as folder:
                    file = Path(folder) / "meeting"
                    generation.tell(pack(Kind.JOIN, str(file).encode()))
                    self.collectives.connect(file, self._patience.hang_s)
                return generation
            except RankLost as lost:
                _logger.warning("the ranks did not meet: %s", lost)
                self._supervisor.condemn(generation)


def make_runner(config: EngineConfig) -> ModelRunner:
    return WorkerGroup(config) if config.tensor_parallel > 1 else ModelRunner(config)
