import pytest
import torch

from kernels.ragged_tiles import FEW_ROWS, MANY_ROWS, expected_groups, make_tiles, make_tiles_reference, rows_per_tile

SIZES = {
    "around-a-tile": [0, 1, 127, 128, 129, 3, 0, 64],
    "all-in-one": [0, 0, 0, 300],
    "one-row": [0, 1, 0],
    "one-group": [17],
    "no-rows": [0, 0, 0],
    "more-tiles-than-a-block": [5000, 1],
}


@pytest.mark.parametrize("block_m", [FEW_ROWS, MANY_ROWS])
@pytest.mark.parametrize("sizes", SIZES.values(), ids=SIZES.keys())
def test_tiles_are_those_of_the_definition(sizes, block_m, triton_device):
    offsets = torch.tensor([0, *sizes], device=triton_device).cumsum(0).int()

    tiles = make_tiles(offsets, sum(sizes), block_m)

    n = tiles.num_tiles.item()
    found = list(zip(tiles.groups[:n].tolist(), tiles.first_rows[:n].tolist(), strict=True))
    assert found == make_tiles_reference(offsets.tolist(), block_m)


def test_room_for_more_tiles_is_left_as_it_was(triton_device):
    offsets = torch.tensor([0, 20, 20, 20], dtype=torch.int32, device=triton_device)

    tiles = make_tiles(offsets, 20, FEW_ROWS)

    poison = torch.iinfo(torch.int32).max
    assert tiles.num_tiles.item() == 2 and tiles.max_tiles == 4
    assert (tiles.groups[2:] == poison).all() and (tiles.first_rows[2:] == poison).all()


def test_tiles_are_low_until_groups_have_many_rows():
    assert [rows_per_tile(n, 128) for n in (8, 2048, 2049)] == [FEW_ROWS, FEW_ROWS, MANY_ROWS]


def test_groups_that_are_expected_to_have_rows():
    assert [expected_groups(n, 8, 128) for n in (0, 1, 10_000)] == [0, 8, 128]
