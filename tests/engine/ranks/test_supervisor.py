from contextlib import contextmanager

import pytest

from engine.errors import CheckpointError, EngineStopped
from engine.ranks.generation import Patience
from engine.ranks.supervisor import Supervisor


@contextmanager
def supervised(patience, **settings):
    supervisor = Supervisor({"device": "cpu", **settings}, num_ranks=2, num_threads=1, patience=patience)
    try:
        yield supervisor
    finally:
        supervisor.close()


def test_what_a_rank_cannot_load_is_told_in_its_own_words(tmp_path):
    missing = tmp_path / "nothing"

    with (
        supervised(Patience(), model=str(missing), tensor_parallel=2) as supervisor,
        pytest.raises(CheckpointError, match=f"There is no model at {missing}"),
    ):
        supervisor.wait_ready()


def test_a_rank_that_never_says_a_word_ends_the_start(tmp_path):
    with (
        supervised(Patience(import_s=0.01), model=str(tmp_path)) as supervisor,
        pytest.raises(EngineStopped, match="The model cannot be loaded: rank 1 did not answer in time"),
    ):
        supervisor.wait_ready()


def test_closing_ends_every_later_wait(tmp_path):
    with supervised(Patience(), model=str(tmp_path)) as supervisor:
        supervisor.close()

        with pytest.raises(EngineStopped, match="was shut down"):
            supervisor.wait_ready()
