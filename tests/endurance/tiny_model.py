"""A real engine around a tiny random model, for runs that are about scheduling, threads and processes."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import torch
from transformers.utils.logging import disable_progress_bar

from engine.config import EngineConfig
from engine.engine import Engine
from engine.media import Prompt
from engine.model_runner import ModelRunner
from engine.ranks.generation import Patience
from engine.ranks.worker_group import WorkerGroup
from engine.service import EngineService
from tests.engine.ranks.checkpoint import VOCAB_SIZE, write_moe

MAX_MODEL_LEN = 512


@contextmanager
def tiny_service(
    patience: Patience | None = None, num_ranks: int = 1, **settings: Any
) -> Iterator[tuple[EngineService, ModelRunner]]:
    """patience: where there are ranks."""
    num_threads = torch.get_num_threads()
    disable_progress_bar()
    torch.set_num_threads(num_ranks)  # matrices this small gain nothing from more than one each
    try:
        with TemporaryDirectory(prefix="endurance-") as folder:
            config = _config(write_moe(Path(folder)), num_ranks, settings)
            runner = WorkerGroup(config, patience) if patience else ModelRunner(config)
            service = EngineService(Engine(config, runner, frozenset()))
            yield service, runner
            service.close()
            runner.close()
    finally:
        torch.set_num_threads(num_threads)


def _config(folder: Path, num_ranks: int, settings: dict[str, Any]) -> EngineConfig:
    memory = {"kv_cache_memory": 4 * 2**20, "block_size": 16}
    return EngineConfig(folder, device="cpu", dtype="float32", tensor_parallel=num_ranks, **memory | settings)


def random_prompt(chance: Random, max_tokens: int = 200) -> Prompt:
    return Prompt([chance.randrange(VOCAB_SIZE) for _ in range(chance.randint(1, max_tokens))])
