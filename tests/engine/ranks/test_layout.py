from dataclasses import replace

import pytest

from engine.config import EngineConfig
from engine.errors import InvalidRequest
from engine.ranks.layout import make_parallel
from engine.ranks.parallel import ALONE
from tests.engine.ranks.test_split_layers import CONFIG

DENSE = replace(CONFIG, experts=None)
FP8_BLOCK = 128


def settings(tensor_parallel, expert_parallel=1):
    return EngineConfig("model", tensor_parallel=tensor_parallel, expert_parallel=expert_parallel)


def test_one_rank_is_alone():
    assert make_parallel(settings(1), CONFIG, 0, 1, None) is ALONE


@pytest.mark.parametrize(
    ("model", "config", "unit", "message"),
    [
        (CONFIG, settings(3), 1, "--tensor-parallel is 3, which does not divide the 4 heads"),
        (DENSE, settings(4, 2), 1, "--expert-parallel is 2, but this model has no experts"),
        (
            CONFIG,
            settings(4),
            FP8_BLOCK,
            "splits every expert in 4, but it is 384 wide, 3 FP8 blocks of 128; choose few",
        ),
        (replace(DENSE, intermediate_size=3), settings(4), 1, "splits the MLP in 4, but it is 3 wide; choose fewer"),
    ],
    ids=["heads", "no-experts", "fp8-blocks", "narrow"],
)
def test_what_cannot_be_split_is_refused(model, config, unit, message):
    with pytest.raises(InvalidRequest, match=message):
        make_parallel(config, model, 0, unit, None)


def test_whole_experts_need_not_be_cut():
    parallel = make_parallel(settings(4, 4), CONFIG, 3, FP8_BLOCK, None)

    assert parallel.expert_width(384).is_whole


@pytest.mark.parametrize(
    ("tensor_parallel", "expert_parallel", "message"),
    [
        (0, 1, "tensor_parallel is 0; it must be at least 1"),
        (1, 0, "expert_parallel is 0; it must be at least 1"),
        (4, 8, r"expert_parallel is 8, which does not divide tensor_parallel \(4\)"),
    ],
)
def test_numbers_that_make_no_sense_are_refused_before_the_model_is_looked_at(
    tensor_parallel, expert_parallel, message
):
    with pytest.raises(InvalidRequest, match=message):
        settings(tensor_parallel, expert_parallel)
