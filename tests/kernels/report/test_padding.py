import pytest
import torch

from kernels.report.padding import ROUTERS, Router, group_sizes, padding_saved

SMALL = Router("small", 8, 2, 1, 256, 128)


@pytest.mark.parametrize("router", ROUTERS, ids=lambda router: router.model)
@pytest.mark.parametrize("routing", ["uniform", "skewed"])
def test_every_choice_is_a_row(router, routing):
    sizes = group_sizes(router, routing, 100)

    assert sizes.shape == (router.num_experts,) and sizes.sum() == 100 * router.num_chosen


def test_padding_counts_rows_and_bytes(monkeypatch):
    monkeypatch.setattr("kernels.report.padding.group_sizes", lambda *_: torch.tensor([0, 1, 127, 128, 129, 0, 0, 0]))

    padding = padding_saved(SMALL, "uniform", 0)

    row_bytes = 256 + 2 * 4 + 128 + 4 + 256 * 2
    assert (padding.num_rows, padding.rows_added) == (385, 127 + 1 + 127)
    assert (padding.num_bytes, padding.bytes_added) == (385 * row_bytes, 255 * row_bytes)
    assert padding.share_saved == 255 / 640


def test_skewed_routing_favours_some_experts():
    uniform, skewed = (group_sizes(ROUTERS[0], routing, 1024) for routing in ("uniform", "skewed"))

    assert skewed.max() > 2 * uniform.max()
