import torch

from kernels.exponential_times import arrival_times, exponential_times
from kernels.triton_import import tl, triton


@triton.jit
def _times_kernel(seed_ptr, times_ptr, BLOCK: tl.constexpr):
    ids = tl.arange(0, BLOCK)
    tl.store(times_ptr + ids, arrival_times(tl.load(seed_ptr), ids))


def test_a_kernel_has_the_same_times(triton_device):
    for seed in (0, 1, 2**63 - 1, -(2**62)):
        times = torch.empty(8192, device=triton_device)

        _times_kernel[(1,)](torch.tensor([seed], device=triton_device), times, BLOCK=8192)

        expected = exponential_times(seed, torch.arange(8192))
        # the series below 1/64 is exact to 2e-8, the logarithm behind it to some last bits of 1 - share
        assert ((times.cpu() - expected).abs() <= expected * 1e-5).all()
        assert expected.min() < 1 / 64 < expected.max()


def test_the_mean_is_1_and_the_median_log_2():
    times = exponential_times(7, torch.arange(100_000))

    # 4 standard deviations of either mean
    assert abs(times.mean() - 1) < 0.013
    assert abs((times < torch.tensor(2.0).log()).float().mean() - 0.5) < 0.0064


def test_times_belong_to_the_seed_and_the_id_alone():
    ids = torch.arange(1000)

    times = exponential_times(5, ids)

    assert torch.equal(exponential_times(5, ids.flip(0)), times.flip(0))
    assert not (exponential_times(6, ids) == times).any()
