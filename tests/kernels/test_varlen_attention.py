import pytest
import torch

from kernels.dispatch import takes_triton
from kernels.varlen_attention import varlen_attention, varlen_attention_reference
from tests.close import assert_as_accurate


@pytest.fixture(params=["torch", "triton"])
def on(request) -> str:
    """The device of tensors that take this way."""
    return "cpu" if request.param == "torch" else request.getfixturevalue("triton_device")


def starts_of(lengths):
    return torch.tensor([0, *lengths]).cumsum(0).int()


def packed(lengths, heads, head_size, dtype):
    """q, k and v as slices of one product, which they are in an encoder."""
    return torch.randn(sum(lengths), 3, heads, head_size).to(dtype).unbind(1)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("is_causal", [False, True])
@pytest.mark.parametrize(
    ("lengths", "head_size"),
    [
        pytest.param([1], 64, id="one-row"),
        pytest.param([65, 65], 16, id="one-past-a-tile-twice"),
        pytest.param([0, 3, 0, 0, 64, 2, 0], 80, id="empty-among-others"),
        pytest.param([129, 1], 72, id="two-tiles-and-one-more"),
        pytest.param([33], 5, id="small-odd-heads"),
        pytest.param([40], 128, id="largest-heads"),
    ],
)
def test_matches_the_reference(lengths, head_size, is_causal, dtype, on):
    qkv, starts = packed(lengths, 3, head_size, dtype), starts_of(lengths)
    exact = varlen_attention_reference(*(part.double() for part in qkv), starts, is_causal)
    naive = varlen_attention_reference(*qkv, starts, is_causal)

    out = varlen_attention(*(part.to(on) for part in qkv), starts.to(on), is_causal).cpu()

    assert_as_accurate(out, exact, naive)


@pytest.mark.parametrize("lengths", [[], [0], [0, 0]])
def test_without_rows_there_is_nothing(lengths, on):
    qkv, starts = packed(lengths, 2, 16, torch.bfloat16), starts_of(lengths)

    out = varlen_attention(*(part.to(on) for part in qkv), starts.to(on))

    assert out.shape == (0, 2, 16)


def test_a_weight_of_one_selects_a_value(on):
    """Key s is the s-th unit vector, and query t asks for key 49 - t."""
    _, _, v = packed([50], 2, 64, torch.bfloat16)
    k = torch.eye(64)[:50, None].expand(-1, 2, -1).bfloat16().contiguous()
    q = k.flip(0) * 8192

    out = varlen_attention(*(part.to(on) for part in (q, k, v)), starts_of([50]).to(on))

    assert torch.equal(out.cpu(), v.flip(0))


def test_a_single_key_has_all_the_weight_however_low_its_score(on):
    _, k, v = packed([1], 2, 16, torch.bfloat16)

    out = varlen_attention(*(part.to(on) for part in (k * -1e4, k, v)), starts_of([1]).to(on))

    assert torch.equal(out.cpu(), v)


@pytest.mark.parametrize("is_causal", [False, True])
def test_a_sequence_does_not_see_the_others(is_causal, triton_device):
    """Not even where theirs is NaN and its rows share a block with its own, and it rounds as when it is alone."""
    lengths = [20, 37, 9]
    qkv, starts = [part.to(triton_device) for part in packed(lengths, 2, 24, torch.float32)], starts_of(lengths)
    for part in qkv:
        part[:20] = part[57:] = torch.nan

    together = varlen_attention(*qkv, starts.to(triton_device), is_causal)

    alone = varlen_attention(*(part[20:57] for part in qkv), starts_of([37]).to(triton_device), is_causal)
    assert alone.isfinite().all()
    assert torch.equal(together[20:57], alone)


def test_what_it_reads_stays_as_it_was(triton_device):
    product = torch.randn(70, 4, 2, 24, device=triton_device)  # the last of the four parts is nobody's
    before = product.clone()
    q, k, v, _ = product.unbind(1)

    varlen_attention(q, k, v, starts_of([30, 40]).to(triton_device))

    assert takes_triton(product)
    assert torch.equal(product, before)
