"""Self-attention over the paged cache. A rank has some of the heads: rows of q, k and v, columns of the output."""

from torch import Tensor

from engine.layers.matrix import read_matrix
from engine.model_config import ModelConfig
from engine.ranks.parallel import ALONE, Parallel
from engine.ranks.sharding import whole
from engine.step_batch import StepBatch
from engine.weight_reader import WeightReader
from kernels.decoder_layer import AttentionHalf
from kernels.linear import Weight, linear
from kernels.paged_attention import paged_attention
from kernels.paged_kv import PagedKV
from kernels.rope_store import Angles, HeadNorms, rope_store


class Attention:
    """q, k and v are one product: their matrices stand on each other, in that order."""

    def __init__(self, config: ModelConfig, weights: WeightReader, prefix: str, parallel: Parallel = ALONE) -> None:
        D, H = config.head_dim, whole(config.hidden_size)
        q = parallel.heads(config.num_heads).times(D)
        kv = parallel.kv_heads(config.num_kv_heads).times(D)
        parts = (("q", q), ("k", kv), ("v", kv))
        names = ((f"{prefix}.{part}_proj.weight", rows) for part, rows in parts)
        self.qkv_proj = Weight(read_matrix(weights, H, *names))
        self.o_proj = Weight(read_matrix(weights, q, (f"{prefix}.o_proj.weight", H)))
        self.parallel = parallel
        self.norms = _head_norms(config, weights, prefix) if config.has_qk_norm else None

    def make_half(self, input_norm: Tensor, output_norm: Tensor, eps: float, cache: PagedKV) -> AttentionHalf:
        """With the normalisations before and after it, as one call."""
        return AttentionHalf(self.qkv_proj, self.o_proj, input_norm, output_norm, eps, self.norms, cache)

    def __call__(self, x: Tensor, angles: Angles, batch: StepBatch, cache: PagedKV) -> Tensor:
        """x [T, H] -> [T, H]."""
        qkv = linear(x, self.qkv_proj)
        q = rope_store(qkv, self.norms, angles, batch.slots, cache)
        return self.parallel.sum_of_products(paged_attention(q, cache, batch.contexts).flatten(1), self.o_proj)


def _head_norms(config: ModelConfig, weights: WeightReader, prefix: str) -> HeadNorms:
    return HeadNorms(
        q=weights.take(f"{prefix}.q_norm.weight", config.head_dim),
        k=weights.take(f"{prefix}.k_norm.weight", config.head_dim),
        eps=config.rms_norm_eps,
    )
