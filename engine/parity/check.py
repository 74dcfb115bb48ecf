"""One comparison with a golden number: how far off, how far it may be, and what that means."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

Verdict = Literal["ok", "FAIL", "skip"]
_NUM_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Check:
    """error is a largest difference, a share or a count; None: nothing was measured, and detail says why.

    Without an error, a tolerance makes it a failure; without a tolerance it is skipped.
    """

    case: str
    name: str
    error: float | None
    tolerance: float | None
    detail: str = ""

    @property
    def verdict(self) -> Verdict:
        if self.tolerance is None:
            return "skip"
        return "ok" if self.error is not None and self.error <= self.tolerance else "FAIL"  # NaN is no success


def failure(case: str, name: str, reason: str) -> Check:
    """A check that could not even be made."""
    return Check(case, name, None, 0.0, reason)


def skipped(case: str, name: str, reason: str) -> Check:
    return Check(case, name, None, None, reason)


def close(case: str, name: str, ours: Tensor, expected: Tensor, tolerance: float) -> Check:
    """The largest difference of any two values."""
    if ours.shape != expected.shape:
        return failure(case, name, f"the shape is {list(ours.shape)} and should be {list(expected.shape)}")
    error = (ours.double() - expected.double()).abs().max().item() if ours.numel() else 0.0
    return Check(case, name, error, tolerance)


def exact(case: str, name: str, wrong: Sequence[str], num_compared: int) -> Check:
    """wrong: one description for each that differs. Nothing to compare is a failure: a file must be broken."""
    if num_compared == 0:
        return failure(case, name, "there is nothing to compare")
    shown = [f"{len(wrong)} of {num_compared} wrong", *wrong[:_NUM_SHOWN]] if wrong else [f"{num_compared} compared"]
    return Check(case, name, float(len(wrong)), 0.0, "; ".join(shown))


def mismatched_share(case: str, name: str, ours: Tensor, expected: Tensor, tolerance: float) -> Check:
    """How many of the values differ at all, as a share."""
    if ours.shape != expected.shape:
        return failure(case, name, f"the shape is {list(ours.shape)} and should be {list(expected.shape)}")
    num_wrong = int(torch.count_nonzero(ours != expected))
    return Check(case, name, num_wrong / max(expected.numel(), 1), tolerance, f"{num_wrong} of {expected.numel():,}")


def worst(case: str, name: str, checks: Sequence[Check]) -> Check:
    """Many checks as one line: the one that is furthest off, and which it is. A check's name says what was compared."""
    if not checks:
        return failure(case, name, "there is nothing to compare")
    check = max(checks, key=_severity)
    detail = f"{len(checks)} compared"
    if check.error != 0:
        detail += f", worst: {check.name}" + (f" ({check.detail})" if check.detail else "")
    return Check(case, name, check.error, check.tolerance, detail)


def _severity(check: Check) -> float:
    """Above 1: a failure."""
    if check.verdict == "ok":
        assert check.error is not None and check.tolerance is not None
        return check.error / check.tolerance if check.tolerance else 0.0
    if check.error is None or check.tolerance is None or not check.error < float("inf"):
        return float("inf")
    return 1.0 + check.error
