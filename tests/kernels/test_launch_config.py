from types import SimpleNamespace

import pytest
import torch

from kernels.launch_config import LaunchConfig, architecture, choose

TABLE = {
    "default": LaunchConfig("small", {"BLOCK": 32}),
    "sm_90": LaunchConfig("wide", {"BLOCK": 128}, num_warps=8, num_stages=3),
}


@pytest.fixture
def gpu(monkeypatch):
    """Sets what torch says of device 0; nothing is run on it."""

    def set_gpu(hip: str | None = None, **properties) -> SimpleNamespace:
        architecture.cache_clear()
        monkeypatch.setattr(torch.version, "hip", hip)
        monkeypatch.setattr(torch.cuda, "get_device_properties", lambda device: SimpleNamespace(**properties))
        return SimpleNamespace(device=torch.device("cuda", 0))

    yield set_gpu
    architecture.cache_clear()


def test_the_cpu_has_the_default():
    assert choose(TABLE, torch.empty(0)).name == "small"


def test_an_architecture_has_its_own(gpu):
    assert choose(TABLE, gpu(major=9, minor=0)).name == "wide"


def test_an_architecture_without_a_line_has_the_default(gpu):
    assert choose(TABLE, gpu(major=12, minor=0)).name == "small"


def test_rocm_names_features_after_the_architecture(gpu):
    gpu(hip="7.0", gcnArchName="gfx942:sramecc+:xnack-")

    assert architecture(0) == "gfx942"
