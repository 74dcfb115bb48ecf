"""How the weights and the KV cache of a model spread over ranks (family facts, sections 7 and 8).

Tensor parallelism splits attention by heads, experts by width, and the vocabulary; keys and values are replicated where
there are more ranks than their heads. Expert parallelism gives each rank whole experts. Encoders, norms and the router
are on every rank. With fewer tensor-parallel ranks than expert-parallel ones, attention is repeated (data parallel).
"""

from dataclasses import dataclass
from fractions import Fraction

from engine.errors import InvalidRequest
from engine.fit_inventory import Inventory, Matrix
from engine.model_config import ModelConfig
from kernels.fp8 import BLOCK

_ONE = Fraction(1)
_VOCABULARY = ("model.embed_tokens.", "lm_head.")
_QUERIES = (".self_attn.q_proj.", ".self_attn.o_proj.")
_KEYS = (".self_attn.k_proj.", ".self_attn.v_proj.", ".rotary_emb.")
_DENSE = (".mlp.gate_proj.", ".mlp.up_proj.", ".mlp.down_proj.")


@dataclass(frozen=True, slots=True)
class Layout:
    tensor_parallel: int = 1
    expert_parallel: int = 1

    @property
    def num_ranks(self) -> int:
        return max(self.tensor_parallel, self.expert_parallel)

    @property
    def ranks_per_expert(self) -> int:
        return self.num_ranks // self.expert_parallel


def check_layout(layout: Layout, config: ModelConfig) -> None:
    """Raises InvalidRequest where a number does not divide what it splits."""
    tensor, expert = layout.tensor_parallel, layout.expert_parallel
    if tensor < 1 or expert < 1:
        raise InvalidRequest(f"--tensor-parallel is {tensor} and --expert-parallel {expert}; both must be at least 1.")
    if config.num_heads % tensor:
        raise InvalidRequest(f"--tensor-parallel is {tensor}, which does not divide the {config.num_heads} heads.")
    if config.num_kv_heads % tensor and tensor % config.num_kv_heads:
        raise InvalidRequest(
            f"--tensor-parallel is {tensor}, neither a divisor nor a multiple of the {config.num_kv_heads} key heads."
        )
    if expert > 1 and config.experts is None:
        raise InvalidRequest(f"--expert-parallel is {expert}, but this model has no experts.")
    if config.experts is not None and config.experts.num_experts % expert:
        raise InvalidRequest(
            f"--expert-parallel is {expert}, which does not divide the {config.experts.num_experts} experts."
        )
    if layout.num_ranks % tensor or layout.num_ranks % expert:
        raise InvalidRequest(f"--tensor-parallel {tensor} and --expert-parallel {expert}: one must divide the other.")


def bytes_per_rank(inventory: Inventory, layout: Layout) -> list[int]:
    check_layout(layout, inventory.config)
    ranks = [Fraction(0)] * layout.num_ranks
    for matrix in inventory.matrices:
        shares = _shares(matrix, inventory, layout)
        ranks = [total + share * matrix.num_bytes for total, share in zip(ranks, shares, strict=True)]
    return [round(total) for total in ranks]


def kv_bytes_per_token(config: ModelConfig, num_bytes: int, tensor_parallel: int = 1) -> int:
    """On one rank. num_bytes: of one number in the cache."""
    return 2 * config.num_layers * max(1, config.num_kv_heads // tensor_parallel) * config.head_dim * num_bytes


def _shares(matrix: Matrix, inventory: Inventory, layout: Layout) -> list[Fraction]:
    """What part of a matrix each rank holds."""
    num_ranks, config = layout.num_ranks, inventory.config
    tensor = layout.tensor_parallel
    if matrix.is_expert:
        assert config.experts is not None
        width = _widths(config.experts.intermediate_size, layout.ranks_per_expert, inventory.has_fp8)
        return [width[rank % len(width)] / layout.expert_parallel for rank in range(num_ranks)]
    if any(name in matrix.name for name in _DENSE) and matrix.part == "text":
        width = _widths(config.intermediate_size, tensor, inventory.has_fp8)
        return [width[rank % len(width)] for rank in range(num_ranks)]
    if matrix.name.startswith(_VOCABULARY):
        return [Fraction(-(-config.vocab_size // tensor), config.vocab_size)] * num_ranks
    if any(name in matrix.name for name in _QUERIES):
        return [Fraction(1, tensor)] * num_ranks
    if any(name in matrix.name for name in _KEYS):
        return [Fraction(1, min(tensor, config.num_kv_heads))] * num_ranks
    return [_ONE] * num_ranks


def _widths(size: int, num_ranks: int, is_fp8: bool) -> list[Fraction]:
    """FP8 is cut between blocks only, so ranks may get different shares, and some of them none."""
    unit = BLOCK if is_fp8 else 1
    num_units = -(-size // unit)
    each, extra = divmod(num_units, num_ranks)
    return [Fraction(each + (rank < extra), num_units) for rank in range(num_ranks)]
