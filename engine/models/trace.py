"""What happens inside a decoder during one step, layer by layer: for comparison with another implementation."""

from dataclasses import dataclass

import torch
from torch import Tensor

from engine.layers.moe import MoE
from engine.models.decoder import Decoder
from engine.step_batch import StepBatch
from kernels.linear import linear
from kernels.paged_kv import PagedKV
from kernels.rms_norm import add_rms_norm_


@dataclass(frozen=True, slots=True)
class Trace:
    """T tokens with padding, L layers, C experts per token, R wanted rows.

    hidden_states [L + 2, T, H] float32: the embedding, what each layer leaves, the last norm. router_ids [L, T, C] and
    router_weights [L, T, C]; None where no layer has experts. logits [R, V].
    """

    hidden_states: Tensor
    router_ids: Tensor | None
    router_weights: Tensor | None
    logits: Tensor


def trace(decoder: Decoder, batch: StepBatch, caches: list[PagedKV]) -> Trace:
    """Computes what decoder(batch, caches) does, with the same operations, and keeps what it passes by."""
    x, angles = decoder.embed(batch), decoder.rotary_emb(batch.positions)
    residual = torch.zeros_like(x, dtype=torch.float32)
    hidden_states, choices = [x.float()], []
    for layer, cache in zip(decoder.layers, caches, strict=True):
        x = layer.attend(x, residual, angles, batch, cache)
        if isinstance(layer.mlp, MoE):
            choices.append(layer.mlp.route(x))
        x = layer.mlp(x)
        hidden_states.append(residual + x)
    x = add_rms_norm_(residual, x, decoder.norm, decoder.eps)
    hidden_states.append(x.float())
    return Trace(
        hidden_states=torch.stack(hidden_states),
        router_ids=torch.stack([ids for ids, _ in choices]) if choices else None,
        router_weights=torch.stack([weights for _, weights in choices]) if choices else None,
        logits=linear(x[batch.logit_rows], decoder.lm_head, out_dtype=torch.float32),
    )
