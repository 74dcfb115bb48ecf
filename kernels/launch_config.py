"""How a kernel is launched: a few named choices for each, one per architecture. Nothing is searched for at run time."""

import functools
from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True, slots=True)
class LaunchConfig:
    """Tile sizes by the name of the kernel's constexpr, warps and pipeline stages: one named choice."""

    name: str
    tiles: Mapping[str, int]
    num_warps: int = 4
    num_stages: int = 2


def choose(table: Mapping[str, LaunchConfig], x: Tensor) -> LaunchConfig:
    """What the table has for the architecture of x's device, or its "default"."""
    name = architecture(x.device.index) if x.device.type == "cuda" else "default"
    return table.get(name, table["default"])


@functools.cache
def architecture(device: int) -> str:
    """Of a GPU, as its maker calls it: sm_90 or gfx942."""
    properties = torch.cuda.get_device_properties(device)
    if torch.version.hip:
        return properties.gcnArchName.partition(":")[0]
    return f"sm_{properties.major}{properties.minor}"
