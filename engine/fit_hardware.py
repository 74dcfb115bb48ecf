"""Which machines hold a model: the GPUs of the model cards' tables, and the one this runs on."""

import os
from dataclasses import dataclass

import torch

from engine.errors import InvalidRequest
from engine.fit_inventory import Inventory
from engine.fit_layout import Layout, bytes_per_rank, kv_bytes_per_token

USABLE = 0.9  # of a device's memory; the rest is for activations, the CUDA context and fragments, as in vLLM's default
COUNTS = (1, 2, 4, 8, 16)
_MIB = 2**20
_FIRST_FP8_CAPABILITY = (8, 9)


@dataclass(frozen=True, slots=True)
class Gpu:
    """memory: what nvidia-smi shows, which is more than the 80 or 141 of the name times 10^9."""

    name: str
    memory: int
    has_fp8: bool


GPUS = (
    Gpu("A100-80G", 81_920 * _MIB, has_fp8=False),
    Gpu("H100-80G", 81_559 * _MIB, has_fp8=True),
    Gpu("H200-141G", 143_771 * _MIB, has_fp8=True),
)


@dataclass(frozen=True, slots=True)
class Machine:
    """memory: of each device; a CPU is one device."""

    name: str
    memory: int
    num_devices: int
    has_fp8: bool


def this_machine() -> Machine:
    if torch.cuda.is_available():
        properties = torch.cuda.get_device_properties(0)
        has_fp8 = (properties.major, properties.minor) >= _FIRST_FP8_CAPABILITY
        return Machine(properties.name, properties.total_memory, torch.cuda.device_count(), has_fp8)
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return Machine("CPU", memory, 1, has_fp8=False)


def longest_context(inventory: Inventory, layout: Layout, memory: int, kv_bytes: int) -> int:
    """Tokens of one sequence beside the weights on the fullest rank; 0 where not even these fit."""
    room = int(memory * USABLE) - max(bytes_per_rank(inventory, layout))
    per_token = kv_bytes_per_token(inventory.config, kv_bytes, layout.tensor_parallel)
    return max(0, min(room // per_token, inventory.config.max_position_embeddings))


def fewest_gpus(inventory: Inventory, gpu: Gpu, context: int, kv_bytes: int, is_expert_parallel: bool) -> int | None:
    """By powers of two; None where 16 are too few, or where the GPU does not multiply FP8."""
    if inventory.has_fp8 and not gpu.has_fp8:
        return None
    for count in COUNTS:
        layout = Layout(tensor_parallel=count, expert_parallel=count if is_expert_parallel else 1)
        try:
            longest = longest_context(inventory, layout, gpu.memory, kv_bytes)
        except InvalidRequest:  # this many do not divide the model
            continue
        if longest >= context:
            return count
    return None
