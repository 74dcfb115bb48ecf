"""Attention over paged KV by its Triton kernels, kernels/paged_prefill.py and kernels/paged_decode.py."""

from functools import cache

import numpy as np
import pytest
import torch

from kernels import paged_decode, paged_prefill, paged_tile
from kernels.launch_config import LaunchConfig
from kernels.paged_attention import paged_attention, paged_attention_reference
from tests.close import assert_as_accurate
from tests.kernels.contexts import alone, in_float64, make_contexts, to_device

WAYS = [paged_prefill.paged_prefill, paged_decode.paged_decode]
WITH_TMA = LaunchConfig("TMA", {"BLOCK_M": 128, "HAS_TMA": 1})


@pytest.fixture(params=WAYS, ids=["prefill", "decode"])
def attend(request):
    return request.param


@pytest.fixture
def short_splits(monkeypatch) -> int:
    """So that a test of many splits needs few keys."""
    for module in (paged_tile, paged_decode):
        monkeypatch.setattr(module, "SPLIT", 64)
    return 64


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize(
    ("queries", "lengths", "group", "head_size", "page_size"),
    [
        pytest.param([1], [1], 3, 64, 32, id="first-token"),
        pytest.param([1, 1, 1], [33, 5, 64], 16, 128, 32, id="decode-one-past-a-page"),
        pytest.param([1, 2], [1025, 1024], 4, 16, 64, id="one-past-a-split"),
        pytest.param([30], [30], 8, 32, 16, id="whole-prompt-of-many-tiles"),
        pytest.param([9, 1, 16], [60, 40, 70], 1, 48, 16, id="chunks-in-the-middle-of-a-page-and-as-many-key-heads"),
        pytest.param([0, 3, 0, 0, 1, 0], [5, 20, 0, 9, 2, 0], 3, 72, 16, id="empty-among-others"),
        pytest.param([2], [40], 80, 16, 16, id="more-heads-than-rows-of-a-tile"),
    ],
)
def test_matches_the_reference(queries, lengths, group, head_size, page_size, dtype, attend, triton_device):
    q, cache, contexts = make_contexts(queries, lengths, group, head_size, page_size, dtype, padding=3)
    exact = paged_attention_reference(q.double(), in_float64(cache), contexts)
    naive = paged_attention_reference(q, cache, contexts)

    out = attend(*to_device(triton_device, q, cache, contexts)).cpu()

    assert_as_accurate(out, exact, naive)
    assert torch.equal(out[-3:], torch.zeros_like(out[-3:]))


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_the_largest_score_may_be_in_any_split(dtype, attend, triton_device, short_splits):
    q, cache, contexts = make_contexts([5], [3 * short_splits + 2], 8, 32, 32, dtype)
    exact = paged_attention_reference(q.double(), in_float64(cache), contexts)
    naive = paged_attention_reference(q, cache, contexts)

    out = attend(*to_device(triton_device, q, cache, contexts)).cpu()

    assert_as_accurate(out, exact, naive)


@pytest.mark.parametrize(("T", "lengths"), [(0, []), (3, []), (0, [7])], ids=["nothing", "only-padding", "no-queries"])
def test_without_queries_there_are_zeros(T, lengths, attend, triton_device):
    q, cache, contexts = make_contexts([0] * len(lengths), lengths, 2, 16, 16, torch.bfloat16, padding=T)

    out = attend(*to_device(triton_device, q, cache, contexts))

    assert torch.equal(out, torch.zeros_like(out))


def test_a_weight_of_one_selects_a_value(attend, triton_device):
    """Key s is the s-th unit vector, and query t asks for key 7 t."""
    q, cache, contexts = make_contexts([5], [40], 4, 64, 16, torch.bfloat16)
    for position in range(40):
        page = contexts.tables[0, position // 16]
        cache.keys[page, :, :, position % 16] = torch.eye(64)[position].bfloat16()
    q.copy_((torch.eye(64)[:35:7] * 8192)[:, None])
    values = cache.values[contexts.tables[0].long()].transpose(1, 2).flatten(0, 1)  # [keys, Hkv, D]

    out = attend(*to_device(triton_device, q, cache, contexts)).cpu()

    assert torch.equal(out, values[:35:7].repeat_interleave(4, dim=1))


def test_a_single_key_has_all_the_weight_however_low_its_score(attend, triton_device):
    q, cache, contexts = make_contexts([1], [1], 1, 16, 16, torch.bfloat16)
    page = contexts.tables[0, 0]
    q[0] = cache.keys[page, :, :, 0] * -1e4

    out = attend(*to_device(triton_device, q, cache, contexts)).cpu()

    assert torch.equal(out[0], cache.values[page, :, 0])


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_a_context_does_not_depend_on_the_others(dtype, attend, triton_device, short_splits):
    inputs = make_contexts([1, 9, 2], [40, 11, 3 * short_splits + 1], 3, 32, 32, dtype)
    q, cache, contexts = to_device(triton_device, *inputs)

    together = attend(q, cache, contexts)

    one_by_one = []
    for b in range(3):
        queries, context = alone(q, contexts, b)
        one_by_one.append(attend(queries, cache, context))
    assert torch.equal(together, torch.cat(one_by_one))


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_a_query_does_not_depend_on_those_asked_with_it_nor_on_the_kernel(dtype, triton_device, short_splits):
    """Chunks, drafts and single tokens round alike, on both sides of the end of a split."""
    inputs = make_contexts([26], [2 * short_splits + 10], 3, 32, 32, dtype)
    q, cache, contexts = to_device(triton_device, *inputs)

    as_a_chunk = [attend(q, cache, contexts) for attend in WAYS]

    _, context = alone(q, contexts, 0)
    context.starts[1] = 1
    for t in (0, 9, 15, 16, 25):
        context.lengths[0] = 2 * short_splits + 10 - 25 + t
        for attend, chunk in zip(WAYS, as_a_chunk, strict=True):
            assert alike(attend(q[t : t + 1], cache, context)[0], chunk[t], triton_device)
    assert torch.equal(*as_a_chunk)


def alike(one, other, device):
    """The same bits. In the interpreter the products of a tile are numpy's, whose last bit depends on the row on some
    processors; there it may differ."""
    if device == "cpu" and not numpy_multiplies_rows_alike():
        return torch.allclose(one, other, rtol=1e-5, atol=1e-6)
    return torch.equal(one, other)


@cache
def numpy_multiplies_rows_alike():
    chance = np.random.default_rng(0)
    rows, columns = chance.standard_normal((16, 64), np.float32), chance.standard_normal((64, 64), np.float32)
    moved = [np.roll(np.roll(rows, i, axis=0) @ columns, -i, axis=0) for i in range(16)]
    return all(np.array_equal(product, moved[0]) for product in moved)


@pytest.mark.parametrize("head_size", [64, 72])
def test_pages_come_alike_by_tma_and_by_pointers(head_size, attend, triton_device, short_splits, monkeypatch):
    inputs = make_contexts([9, 1], [60, 2 * short_splits], 4, head_size, 32, torch.bfloat16)
    inputs = to_device(triton_device, *inputs)

    by_pointers = attend(*inputs)
    for module in (paged_prefill, paged_decode):
        monkeypatch.setitem(module.CONFIGS, "default", WITH_TMA)
    by_tma = attend(*inputs)

    assert torch.equal(by_tma, by_pointers)


def test_a_nan_stays_in_its_context(attend, triton_device):
    inputs = make_contexts([1, 1], [20, 20], 2, 16, 16, torch.float32)
    q, cache, contexts = to_device(triton_device, *inputs)
    cache.values[contexts.tables[0, 0], 0, 3] = torch.nan

    out = attend(q, cache, contexts)

    assert out[0, :2].isnan().all()
    assert out[0, 2:].isfinite().all() and out[1].isfinite().all()


def test_what_no_context_owns_stays_as_it_was(attend, triton_device):
    inputs = make_contexts([3, 1], [20, 33], 2, 16, 16, torch.float32)
    q, cache, contexts = to_device(triton_device, *inputs)
    before = [part.clone() for part in (q, cache.keys, cache.values)]

    attend(q, cache, contexts)

    after = (q, cache.keys, cache.values)
    assert all(torch.equal(a.isnan(), b.isnan()) and torch.equal(a.nan_to_num(), b.nan_to_num())
               for a, b in zip(before, after, strict=True))  # fmt: skip


@pytest.mark.parametrize(("num_queries", "is_split"), [(1, True), (20, False)])
def test_keys_are_split_while_queries_are_few(num_queries, is_split, triton_device, short_splits, monkeypatch):
    inputs = make_contexts([num_queries], [short_splits + 1], 2, 16, 32, torch.bfloat16)
    monkeypatch.setattr("kernels.paged_attention._MAX_PARTIAL_SUMS", 16)
    ways = []
    for name in ("paged_prefill", "paged_decode"):
        monkeypatch.setattr(f"kernels.paged_attention.{name}", lambda q, *_, name=name: ways.append(name) or q)

    paged_attention(*to_device(triton_device, *inputs))

    assert ways == ["paged_decode" if is_split else "paged_prefill"]


def test_pages_of_another_size_are_refused(attend, triton_device):
    inputs = make_contexts([1], [20], 2, 16, 24, torch.bfloat16)

    with pytest.raises(AssertionError, match="16, 32, ... or 1024 tokens, not 24"):
        attend(*to_device(triton_device, *inputs))
