import pytest
import torch

from kernels.contexts import Contexts
from kernels.paged_attention import paged_attention, paged_attention_reference
from tests.close import assert_as_accurate
from tests.kernels.contexts import in_float64, make_contexts
from tests.kernels.plain_cache import plain


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize(
    ("queries", "lengths", "group", "head_size", "page_size"),
    [
        pytest.param([1], [1], 3, 64, 32, id="first-token"),
        pytest.param([1, 1, 1], [33, 5, 64], 3, 64, 32, id="decode-one-past-a-page"),
        pytest.param([1], [1100], 4, 16, 32, id="decode-split-along-keys"),
        pytest.param([20], [20], 3, 32, 16, id="whole-prompt"),
        pytest.param([150, 1, 16], [200, 40, 70], 1, 48, 16, id="chunks-and-decode-together"),
        pytest.param([3, 1], [9, 6], 2, 24, 4, id="sizes-for-torch-alone"),
        pytest.param([2], [40], 40, 16, 16, id="more-heads-than-rows-of-a-block"),
    ],
)
def test_matches_the_reference(queries, lengths, group, head_size, page_size, dtype, path):
    q, cache, contexts = make_contexts(queries, lengths, group, head_size, page_size, dtype)

    out = paged_attention(q, cache, contexts)

    exact = paged_attention_reference(q.double(), in_float64(cache), contexts)
    assert_as_accurate(out, exact, paged_attention_reference(q, plain(cache), contexts))


def test_padding_comes_back_as_zeros(path):
    q, cache, contexts = make_contexts([2], [10], 2, 16, 16, torch.float32, padding=3)

    out = paged_attention(q, cache, contexts)

    assert out[:2].isfinite().all()
    assert torch.equal(out[2:], torch.zeros_like(out[2:]))


@pytest.mark.parametrize("lengths", [[40, 7, 33], [700, 7, 1030]], ids=["short", "split-along-keys"])
def test_a_context_does_not_depend_on_the_others(lengths, compiled):
    q, cache, contexts = make_contexts([1, 1, 1], lengths, 3, 32, 32, torch.bfloat16)

    together = paged_attention(q, cache, contexts)

    starts = torch.tensor([0, 1], dtype=torch.int32)
    alone = [
        paged_attention(q[b : b + 1], cache, Contexts(contexts.tables[b : b + 1], starts, contexts.lengths[b : b + 1]))
        for b in range(3)
    ]
    assert torch.equal(together, torch.cat(alone))


def test_a_nan_stays_in_its_context(path):
    q, cache, contexts = make_contexts([1, 1], [20, 20], 2, 16, 16, torch.float32)
    cache.values[contexts.tables[0, 0], 0, 3] = torch.nan

    out = paged_attention(q, cache, contexts)

    assert out[0, :2].isnan().all()
    assert out[0, 2:].isfinite().all() and out[1].isfinite().all()


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_a_query_does_not_depend_on_those_asked_with_it(dtype, compiled):
    """Chunks, drafts and single tokens of one context round alike, also where its keys are split."""
    q, cache, contexts = make_contexts([40], [1060], 3, 32, 32, dtype)

    together = paged_attention(q, cache, contexts)

    starts = torch.tensor([0, 1], dtype=torch.int32)
    alone = [
        paged_attention(q[i : i + 1], cache, Contexts(contexts.tables, starts, torch.tensor([1021 + i]).int()))
        for i in range(40)
    ]
    assert torch.equal(together, torch.cat(alone))
