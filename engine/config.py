"""What a person may set about the engine."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from engine.errors import InvalidRequest

Device = Literal["auto", "cpu", "cuda"]
DType = Literal["auto", "float32", "bfloat16"]


@dataclass(frozen=True, slots=True)
class EngineConfig:
    """model: a Hugging Face folder or a .gguf file.

    max_model_len None: the checkpoint's own limit, as far as the cache memory holds it.
    max_num_batched_tokens: tokens of one step; a longer prompt is read in chunks of that size.
    """

    model: str | Path
    device: Device = "auto"
    dtype: DType = "auto"
    max_model_len: int | None = None
    kv_cache_memory: int = 512 * 2**20
    max_num_seqs: int = 16
    max_num_waiting: int = 64
    max_num_batched_tokens: int = 512
    block_size: int = 32

    def __post_init__(self) -> None:
        for name in ("kv_cache_memory", "max_num_seqs", "max_num_waiting", "max_num_batched_tokens", "block_size"):
            if getattr(self, name) < 1:
                raise InvalidRequest(f"{name} is {getattr(self, name)}; it must be at least 1.")
        if self.max_model_len is not None and self.max_model_len < 1:
            raise InvalidRequest(f"max_model_len is {self.max_model_len}; it must be at least 1.")
