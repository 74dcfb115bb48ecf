"""How near pixels must be to those of the reference, which resizes in two ways that differ themselves."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.parity.check import Check, failure

# "identical to either the fast or the PIL variant within 1 level for 99.9 % of values": image-processing/meta.json
MAX_LEVELS = 1
MAX_SHARE = 0.001

Levels = NDArray[np.uint8]


def check_pixels(case: str, name: str, ours: Levels, variants: Sequence[Any]) -> Check:
    """The share of values that are off by more than a level from the nearest of the variants."""
    expected = [np.asarray(variant) for variant in variants]
    if any(variant.shape != ours.shape for variant in expected):
        shapes = " or ".join(str(list(variant.shape)) for variant in expected)
        return failure(case, name, f"the shape is {list(ours.shape)} and should be {shapes}")
    differences = [np.abs(ours.astype(np.int16) - variant) for variant in expected]
    shares = [float((difference > MAX_LEVELS).mean()) for difference in differences]
    nearest = int(np.argmin(shares))
    return Check(case, name, shares[nearest], MAX_SHARE, f"largest difference {differences[nearest].max()}")
