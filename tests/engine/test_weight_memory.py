import torch

from engine.weight_memory import _CHUNK, WeightMemory


def test_a_placed_matrix_is_an_aligned_copy():
    memory = WeightMemory()
    sources = [torch.randn(3, 5), torch.randn(7, 11).bfloat16(), torch.randn(2, 3, 4)]

    placed = [memory.place(source) for source in sources]

    for source, copy in zip(sources, placed, strict=True):
        assert torch.equal(copy, source) and copy.dtype == source.dtype
        assert copy.is_contiguous() and copy.data_ptr() % 64 == 0


def test_more_than_a_chunk_fits():
    memory = WeightMemory()
    small, large = torch.ones(10), torch.ones(_CHUNK // 4 + 1)

    placed = [memory.place(small), memory.place(large), memory.place(small)]

    assert [len(copy) for copy in placed] == [10, _CHUNK // 4 + 1, 10]
    assert all(bool((copy == 1).all()) for copy in placed)


def test_a_matrix_outlives_the_memory_it_came_from():
    copy = WeightMemory().place(torch.arange(100))

    assert torch.equal(copy, torch.arange(100))
