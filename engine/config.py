"""What a person may set about the engine."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from engine.drafts import MAX_STEP_TOKENS
from engine.errors import InvalidRequest

Device = Literal["auto", "cpu", "cuda"]
DType = Literal["auto", "float32", "bfloat16", "int8"]

_AT_LEAST_1 = (
    "kv_cache_memory",
    "max_num_seqs",
    "max_num_waiting",
    "max_waiting_tokens",
    "max_num_batched_tokens",
    "block_size",
    "tensor_parallel",
    "expert_parallel",
)


@dataclass(frozen=True, slots=True)
class EngineConfig:
    """model: a Hugging Face folder or a .gguf file.

    max_model_len None: the checkpoint's own limit, as far as the cache memory holds it.
    max_num_waiting, max_waiting_tokens: requests, and tokens of their prompts, that may wait; more are refused.
    max_num_batched_tokens: tokens of one step at most; a longer prompt is read in chunks, of fewer tokens where the
    machine is slow (engine/step_pace.py).
    dtype int8: the decoder's matrices are rounded to eight bits as they are read; all else is bfloat16.
    encoder_cache_tokens: features of pictures, videos and signals that are kept for the next turn.
    prefix_cache: blocks of equal beginnings are computed once. Without it every prompt costs its full time.
    tensor_parallel: processes that compute the model together, each a part of every layer; kv_cache_memory is what each
    of them takes. expert_parallel: into how many of them, or groups of them, whole experts are dealt out.
    speculation: how many tokens may be guessed, and checked in one step, where an answer copies what was said; 0: none.
    It changes no answer.
    trace: a file that says, once the model is closed, what the engine did when; see engine/timeline.py.
    """

    model: str | Path
    device: Device = "auto"
    dtype: DType = "auto"
    max_model_len: int | None = None
    kv_cache_memory: int = 512 * 2**20
    max_num_seqs: int = 16
    max_num_waiting: int = 64
    max_waiting_tokens: int = 2**18
    max_num_batched_tokens: int = 512
    encoder_cache_tokens: int = 2**13
    prefix_cache: bool = True
    block_size: int = 32
    tensor_parallel: int = 1
    expert_parallel: int = 1
    speculation: int = 15
    trace: str | Path | None = None

    def __post_init__(self) -> None:
        for name in _AT_LEAST_1:
            if getattr(self, name) < 1:
                raise InvalidRequest(f"{name} is {getattr(self, name)}; it must be at least 1.")
        if self.encoder_cache_tokens < 0:
            raise InvalidRequest(
                f"encoder_cache_tokens is {self.encoder_cache_tokens}; it must be 0 (keep none) or more."
            )
        if not 0 <= self.speculation < MAX_STEP_TOKENS:
            raise InvalidRequest(f"speculation is {self.speculation}; it must be 0 (off) to {MAX_STEP_TOKENS - 1}.")
        if self.tensor_parallel % self.expert_parallel:
            raise InvalidRequest(
                f"expert_parallel is {self.expert_parallel}, which does not divide tensor_parallel "
                f"({self.tensor_parallel}); every rank holds its part of attention and of the experts."
            )
        if self.max_model_len is not None and self.max_model_len < 1:
            raise InvalidRequest(f"max_model_len is {self.max_model_len}; it must be at least 1.")
