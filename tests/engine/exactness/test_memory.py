"""An answer does not depend on what the cache remembers, nor on whether there is room for everybody."""

import pytest

from engine.model_runner import ModelRunner
from tests.engine.exactness.conftest import AMPLE_MEMORY
from tests.engine.exactness.play import make_engine, num_owned, play, poison, take_blocks


def test_a_prefix_cache_cold_warm_and_partly_evicted_changes_no_answer(model):
    """Media and chunks that end inside of them included."""
    poison(model.runner)
    engine = make_engine(model.runner, max_num_batched_tokens=64)
    num_cached = [0]

    cold = play(engine, model.crowd)
    num_cached.append(engine.stats().num_cached_tokens)
    warm = play(engine, model.crowd)
    num_cached.append(engine.stats().num_cached_tokens)
    take_blocks(engine, share=1 - engine.stats().num_cached_blocks / engine.stats().num_blocks / 2)
    evicted = play(engine, model.crowd)
    num_cached.append(engine.stats().num_cached_tokens)

    of_cold, of_warm, of_evicted = (after - before for before, after in zip(num_cached, num_cached[1:], strict=False))
    assert 0 < of_cold < of_evicted < of_warm
    assert cold == warm == evicted == model.alone


@pytest.mark.parametrize("prefix_cache", [True, False], ids=["prefix-cache", "no-prefix-cache"])
def test_a_quarter_of_the_memory_and_cancelled_neighbours_change_no_answer(model, prefix_cache):
    settings = {"max_num_batched_tokens": 256, "prefix_cache": prefix_cache}
    ample = ModelRunner(model.config(block_size=16))
    engine, num_needed = make_engine(ample, **settings), []
    play(engine, model.crowd, after_step=lambda _: num_needed.append(num_owned(engine)))
    block_bytes = AMPLE_MEMORY // ample.num_blocks
    scarce = ModelRunner(model.config(block_size=16, kv_cache_memory=max(num_needed) // 4 * block_bytes))
    poison(scarce)
    engine = make_engine(scarce, **settings)
    cancel_at = {i: 1 + i % 5 for i in range(0, len(model.crowd), 4)}

    answers = play(engine, model.crowd, cancel_at)

    assert scarce.num_blocks == max(num_needed) // 4
    assert engine.stats().num_preemptions > 0
    for i, (answer, alone) in enumerate(zip(answers, model.alone, strict=True)):
        assert answer == alone[: cancel_at.get(i)], i
