"""The two models of these tests, and what each answers to everybody alone."""

from collections.abc import Iterator
from functools import cached_property

import pytest
import torch

from engine.config import EngineConfig
from engine.model_runner import ModelRunner
from engine.parity.case import Case
from tests.engine.exactness.play import make_engine, play, poison
from tests.engine.exactness.requests import Request, crowd
from tests.golden import GOLDEN

NAMES = ("pro-tiny", "s1-tiny")
AMPLE_MEMORY = 64 * 2**20


class Model:
    """runner: on one rank, with more blocks than anybody needs."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.runner = ModelRunner(self.config())

    @cached_property
    def crowd(self) -> list[Request]:
        return crowd(self.case, seed=1)

    @cached_property
    def alone(self) -> list[tuple[int, ...]]:
        """The crowd's answers, each from an engine with nothing else to do, nothing cached and nothing guessed."""
        return [self.ask_alone(request) for request in self.crowd]

    def ask_alone(self, request: Request) -> tuple[int, ...]:
        poison(self.runner)
        return play(make_engine(self.runner, prefix_cache=False, speculation=0), [request])[0]

    def config(self, **changes) -> EngineConfig:
        settings = {"device": "cpu", "dtype": "float32", "kv_cache_memory": AMPLE_MEMORY} | changes
        return EngineConfig(self.case.path("checkpoint"), **settings)


@pytest.fixture(scope="package", autouse=True)
def one_thread() -> Iterator[None]:
    """Matrices this small gain nothing from a second one, and on a busy machine each step would wait for it."""
    num_threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(num_threads)


@pytest.fixture(scope="package", params=NAMES)
def model(request: pytest.FixtureRequest, one_thread: None) -> Iterator[Model]:
    if not GOLDEN.is_dir():
        pytest.skip("the parity data are not here: no ../shared/golden")
    model = Model(Case(GOLDEN / request.param))
    yield model
    model.runner.close()
