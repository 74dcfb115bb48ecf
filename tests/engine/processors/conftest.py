from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from numpy.typing import NDArray
from safetensors import safe_open

from tests.golden import GOLDEN


@pytest.fixture(scope="session")
def expected() -> Callable[[dict[str, Any], str], NDArray[Any]]:
    """expected(case, field) -> the tensor of a picture in golden/image-processing."""

    def read(case: dict[str, Any], field: str) -> NDArray[Any]:
        with safe_open(GOLDEN / "image-processing" / "expected.safetensors", framework="numpy") as tensors:
            tensor: NDArray[Any] = tensors.get_tensor(f"{Path(case['file']).stem}.{field}")
        return tensor

    return read
