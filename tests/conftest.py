"""What every test gets: no network, fixed seeds, poisoned memory, and Triton's interpreter where there is no GPU."""

import importlib.util
import os

# Read when gradio and huggingface_hub are imported.
os.environ |= {"GRADIO_ANALYTICS_ENABLED": "False", "HF_HUB_OFFLINE": "1", "HF_HUB_DISABLE_TELEMETRY": "1"}

import random
from collections.abc import Iterator

import numpy as np
import pytest
import torch

GPU = torch.cuda.is_available()
if not GPU:
    os.environ["TRITON_INTERPRET"] = "1"  # read when @triton.jit runs, so before any kernel is imported
    if importlib.util.find_spec("triton") is not None:
        from tests.interpreter import round_as_gpus_do

        round_as_gpus_do()

if "PYTEST_XDIST_WORKER" in os.environ:
    torch.set_num_threads(1)  # a core for each worker

# The first call imports a compiler, which takes seconds: here, before any test's time limit runs.
torch.use_deterministic_algorithms(False)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if not GPU:
        for item in items:
            if "gpu" in item.keywords:
                item.add_marker(pytest.mark.skip(reason="needs a CUDA device"))


@pytest.fixture(autouse=True)
def seeded() -> None:
    random.seed(0)
    np.random.seed(0)
    torch.manual_seed(0)


@pytest.fixture(autouse=True)
def poisoned_memory() -> Iterator[None]:
    """torch.empty returns NaN (integers: the largest), so an element that nobody wrote fails its test."""
    torch.use_deterministic_algorithms(True, warn_only=True)
    yield
    torch.use_deterministic_algorithms(False)


@pytest.fixture
def device() -> str:
    return "cuda" if GPU else "cpu"
