"""The parity data's greedy tokens, out of two and four ranks."""

import pytest

from engine.config import EngineConfig
from engine.parity.case import Case
from engine.parity.golden_prompts import read_prompts
from engine.parity.greedy import golden_ids
from engine.ranks.worker_group import WorkerGroup
from tests.engine.ranks.answers import greedy
from tests.golden import GOLDEN, needs_golden

pytestmark = needs_golden

NUM_TOKENS = 12
NAMES = ("text_short", "text_mid", "text_long", "image", "image_single")


@pytest.mark.parametrize(
    ("name", "num_ranks", "expert_parallel"),
    [
        pytest.param("pro-tiny", 2, 2, id="pro-groups-of-whole-experts"),
        pytest.param("pro-tiny", 4, 1, id="pro-parts-of-every-expert"),
        pytest.param("s1-tiny", 2, 1, id="s1"),
        pytest.param("s1-tiny", 4, 1, id="s1-more-ranks-than-key-heads"),
    ],
)
def test_ranks_answer_text_and_pictures_as_the_reference(name, num_ranks, expert_parallel):
    case = Case(GOLDEN / name)
    goldens = [golden for golden in read_prompts(case) if golden.name in NAMES]
    config = EngineConfig(
        case.path("checkpoint"), device="cpu", dtype="float32", kv_cache_memory=2**24,
        tensor_parallel=num_ranks, expert_parallel=expert_parallel,
    )  # fmt: skip

    group = WorkerGroup(config)
    answers = greedy(group, [golden.prompt for golden in goldens], NUM_TOKENS)
    group.close()

    assert any(golden.prompt.inputs for golden in goldens)
    for golden, answer in zip(goldens, answers, strict=True):
        expected = golden_ids(golden.expected)[:NUM_TOKENS]
        assert answer[: len(expected)] == expected, golden.name
