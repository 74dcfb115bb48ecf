"""Attention in whole sequences, and that it needs no matrix of positions x positions."""

import pytest
import torch
from torch.nn.attention import SDPBackend, sdpa_kernel

from engine.layers.encoder_attention import attend
from tests.close import assert_as_accurate


def exact(q, k, v, is_causal):
    scores = torch.einsum("sqhd,skhd->shqk", q, k) / q.shape[-1] ** 0.5
    if is_causal:
        scores = scores.masked_fill(torch.ones(scores.shape[-2:], dtype=torch.bool).triu(1), -torch.inf)
    return torch.einsum("shqk,skhd->sqhd", scores.softmax(-1), v).flatten(2)


@pytest.mark.parametrize("is_causal", [False, True])
@pytest.mark.parametrize("length", [1, 7, 65])
def test_it_is_softmax_of_scaled_products(length, is_causal):
    qkv = [torch.randn(2, length, 3, 16) for _ in range(3)]

    out = attend(*qkv, is_causal=is_causal)

    wide = exact(*(part.double() for part in qkv), is_causal)
    assert_as_accurate(out, wide, exact(*qkv, is_causal))


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("is_causal", [False, True])
@pytest.mark.parametrize("head_dim", [16, 64, 96, 128])
def test_the_blockwise_operation_takes_slices_of_a_packed_product(head_dim, is_causal, dtype):
    q, k, v = torch.randn(1, 33, 3, 2, head_dim, dtype=dtype).unbind(2)

    with sdpa_kernel(SDPBackend.FLASH_ATTENTION):  # raises where it cannot be used
        out = attend(q, k, v, is_causal=is_causal)

    assert out.shape == (1, 33, 2 * head_dim)
