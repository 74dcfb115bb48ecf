"""Single operations of a mixture-of-experts decoder: ours on the CPU, and what PyTorch and transformers have for them.

Every operation has several inputs, so that a call does not find in the processor's caches what the one before it read:
in a model another layer was there in between.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

import torch
import torch.nn.functional as F
from torch import Tensor
from transformers import Qwen3MoeConfig
from transformers.models.qwen3_moe.modeling_qwen3_moe import (
    Qwen3MoeRMSNorm,
    Qwen3MoeSparseMoeBlock,
    Qwen3MoeTopKRouter,
)

from kernels.contexts import Contexts
from kernels.decoder_layer import ExpertsHalf
from kernels.experts import ExpertWeights, experts
from kernels.linear import Weight, linear
from kernels.paged_attention import paged_attention
from kernels.paged_kv import allocate_paged_kv
from kernels.rms_norm import add_rms_norm_
from kernels.rope_store import Angles, rope_store
from kernels.route_experts import route_experts

NUM_INPUTS = 8
_DTYPE = torch.bfloat16
_PAGE = 32
_MAX_GATHERED = 8  # tokens for which batched_mm, which copies the experts of each, is usable at all

Call = Callable[[int], Tensor]  # of the input with that number


@dataclass(frozen=True)
class Pair:
    """ours and what others there are, by name. size: tokens, and for attention the length of their contexts."""

    operation: str
    size: str
    ours: Call
    peers: Mapping[str, Call] = field(repr=False)


def moe_layer(config: Qwen3MoeConfig, num_tokens: int) -> Pair:
    """Router and experts."""
    block = _block(config)
    inputs = _inputs(num_tokens, config.hidden_size)
    gate = Weight(block.gate.weight.detach().clone())
    weights = ExpertWeights(block.experts.gate_up_proj.detach().clone(), block.experts.down_proj.detach().clone())
    num_chosen = config.num_experts_per_tok
    if gate.panels is not None and weights.gate_up_panels is not None:
        half = ExpertsHalf(gate, weights, num_chosen, config.norm_topk_prob, 1)
    else:
        half = None

    def ours(i: int) -> Tensor:
        if half is not None:
            return half(inputs[i])
        ids, shares = _route(inputs[i], gate, config)
        return experts(inputs[i], ids, shares, weights)

    def peer(implementation: str) -> Call:
        def call(i: int) -> Tensor:
            block.experts.config._experts_implementation = implementation
            out: Tensor = block(inputs[i][None])[0]
            return out

        return call

    names = ["eager", "grouped_mm"] + ["batched_mm"] * (num_tokens <= _MAX_GATHERED)
    return Pair("MoE layer", _tokens(num_tokens), ours, {f"transformers {name}": peer(name) for name in names})


def add_rms_norm(config: Qwen3MoeConfig, num_tokens: int) -> Pair:
    H, eps = config.hidden_size, config.rms_norm_eps
    inputs, residuals = _inputs(num_tokens, H), _inputs(num_tokens, H)
    norm = Qwen3MoeRMSNorm(H, eps).to(_DTYPE)
    weight = norm.weight.detach()
    wide = [residual.float() for residual in residuals]

    def ours(i: int) -> Tensor:
        return add_rms_norm_(wide[i], inputs[i], weight, eps)

    def torch_norm(i: int) -> Tensor:
        return F.rms_norm(residuals[i] + inputs[i], (H,), weight, eps)

    def transformers_norm(i: int) -> Tensor:
        out: Tensor = norm(residuals[i] + inputs[i])
        return out

    peers = {"torch": torch_norm, "transformers": transformers_norm}
    return Pair("residual + RMSNorm", _tokens(num_tokens), ours, peers)


def router(config: Qwen3MoeConfig, num_tokens: int) -> Pair:
    """From hidden states to the weights of the chosen experts."""
    module = Qwen3MoeTopKRouter(config)
    torch.nn.init.normal_(module.weight, std=config.hidden_size**-0.5)
    module.to(_DTYPE)
    inputs = _inputs(num_tokens, config.hidden_size)
    gate = Weight(module.weight.detach().clone())

    def ours(i: int) -> Tensor:
        return _route(inputs[i], gate, config)[1]

    def peer(i: int) -> Tensor:
        scores: Tensor = module(inputs[i])[1]
        return scores

    return Pair("router", _tokens(num_tokens), ours, {"transformers": peer})


def decode_attention(config: Qwen3MoeConfig, num_sequences: int, length: int) -> Pair:
    """One new token for each sequence. The peers' keys and values are one block, which no server could keep them in."""
    B, Hq, Hkv, D = num_sequences, config.num_attention_heads, config.num_key_value_heads, config.head_dim
    num_pages = -(-length // _PAGE)
    (cache,) = allocate_paged_kv(1, B * num_pages, Hkv, D, _PAGE, torch.empty(0, dtype=_DTYPE))
    num_tokens = B * num_pages * _PAGE
    heads = torch.randn(num_tokens, Hq + 2 * Hkv, D).to(_DTYPE)
    unturned = Angles(torch.cat((torch.ones(1, D // 2), torch.zeros(1, D // 2)), dim=1), torch.zeros(num_tokens).long())
    rope_store(heads.flatten(1), None, unturned, torch.arange(num_tokens), cache)
    tables = torch.arange(B * num_pages, dtype=torch.int32).view(B, num_pages)
    starts = torch.arange(B + 1, dtype=torch.int32)
    contexts = Contexts(tables, starts, torch.full((B,), length, dtype=torch.int32))
    stored = heads[:, Hq:].view(B, -1, 2, Hkv, D)[:, :length]
    keys, values = (part.transpose(1, 2).contiguous() for part in stored.unbind(2))  # [B, Hkv, length, D]
    inputs = [x.view(B, Hq, D) for x in _inputs(B, Hq * D)]

    def ours(i: int) -> Tensor:
        return paged_attention(inputs[i], cache, contexts)

    def eager(i: int) -> Tensor:
        """As transformers: every key head repeated for its group."""
        k, v = keys.repeat_interleave(Hq // Hkv, dim=1), values.repeat_interleave(Hq // Hkv, dim=1)
        scores = inputs[i][:, :, None] @ k.transpose(2, 3) * D**-0.5
        out: Tensor = scores.softmax(dim=-1, dtype=torch.float32).to(_DTYPE) @ v
        return out[:, :, 0]

    def grouped(i: int) -> Tensor:
        """The queries of a group as rows of one product."""
        scores = inputs[i].view(B, Hkv, -1, D) @ keys.transpose(2, 3) * D**-0.5
        out: Tensor = scores.softmax(dim=-1, dtype=torch.float32).to(_DTYPE) @ values
        return out.view(B, Hq, D)

    def sdpa(i: int) -> Tensor:
        return F.scaled_dot_product_attention(inputs[i][:, :, None], keys, values, enable_gqa=True)[:, :, 0]

    peers = {"torch eager": eager, "torch eager, grouped": grouped, "torch SDPA": sdpa}
    return Pair("decode attention", f"{B} x {length}", ours, peers)


def all_pairs(config: Qwen3MoeConfig, is_quick: bool) -> Iterator[Pair]:
    """Made one after another: each may be let go of before the next takes its memory."""
    numbers = (1, 3) if is_quick else (1, 8, 32, 512)
    contexts = ((1, 40), (3, 70)) if is_quick else ((1, 512), (1, 2048), (8, 512), (32, 256))
    for make in (moe_layer, add_rms_norm, router):
        for num_tokens in numbers:
            yield make(config, num_tokens)
    for num_sequences, length in contexts:
        yield decode_attention(config, num_sequences, length)


def _route(x: Tensor, gate: Weight, config: Qwen3MoeConfig) -> tuple[Tensor, Tensor]:
    logits = linear(x, gate, out_dtype=torch.float32)
    return route_experts(logits, config.num_experts_per_tok, config.norm_topk_prob)


def _block(config: Qwen3MoeConfig) -> Qwen3MoeSparseMoeBlock:
    block = Qwen3MoeSparseMoeBlock(config)
    for matrix in block.parameters():
        torch.nn.init.normal_(matrix, std=matrix.shape[-1] ** -0.5)
    return block.to(_DTYPE)


def _inputs(num_tokens: int, width: int) -> list[Tensor]:
    return [torch.randn(num_tokens, width).to(_DTYPE) for _ in range(NUM_INPUTS)]


def _tokens(number: int) -> str:
    return f"{number} token{'s' * (number > 1)}"
