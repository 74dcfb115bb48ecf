"""The text decoder: Llama, Mixtral, Qwen3, Qwen3-MoE and the text models of the Intern-S1 family.

They are the same figure with three choices, taken once when the model is built: whether query and key heads are
normalised, whether the MLP is dense or a mixture of experts, and how positions become angles.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from engine.errors import CheckpointError
from engine.interruption import Check, go_on
from engine.layers.attention import Attention
from engine.layers.mlp import MLP
from engine.layers.moe import MoE
from engine.layers.rotary import FourierEmbedding, RotaryEmbedding
from engine.model_config import ModelConfig
from engine.ranks.parallel import ALONE, Parallel
from engine.ranks.sharding import take_shard, whole
from engine.step_batch import StepBatch
from engine.weight_reader import WeightReader
from kernels.decoder_layer import AttentionHalf, Step
from kernels.linear import Weight, linear
from kernels.paged_kv import PagedKV
from kernels.rms_norm import add_rms_norm_
from kernels.rope_store import Angles

_HEAD = "lm_head.weight"


class DecoderLayer:
    def __init__(self, config: ModelConfig, weights: WeightReader, prefix: str, parallel: Parallel = ALONE) -> None:
        H, self.eps = config.hidden_size, config.rms_norm_eps
        self.input_layernorm = weights.take(f"{prefix}.input_layernorm.weight", H)
        self.self_attn = Attention(config, weights, f"{prefix}.self_attn", parallel)
        self.post_attention_layernorm = weights.take(f"{prefix}.post_attention_layernorm.weight", H)
        self._attention_half: AttentionHalf | None = None
        self.mlp: MLP | MoE
        if config.experts is None:
            self.mlp = MLP(config, weights, f"{prefix}.mlp", parallel)
        else:
            self.mlp = MoE(config, config.experts, weights, f"{prefix}.mlp", parallel)

    def __call__(
        self,
        x: Tensor,
        residual: Tensor,
        angles: Angles,
        batch: StepBatch,
        cache: PagedKV,
        routes: list[Tensor] | None = None,
    ) -> Tensor:
        """x [T, H] is what the layer before adds to residual [T, H] float32, in place; returns what this one adds."""
        return self._feed(self.attend(x, residual, angles, batch, cache), routes)

    @property
    def has_halves(self) -> bool:
        """Whether each half can be one call of our own library: not on one of several ranks, which meet in between."""
        has_panels = self.self_attn.qkv_proj.panels is not None and self.self_attn.o_proj.panels is not None
        return has_panels and self.self_attn.parallel.collectives is None

    def run_halves(
        self, x: Tensor, residual: Tensor, step: Step, cache: PagedKV, routes: list[Tensor] | None = None
    ) -> Tensor:
        """What __call__ computes, in as few calls as can be."""
        if self._attention_half is None or self._attention_half.cache is not cache:
            self._attention_half = self.self_attn.make_half(
                self.input_layernorm, self.post_attention_layernorm, self.eps, cache
            )
        x = self._attention_half(x, residual, step)
        if routes is None and isinstance(self.mlp, MoE) and self.mlp.half is not None:
            return self.mlp.half(x)
        return self._feed(x, routes)

    def _feed(self, x: Tensor, routes: list[Tensor] | None) -> Tensor:
        """The second half. Adds the experts [T, C] that are chosen to routes."""
        return self.mlp(x, routes) if isinstance(self.mlp, MoE) else self.mlp(x)

    def attend(self, x: Tensor, residual: Tensor, angles: Angles, batch: StepBatch, cache: PagedKV) -> Tensor:
        """The first half: all but the MLP, whose input it returns."""
        x = add_rms_norm_(residual, x, self.input_layernorm, self.eps)
        x = self.self_attn(x, angles, batch, cache)
        return add_rms_norm_(residual, x, self.post_attention_layernorm, self.eps)


class Decoder:
    """Where there are ranks, each holds some rows of the embedding and of the head; logits come together on rank 0."""

    def __init__(
        self, config: ModelConfig, weights: WeightReader, max_model_len: int, parallel: Parallel = ALONE
    ) -> None:
        H, self.eps = config.hidden_size, config.rms_norm_eps
        self.parallel, self.vocabulary = parallel, parallel.vocabulary(config.vocab_size)
        self.embed_tokens, self.lm_head = self._read_tables(config, weights)
        self.rotary_emb: RotaryEmbedding | FourierEmbedding
        if config.fope is None:
            self.rotary_emb = RotaryEmbedding(config, max_model_len, weights.device)
        else:
            self.rotary_emb = FourierEmbedding(config, config.fope, weights, "model.rotary_emb", parallel)
        self.layers = [DecoderLayer(config, weights, f"model.layers.{i}", parallel) for i in range(config.num_layers)]
        self.norm = weights.take("model.norm.weight", H)

    def _read_tables(self, config: ModelConfig, weights: WeightReader) -> tuple[Tensor | Weight, Weight]:
        """The embedding and the head; where they are the same, the embedding reads the rows of the head if it can."""
        shards = self.vocabulary, whole(config.hidden_size)
        table = take_shard(weights, "model.embed_tokens.weight", *shards)
        if not config.is_embedding_tied:
            return weights.place(table), Weight(weights.place_matrix(take_shard(weights, _HEAD, *shards)))
        if weights.has(_HEAD) and not torch.equal(take_shard(weights, _HEAD, *shards), table):
            raise CheckpointError(f"tie_word_embeddings is true, but {_HEAD} differs from the embedding.")
        matrix = weights.place_matrix(table)
        head = Weight(matrix)
        return head if head.has_rows else matrix, head

    def __call__(
        self,
        batch: StepBatch,
        caches: list[PagedKV],
        routes: list[Tensor] | None = None,
        check: Check = go_on,
    ) -> Tensor:
        """Reads the batch into the caches, one per layer -> logits [R, V] float32 of the wanted rows, on rank 0.

        Each layer adds to routes the experts [T, C] of every token, where there is such a list, and experts.
        check: called in every layer.
        """
        x, angles = self.embed(batch), self.rotary_emb(batch.positions)
        residual = torch.zeros_like(x, dtype=torch.float32)
        if caches[0].library is not None and all(layer.has_halves for layer in self.layers):
            step = Step(len(x), angles, batch.slots, batch.contexts)
            for layer, cache in zip(self.layers, caches, strict=True):
                check()
                x = layer.run_halves(x, residual, step, cache, routes)
        else:
            for layer, cache in zip(self.layers, caches, strict=True):
                check()
                x = layer(x, residual, angles, batch, cache, routes)
        x = add_rms_norm_(residual[batch.logit_rows], x[batch.logit_rows], self.norm, self.eps)
        return self.parallel.gather_columns(linear(x, self.lm_head, out_dtype=torch.float32), self.vocabulary)

    def embed(self, batch: StepBatch) -> Tensor:
        """[T, H]: of the tokens, or what an encoder made of the media that they stand for.

        The sum over ranks takes features along: rank 0 has them, and the others have zeros there (step_frame.py).
        """
        x = self._look_up(batch.token_ids)
        for first, rows in batch.features:
            x[first : first + len(rows)] = rows.to(x.dtype)
        return self.parallel.sum(x)

    def _look_up(self, token_ids: Tensor) -> Tensor:
        """Zeros for an id that is not in this rank's part of the vocabulary."""
        if self.vocabulary.is_whole:
            return self._rows(token_ids)
        places = token_ids - self.vocabulary.start
        is_elsewhere = (places < 0) | (places >= len(self.vocabulary))
        return self._rows(places.masked_fill(is_elsewhere, 0)).masked_fill_(is_elsewhere[:, None], 0)

    def _rows(self, places: Tensor) -> Tensor:
        if isinstance(self.embed_tokens, Weight):
            return self.embed_tokens.rows(places)
        return F.embedding(places, self.embed_tokens)
