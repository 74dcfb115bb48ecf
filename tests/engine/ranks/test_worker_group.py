"""Two and four gloo ranks answer as one does."""

from dataclasses import replace

import pytest
import torch

from engine.config import EngineConfig
from engine.model_runner import ModelRunner
from engine.ranks.worker_group import WorkerGroup
from tests.engine.ranks.answers import greedy
from tests.engine.ranks.checkpoint import VOCAB_SIZE, write_dense, write_moe

NUM_TOKENS = 12


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    torch.manual_seed(0)
    return {
        "moe": write_moe(tmp_path_factory.mktemp("moe")),
        "packed": write_moe(tmp_path_factory.mktemp("packed"), is_packed=True),
        "dense": write_dense(tmp_path_factory.mktemp("dense")),
    }


def config(folder, **changes):
    return replace(EngineConfig(model=folder, device="cpu", dtype="float32", kv_cache_memory=2**20), **changes)


def prompts():
    torch.manual_seed(1)
    return [torch.randint(VOCAB_SIZE, (length,)).tolist() for length in (1, 5, 70, 33)]


@pytest.mark.parametrize(
    ("name", "num_ranks", "expert_parallel"),
    [
        pytest.param("moe", 2, 1, id="moe-two-ranks"),
        pytest.param("moe", 4, 1, id="moe-more-ranks-than-key-heads"),
        pytest.param("moe", 4, 2, id="moe-halves-of-whole-experts"),
        pytest.param("packed", 2, 2, id="packed-whole-experts"),
        pytest.param("dense", 4, 1, id="dense-tied"),
    ],
)
def test_ranks_answer_as_one_does(name, num_ranks, expert_parallel, folders):
    alone = ModelRunner(config(folders[name]))
    expected = greedy(alone, prompts(), NUM_TOKENS)

    group = WorkerGroup(config(folders[name], tensor_parallel=num_ranks, expert_parallel=expert_parallel))
    answers = greedy(group, prompts(), NUM_TOKENS)
    group.close()

    assert answers == expected
    assert len(set(map(tuple, answers))) == len(answers)
