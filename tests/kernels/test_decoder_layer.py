import pytest
import torch

from kernels.contexts import Contexts
from kernels.decoder_layer import AttentionHalf, ExpertsHalf, Step
from kernels.experts import ExpertWeights, experts
from kernels.int8 import quantize
from kernels.linear import Weight, linear
from kernels.paged_attention import paged_attention
from kernels.paged_kv import allocate_paged_kv
from kernels.rms_norm import add_rms_norm_
from kernels.rope_store import Angles, HeadNorms, rope_store
from kernels.route_experts import route_experts

H, HEADS, KV_HEADS, D, PAGE, EPS = 48, 4, 2, 16, 16, 1e-6


def plain(matrix):
    return matrix


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("kind", [plain, quantize], ids=["plain", "int8"])
@pytest.mark.parametrize("is_per_head", [False, True], ids=["rope", "angles-per-head"])
@pytest.mark.parametrize(("num_tokens", "num_padded"), [(1, 0), (20, 3)])
def test_the_attention_half_is_its_operations_one_by_one(dtype, kind, is_per_head, num_tokens, num_padded, compiled):
    T = num_tokens + num_padded
    qkv = Weight(kind(torch.randn((HEADS + 2 * KV_HEADS) * D, H).to(dtype)))
    o = Weight(kind(torch.randn(H, HEADS * D).to(dtype)))
    first_norm, second_norm = torch.rand(H).to(dtype), torch.rand(H).to(dtype)
    norms = HeadNorms(torch.rand(D).to(dtype), torch.rand(D).to(dtype), EPS)
    positions = torch.arange(T)
    angles = Angles(torch.randn(T, KV_HEADS, D), None) if is_per_head else Angles(torch.randn(T, D), positions)
    caches = allocate_paged_kv(2, 2, KV_HEADS, D, PAGE, torch.empty(0, dtype=dtype))
    slots = torch.arange(num_tokens)
    contexts = Contexts(
        torch.tensor([[0, 1]]).int(), torch.tensor([0, num_tokens]).int(), torch.tensor([num_tokens]).int()
    )
    x, residual = torch.randn(T, H).to(dtype), torch.randn(T, H)

    expected_residual = residual.clone()
    normed = add_rms_norm_(expected_residual, x, first_norm, EPS)
    q = rope_store(linear(normed, qkv), norms, angles, slots, caches[0])
    attended = linear(paged_attention(q, caches[0], contexts).flatten(1), o)
    expected = add_rms_norm_(expected_residual, attended, second_norm, EPS)

    half = AttentionHalf(qkv, o, first_norm, second_norm, EPS, norms, caches[1])
    out = half(x, residual, Step(T, angles, slots, contexts))

    assert torch.equal(out, expected) and torch.equal(residual, expected_residual)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("kind", [plain, quantize], ids=["plain", "int8"])
@pytest.mark.parametrize("tokens", [1, 20])
@pytest.mark.parametrize(("num_groups", "is_normalised"), [(1, True), (2, False)])
def test_the_experts_half_is_its_operations_one_by_one(dtype, kind, tokens, num_groups, is_normalised, compiled):
    gate = Weight(torch.randn(6, H))
    weights = ExpertWeights(kind(torch.randn(6, 2 * 20, H).to(dtype)), kind(torch.randn(6, H, 20).to(dtype)))
    x = torch.randn(tokens, H).to(dtype)

    out = ExpertsHalf(gate, weights, 2, is_normalised, num_groups)(x)

    logits = linear(x, gate, out_dtype=torch.float32)
    assert torch.equal(out, experts(x, *route_experts(logits, 2, is_normalised, num_groups), weights))
