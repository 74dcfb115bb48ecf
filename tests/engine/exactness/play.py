"""Ask an engine, and take what it answers."""

from collections.abc import Callable, Iterable, Mapping

from engine.config import EngineConfig
from engine.engine import Engine, Output, Runner
from engine.media import Prompt
from engine.model_runner import ModelRunner
from engine.sampling_params import SamplingParams
from engine.sequence import Sequence
from tests.engine.exactness.requests import Request


def make_engine(runner: Runner, **settings) -> Engine:
    return Engine(EngineConfig("unused", max_num_seqs=32, **settings), runner, frozenset())


def play(
    engine: Engine,
    requests: Iterable[Request],
    cancel_at: Mapping[int, int] | None = None,
    after_step: Callable[[int], None] = lambda num_steps: None,
) -> list[tuple[int, ...]]:
    """Every request's tokens. cancel_at: of which requests, by index, to cancel the answer, and when it is how long.

    after_step(n): called after the nth. In the end nobody may own a block.
    """
    answers: dict[int, list[int]] = {i: [] for i, _ in enumerate(requests)}
    coming = sorted(enumerate(requests), key=lambda item: item[1].arrival, reverse=True)
    num_steps = 0
    while coming or engine.has_work:
        while coming and (coming[-1][1].arrival <= num_steps or not engine.has_work):
            i, request = coming.pop()
            engine.add(i, request.prompt, request.params, 0.0, request.session)
        for output in engine.step():
            assert isinstance(output, Output), output
            answers[output.request_id].append(output.token_id)
            if len(answers[output.request_id]) == (cancel_at or {}).get(output.request_id):
                engine.abort(output.request_id)
        num_steps += 1
        after_step(num_steps)
    assert num_owned(engine) == 0
    return [tuple(answer) for answer in answers.values()]


def poison(runner: ModelRunner) -> None:
    """Whoever reads from the cache what it has not written there gets NaN."""
    for cache in runner._caches:
        cache.keys.fill_(float("nan"))
        cache.values.fill_(float("nan"))


def num_owned(engine: Engine) -> int:
    """Blocks that belong to somebody now."""
    stats = engine.stats()
    return stats.num_blocks - stats.num_free_blocks


def take_blocks(engine: Engine, share: float) -> None:
    """As if somebody else had needed that share of the free blocks."""
    blocks = engine._blocks
    num_tokens = int(blocks.num_free * share) * blocks.block_size
    stranger = Sequence(-1, Prompt([0] * num_tokens), SamplingParams(), 0.0)
    blocks.allocate(stranger)
    blocks.free(stranger)
