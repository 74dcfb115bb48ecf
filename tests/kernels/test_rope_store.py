import pytest
import torch

from kernels.paged_kv import allocate_paged_kv
from kernels.rms_norm import rms_norm_reference
from kernels.rope_store import HeadNorms, rope_store, rotate_reference
from tests.close import assert_as_accurate

Q_HEADS, KV_HEADS = 6, 2


def angles(num_positions, head_size):
    table = torch.randn(num_positions, head_size // 2)
    return torch.cat((table.cos(), table.sin()), dim=-1)


def inputs(tokens, head_size, dtype):
    qkv = torch.randn(tokens, (Q_HEADS + 2 * KV_HEADS) * head_size).to(dtype)
    norms = HeadNorms(torch.rand(head_size).to(dtype), torch.rand(head_size).to(dtype), eps=1e-6)
    return qkv, norms, angles(50, head_size), torch.randperm(50)[:tokens]


def expected(heads, weight, table, positions):
    """heads [T, heads, D] normalised and rotated, in their own precision."""
    cos, sin = table[positions].to(heads.dtype).chunk(2, dim=-1)
    x = heads if weight is None else rms_norm_reference(heads, weight.to(heads.dtype), 1e-6)
    return rotate_reference(x, cos, sin)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize(
    ("tokens", "head_size", "page_size", "has_norms"),
    [
        pytest.param(1, 64, 32, False, id="decode"),
        pytest.param(3, 16, 16, True, id="smallest-head"),
        pytest.param(40, 64, 32, True, id="many-tokens"),
        pytest.param(5, 24, 4, True, id="sizes-for-torch-alone"),
    ],
)
def test_queries_keys_and_values_match_the_reference(tokens, head_size, page_size, has_norms, dtype, path):
    qkv, norms, table, positions = inputs(tokens, head_size, dtype)
    norms = norms if has_norms else None
    [cache] = allocate_paged_kv(1, 20, KV_HEADS, head_size, page_size, like=qkv)
    slots = torch.randperm(20 * page_size)[:tokens]

    q = rope_store(qkv, norms, table, positions, slots, cache)

    heads = qkv.view(tokens, -1, head_size)
    queries, keys, values = heads.split((Q_HEADS, KV_HEADS, KV_HEADS), dim=1)
    stored = cache.keys[slots // page_size, :, :, slots % page_size]
    q_weight, k_weight = (norms.q, norms.k) if norms else (None, None)
    exact, naive = (expected(x, q_weight, table, positions) for x in (queries.double(), queries))
    assert_as_accurate(q, exact, naive)
    exact, naive = (expected(x, k_weight, table, positions) for x in (keys.double(), keys))
    assert_as_accurate(stored, exact, naive)
    assert torch.equal(cache.values[slots // page_size, :, slots % page_size], values)


def test_padding_is_rotated_but_not_stored(path):
    qkv, norms, table, positions = inputs(4, 32, torch.float32)
    [cache] = allocate_paged_kv(1, 2, KV_HEADS, 32, 16, like=qkv)
    cache.values.fill_(torch.nan)

    q = rope_store(qkv, norms, table, positions, torch.tensor([3, 17]), cache)

    assert q.shape == (4, Q_HEADS, 32) and q.isfinite().all()
    assert cache.values.isfinite().all(dim=3).all(dim=1).nonzero().tolist() == [[0, 3], [1, 1]]


def test_position_zero_changes_nothing(path):
    qkv = torch.randn(2, (Q_HEADS + 2 * KV_HEADS) * 16)
    [cache] = allocate_paged_kv(1, 1, KV_HEADS, 16, 16, like=qkv)
    table = torch.cat((torch.ones(1, 8), torch.zeros(1, 8)), dim=-1)

    q = rope_store(qkv, None, table, torch.zeros(2, dtype=torch.int64), torch.tensor([0, 1]), cache)

    assert torch.equal(q.flatten(1), qkv[:, : Q_HEADS * 16])
