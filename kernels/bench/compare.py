"""Ours against torch, in turns, and both against the bound of the roofline."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

import torch

from kernels.report.targets import DEVICES, Device

Call = Callable[[], object]
Clock = Callable[[Call], float]  # seconds of one call

_FLUSH_BYTES = 512 * 2**20  # more than any L2 and AMD's Infinity Cache hold
_WARM_UP = 3


@dataclass(frozen=True, slots=True)
class Case:
    """An operation at one shape: ours and what torch has for it. rate: of kernels/report/targets.py, without _rate."""

    operation: str
    shape: str
    ours: Call
    torch: Call
    num_bytes: int
    num_flops: int
    rate: str = "vector"


@dataclass(frozen=True, slots=True)
class Result:
    """roofline_us: None where the device's data sheet is not known here."""

    operation: str
    shape: str
    ours_us: float
    torch_us: float
    roofline_us: float | None

    @property
    def ratio(self) -> float:
        return self.torch_us / self.ours_us


def compare(case: Case, num_rounds: int, clock: Clock, device: Device | None) -> Result:
    """Medians over the rounds; who goes first changes with each."""
    for call in (case.ours, case.torch) * _WARM_UP:
        call()
    times: dict[str, list[float]] = {"ours": [], "torch": []}
    calls = {"ours": case.ours, "torch": case.torch}
    for names in itertools.islice(itertools.cycle((("ours", "torch"), ("torch", "ours"))), num_rounds):
        for name in names:
            times[name].append(clock(calls[name]))
    ours_us, torch_us = (median(times[name]) * 1e6 for name in ("ours", "torch"))
    return Result(case.operation, case.shape, ours_us, torch_us, device and roofline_us(case, device))


def roofline_us(case: Case, device: Device) -> float:
    rate: float = getattr(device, f"{case.rate}_rate")
    return max(case.num_bytes / device.bandwidth, case.num_flops / rate) * 1e6


def known_device(name: str) -> Device | None:
    """By what torch calls it, such as NVIDIA H100 80GB HBM3."""
    return next((device for device in DEVICES if device.name in name), None)


class GpuClock:
    """Between two events on the stream, with cold caches: in a model other layers were there in between.

    Overwriting the caches keeps the GPU busy while the call is prepared, so that launching it is not measured.
    """

    def __init__(self) -> None:
        self._flushed = torch.empty(_FLUSH_BYTES, dtype=torch.uint8, device="cuda")
        self._start, self._end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)

    def __call__(self, call: Call) -> float:
        self._flushed.zero_()
        self._start.record()
        call()
        self._end.record()
        self._end.synchronize()
        return self._start.elapsed_time(self._end) / 1e3
