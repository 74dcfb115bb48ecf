import pytest
import torch

from kernels.paged_kv import allocate_paged_kv
from kernels.rms_norm import rms_norm_reference
from kernels.rope_store import Angles, HeadNorms, rope_store, rotate_reference
from tests.close import assert_as_accurate
from tests.kernels.plain_cache import plain

Q_HEADS, KV_HEADS = 6, 2


def random_angles(*shape):
    """[*shape, D]: whatever they are, not the cosine and sine of one angle."""
    return torch.randn(*shape)


def by_position(tokens, head_size):
    return Angles(random_angles(50, head_size), torch.randperm(50)[:tokens])


def by_key_head(tokens, head_size):
    return Angles(random_angles(tokens, KV_HEADS, head_size), None)


def inputs(tokens, head_size, dtype):
    qkv = torch.randn(tokens, (Q_HEADS + 2 * KV_HEADS) * head_size).to(dtype)
    norms = HeadNorms(torch.rand(head_size).to(dtype), torch.rand(head_size).to(dtype), eps=1e-6)
    return qkv, norms


def expected(heads, weight, angles):
    """heads [T, heads, D] normalised and rotated one by one, in their own precision."""
    x = heads if weight is None else rms_norm_reference(heads, weight.to(heads.dtype), 1e-6)
    out = torch.empty_like(x)
    for t in range(x.shape[0]):
        for head in range(x.shape[1]):
            key_head = head * KV_HEADS // x.shape[1]
            row = angles.table[t, key_head] if angles.positions is None else angles.table[angles.positions[t]]
            cos, sin = row.to(x.dtype).chunk(2)
            out[t, head] = rotate_reference(x[t, head], cos, sin)
    return out


@pytest.mark.parametrize("angles_of", [by_position, by_key_head])
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
def test_queries_keys_and_values_match_the_reference(tokens, head_size, page_size, has_norms, dtype, angles_of, path):
    qkv, norms = inputs(tokens, head_size, dtype)
    angles, norms = angles_of(tokens, head_size), norms if has_norms else None
    [cache] = allocate_paged_kv(1, 20, KV_HEADS, head_size, page_size, like=qkv)
    slots = torch.randperm(20 * page_size)[:tokens]

    q = rope_store(qkv, norms, angles, slots, cache)

    heads = qkv.view(tokens, -1, head_size)
    queries, keys, values = heads.split((Q_HEADS, KV_HEADS, KV_HEADS), dim=1)
    content = plain(cache)
    stored = content.keys[slots // page_size, :, :, slots % page_size]
    q_weight, k_weight = (norms.q, norms.k) if norms else (None, None)
    exact, naive = (expected(x, q_weight, angles) for x in (queries.double(), queries))
    assert_as_accurate(q, exact, naive)
    exact, naive = (expected(x, k_weight, angles) for x in (keys.double(), keys))
    assert_as_accurate(stored, exact, naive)
    assert torch.equal(content.values[slots // page_size, :, slots % page_size], values)


@pytest.mark.parametrize("angles_of", [by_position, by_key_head])
def test_padding_is_rotated_but_not_stored(angles_of, path):
    qkv, norms = inputs(4, 32, torch.float32)
    [cache] = allocate_paged_kv(1, 2, KV_HEADS, 32, 16, like=qkv)
    cache.values.fill_(torch.nan)

    q = rope_store(qkv, norms, angles_of(4, 32), torch.tensor([3, 17]), cache)

    assert q.shape == (4, Q_HEADS, 32) and q.isfinite().all()
    assert plain(cache).values.isfinite().all(dim=3).all(dim=1).nonzero().tolist() == [[0, 3], [1, 1]]


def test_position_zero_changes_nothing(path):
    qkv = torch.randn(2, (Q_HEADS + 2 * KV_HEADS) * 16)
    [cache] = allocate_paged_kv(1, 1, KV_HEADS, 16, 16, like=qkv)
    table = torch.cat((torch.ones(1, 8), torch.zeros(1, 8)), dim=-1)

    q = rope_store(qkv, None, Angles(table, torch.zeros(2, dtype=torch.int64)), torch.tensor([0, 1]), cache)

    assert torch.equal(q.flatten(1), qkv[:, : Q_HEADS * 16])


def test_key_heads_with_equal_angles_are_turned_as_by_one_row(path):
    qkv, norms = inputs(3, 32, torch.float32)
    shared = by_position(3, 32)
    repeated = Angles(shared.table[shared.positions][:, None].repeat(1, KV_HEADS, 1), None)
    caches = allocate_paged_kv(2, 1, KV_HEADS, 32, 16, like=qkv)
    slots = torch.arange(3)

    queries = [
        rope_store(qkv, norms, angles, slots, cache) for angles, cache in zip((shared, repeated), caches, strict=True)
    ]

    assert torch.equal(*queries)
    assert torch.equal(*(plain(cache).keys[..., :3] for cache in caches))
