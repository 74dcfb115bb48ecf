import pytest
import torch

import kernels.rope_store
from kernels.paged_kv import PagedKV, allocate_paged_kv
from kernels.rms_norm import rms_norm_reference
from kernels.rope_store import Angles, HeadNorms, rope_store, rotate_reference
from tests.close import assert_as_accurate
from tests.kernels.guarded import guarded_outputs
from tests.kernels.plain_cache import plain

Q_HEADS, KV_HEADS = 6, 2


def random_angles(*shape):
    """[*shape, D]: whatever they are, not the cosine and sine of one angle."""
    return torch.randn(*shape)


def by_position(tokens, head_size):
    return Angles(random_angles(50, head_size), torch.randperm(50)[:tokens])


def by_key_head(tokens, head_size):
    return Angles(random_angles(tokens, KV_HEADS, head_size), None)


def mixed(num_left_out):
    """Angles of which every key head mixes all waves but so many into its own."""

    def angles(tokens, head_size):
        n = head_size // 2 - num_left_out
        return Angles(random_angles(tokens, 2 * n), None, torch.randn(2, KV_HEADS, n, n) / n**0.5)

    return angles


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
            cos, sin = row_of(angles, t, key_head, x.dtype, x.shape[2] // 2)
            out[t, head] = rotate_reference(x[t, head], cos, sin)
    return out


def row_of(angles, t, key_head, dtype, width):
    if angles.mixtures is None:
        row = angles.table[t, key_head] if angles.positions is None else angles.table[angles.positions[t]]
        return row.to(dtype).chunk(2)
    row = torch.ones(2, width, dtype=dtype)
    for wave, mixture, out in zip(angles.table[t].chunk(2), angles.mixtures[:, key_head], row, strict=True):
        out[: len(wave)] = wave.to(dtype) @ mixture.to(dtype)
    return row


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


def test_a_negative_slot_is_not_stored(path):
    qkv, norms = inputs(3, 32, torch.float32)
    [cache] = allocate_paged_kv(1, 2, KV_HEADS, 32, 16, like=qkv)
    cache.keys.fill_(torch.nan)
    cache.values.fill_(torch.nan)

    q = rope_store(qkv, norms, by_position(3, 32), torch.tensor([-1, 5, -1]), cache)

    assert q.isfinite().all()
    cache = plain(cache)
    assert cache.values.isfinite().all(dim=3).all(dim=1).nonzero().tolist() == [[0, 5]]
    assert cache.keys.isfinite().any(dim=2).any(dim=1).nonzero().tolist() == [[0, 5]]


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


# the kernel


@pytest.fixture
def on_triton(triton_device):
    """Everything is made where it takes the kernel."""
    with torch.device(triton_device):
        yield


def poisoned_cache(num_pages, head_size, page_size, like):
    keys = like.new_full((num_pages, KV_HEADS, head_size, page_size), torch.nan)
    return PagedKV(keys, keys.transpose(2, 3).contiguous(), None)


def assert_kernel_matches(qkv, norms, angles, slots, num_pages, page_size):
    """q, and what stands in the cache at the slots; around them the cache is as it was."""
    tokens, head_size = len(qkv), qkv.shape[1] // (Q_HEADS + 2 * KV_HEADS)
    cache = poisoned_cache(num_pages, head_size, page_size, qkv)

    with guarded_outputs():
        q = rope_store(qkv, norms, angles, slots, cache)

    queries, keys, values = qkv.view(tokens, Q_HEADS + 2 * KV_HEADS, head_size).split(
        (Q_HEADS, KV_HEADS, KV_HEADS), dim=1
    )
    q_weight, k_weight = (norms.q, norms.k) if norms else (None, None)
    assert_as_accurate(q, expected(queries.double(), q_weight, angles), expected(queries, q_weight, angles))
    stored = [t for t in range(len(slots)) if slots[t] >= 0]
    page, place = slots[stored] // page_size, slots[stored] % page_size
    exact, naive = (expected(x, k_weight, angles)[stored] for x in (keys.double(), keys))
    assert_as_accurate(cache.keys[page, :, :, place], exact, naive)
    assert torch.equal(cache.values[page, :, place], values[stored])
    cache.keys[page, :, :, place] = torch.nan
    cache.values[page, :, place] = torch.nan
    assert cache.keys.isnan().all() and cache.values.isnan().all()


@pytest.mark.parametrize(
    "angles_of",
    [by_position, by_key_head, mixed(num_left_out=0), mixed(num_left_out=5)],
    ids=["by-position", "by-key-head", "mixed", "some-waves-left-out"],
)
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize(
    ("tokens", "head_size", "page_size", "has_norms"),
    [
        pytest.param(1, 32, 32, False, id="decode"),
        pytest.param(5, 24, 4, True, id="head-not-a-power-of-two"),
        pytest.param(0, 16, 16, True, id="no-tokens"),
    ],
)
def test_the_kernel_matches_the_reference(tokens, head_size, page_size, has_norms, dtype, angles_of, on_triton):
    qkv, norms = inputs(tokens, head_size, dtype)
    slots = torch.randperm(6 * page_size)[:tokens]

    assert_kernel_matches(qkv, norms if has_norms else None, angles_of(tokens, head_size), slots, 6, page_size)


@pytest.mark.parametrize("angles_of", [by_position, mixed(num_left_out=3)], ids=["by-position", "mixed"])
def test_the_kernel_stores_neither_padding_nor_negative_slots(angles_of, on_triton):
    qkv, norms = inputs(5, 32, torch.float32)

    assert_kernel_matches(qkv, norms, angles_of(5, 32), torch.tensor([3, -1, 17]), 2, 16)


@pytest.mark.parametrize("angles_of", [by_position, by_key_head, mixed(num_left_out=3)])
def test_in_a_long_step_tokens_that_share_a_program_come_out_as_alone(angles_of, on_triton, monkeypatch):
    qkv, norms = inputs(11, 32, torch.float32)
    angles, slots = angles_of(11, 32), torch.randperm(32)[:10]
    caches = [poisoned_cache(2, 32, 16, qkv) for _ in range(2)]

    alone = rope_store(qkv, norms, angles, slots, caches[0])
    monkeypatch.setattr(kernels.rope_store, "_LONG_STEP", 11)
    with guarded_outputs():
        together = rope_store(qkv, norms, angles, slots, caches[1])

    assert torch.equal(alone, together)
    assert torch.equal(caches[0].keys.view(torch.int32), caches[1].keys.view(torch.int32))
    assert torch.equal(caches[0].values.view(torch.int32), caches[1].values.view(torch.int32))


def test_waves_that_are_not_mixed_turn_as_a_row_of_their_own(on_triton):
    qkv, norms = inputs(3, 32, torch.float32)
    waves, slots = random_angles(3, 32), torch.arange(3)
    unmixed = Angles(waves, None, torch.eye(16).repeat(2, KV_HEADS, 1, 1))
    rows = Angles(waves[:, None].repeat(1, KV_HEADS, 1), None)

    queries = [rope_store(qkv, norms, angles, slots, poisoned_cache(1, 32, 16, qkv)) for angles in (unmixed, rows)]

    assert torch.equal(*queries)


def test_in_the_kernel_too_position_zero_changes_nothing(on_triton):
    qkv = torch.randn(2, (Q_HEADS + 2 * KV_HEADS) * 16)
    table = torch.cat((torch.ones(1, 8), torch.zeros(1, 8)), dim=-1)
    angles, cache = Angles(table, torch.zeros(2, dtype=torch.int64)), poisoned_cache(1, 16, 16, qkv)

    q = rope_store(qkv, None, angles, torch.tensor([0, 1]), cache)

    assert torch.equal(q.flatten(1), qkv[:, : Q_HEADS * 16])
    assert torch.equal(cache.keys[0, ..., 1].flatten(), qkv[1, Q_HEADS * 16 :][: KV_HEADS * 16])
