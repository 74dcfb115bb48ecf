"""An answer does not depend on how many ranks compute it, nor on whether one of them dies."""

import os
import signal

import pytest

from engine.ranks.worker_group import WorkerGroup
from tests.engine.exactness.play import make_engine, play
from tests.engine.exactness.requests import golden_requests

pytestmark = pytest.mark.timeout(180)  # five starts of ranks, on a machine that does other things as well


def test_a_crowd_on_two_ranks_of_which_one_is_killed_gets_the_same_answers(model):
    """Each holds whole experts: of Intern-S1-Pro, those of four routing groups."""
    group = WorkerGroup(model.config(tensor_parallel=2, expert_parallel=2))
    engine = make_engine(group, max_num_batched_tokens=128)
    killed = []

    def kill_once(num_steps):
        stages = {request.stage for request in engine.stats().requests}
        if not killed and {"prefill", "decode"} <= stages:
            killed.append(group.worker_pids[0])
            os.kill(killed[0], signal.SIGKILL)

    answers = play(engine, model.crowd, after_step=kill_once)
    group.close()

    assert group.num_restarts == len(killed) == 1
    assert answers == model.alone


def test_four_ranks_give_the_answers_of_the_reference(model):
    """Each holds a part of every expert; of S1 there are fewer key heads than ranks."""
    requests = golden_requests(model.case, max_tokens=8)
    group = WorkerGroup(model.config(tensor_parallel=4))

    answers = play(make_engine(group), requests)
    group.close()

    assert answers == [request.expected for request in requests]
