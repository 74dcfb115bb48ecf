import pytest

from engine.block_manager import BlockManager
from engine.media import Prompt
from engine.sampling_params import SamplingParams
from engine.sequence import Sequence


def sequence_of(num_tokens):
    return Sequence(0, Prompt([0] * num_tokens), SamplingParams(), submitted_at=0.0)


@pytest.mark.parametrize(("num_tokens", "num_blocks"), [(1, 1), (4, 1), (5, 2), (8, 2), (9, 3)])
def test_a_sequence_gets_as_many_blocks_as_its_tokens_fill(num_tokens, num_blocks):
    blocks = BlockManager(num_blocks=8, block_size=4)
    sequence = sequence_of(num_tokens)

    blocks.allocate(sequence)

    assert sequence.block_table == list(range(num_blocks))
    assert blocks.num_free == 8 - num_blocks
    assert blocks.num_missing(sequence) == 0


def test_a_new_block_is_appended_when_the_last_one_is_full():
    blocks = BlockManager(num_blocks=8, block_size=4)
    sequence = sequence_of(3)
    blocks.allocate(sequence)

    tables = []
    for _ in range(3):
        sequence.token_ids.append(0)
        blocks.allocate(sequence)
        tables.append(list(sequence.block_table))

    assert tables == [[0], [0, 1], [0, 1]]


def test_freed_blocks_are_given_out_again_and_no_block_has_two_owners():
    blocks = BlockManager(num_blocks=3, block_size=4)
    first, second, third = sequence_of(4), sequence_of(4), sequence_of(8)
    blocks.allocate(first)
    blocks.allocate(second)

    blocks.free(first)
    blocks.allocate(third)

    assert first.block_table == []
    assert sorted(second.block_table + third.block_table) == [0, 1, 2]


def test_freeing_twice_does_nothing():
    blocks = BlockManager(num_blocks=3, block_size=4)
    sequence = sequence_of(4)
    blocks.allocate(sequence)

    blocks.free(sequence)
    blocks.free(sequence)

    assert blocks.num_free == 3


def test_a_block_that_was_never_given_out_cannot_be_freed():
    blocks = BlockManager(num_blocks=3, block_size=4)
    sequence = sequence_of(4)
    sequence.block_table.append(2)

    with pytest.raises(AssertionError):
        blocks.free(sequence)


def test_allocating_more_than_is_free_is_a_bug_of_the_caller():
    blocks = BlockManager(num_blocks=1, block_size=4)

    with pytest.raises(AssertionError):
        blocks.allocate(sequence_of(5))


def test_a_draft_takes_blank_blocks_and_gives_them_back():
    blocks = BlockManager(num_blocks=4, block_size=4)
    sequence, other = sequence_of(6), sequence_of(4)
    blocks.allocate(sequence)
    blocks.allocate(other)

    assert blocks.make_room(sequence, 0) == 0
    assert blocks.make_room(sequence, 2) == 2 and len(sequence.block_table) == 2
    assert blocks.make_room(sequence, 5) == 5 and len(sequence.block_table) == 3
    assert blocks.make_room(sequence, 50) == 6  # there are no more
    blocks.trim(sequence)

    assert len(sequence.block_table) == 2
    assert blocks.num_free == 1


def test_a_draft_takes_no_block_with_known_tokens():
    blocks = BlockManager(num_blocks=2, block_size=4)
    sequence, other = sequence_of(4), sequence_of(4)
    blocks.allocate(other)
    other.num_computed = 4
    blocks.publish(other)
    blocks.free(other)
    blocks.allocate(sequence)

    assert blocks.num_free == 1
    assert blocks.make_room(sequence, 3) == 0
    assert blocks.num_cached == 1
