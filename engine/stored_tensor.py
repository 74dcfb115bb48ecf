"""What a checkpoint's header says about one tensor."""

from dataclasses import dataclass
from pathlib import Path

FP8 = "F8_E4M3"
SCALE = "_scale_inv"  # a block-FP8 tensor's scales are called like the tensor, with this behind


@dataclass(frozen=True, slots=True)
class StoredTensor:
    """name: as the file spells it; dtype: the file format's own word for it. str() is for errors."""

    name: str
    path: Path
    shape: tuple[int, ...]
    dtype: str

    @property
    def is_fp8(self) -> bool:
        return self.dtype == FP8

    def __str__(self) -> str:
        return f"{self.name} in {self.path}"
