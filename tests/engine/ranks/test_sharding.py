import pytest
import torch

from engine.errors import CheckpointError
from engine.ranks.parallel import Parallel
from engine.ranks.sharding import CheckpointShard, Shard, split, take_fp8_shard, take_shard, whole
from kernels.fp8 import FP8, Fp8Tensor, dequantize
from tests.engine.layers.fake_weights import FakeWeights


@pytest.mark.parametrize(
    ("size", "num_parts", "unit", "borders"),
    [
        pytest.param(8, 4, 1, [0, 2, 4, 6, 8], id="equal"),
        pytest.param(10, 4, 1, [0, 3, 6, 8, 10], id="the-first-are-larger"),
        pytest.param(1536, 8, 128, [0, 256, 512, 768, 1024, 1152, 1280, 1408, 1536], id="whole-blocks"),
        pytest.param(300, 2, 128, [0, 256, 300], id="the-last-block-is-cut-off"),
        pytest.param(1, 2, 1, [0, 1, 1], id="nothing-left"),
    ],
)
def test_shares_are_neighbours_and_cover_everything(size, num_parts, unit, borders):
    shards = [split(size, part, num_parts, unit) for part in range(num_parts)]

    assert [shard.start for shard in shards] + [shards[-1].end] == borders
    assert all(shard.size == size for shard in shards)


@pytest.mark.parametrize("num_ranks", [1, 2, 4, 8, 16])
def test_query_heads_are_on_the_rank_of_their_key_head(num_ranks):
    num_heads, num_kv_heads = 64, 4

    for rank in range(num_ranks):
        parallel = Parallel(rank, num_ranks)
        queries, keys = parallel.heads(num_heads), parallel.kv_heads(num_kv_heads)
        used = {head * num_kv_heads // num_heads for head in range(queries.start, queries.end)}
        assert used == set(range(keys.start, keys.end))


def test_eight_expert_groups_on_eight_ranks_are_one_each():
    shards = [Parallel(rank, 8, expert_parallel=8) for rank in range(8)]

    assert [(p.experts(512).start, p.experts(512).end) for p in shards] == [(64 * i, 64 * i + 64) for i in range(8)]
    assert all(p.expert_width(1536).is_whole for p in shards)


def test_two_ranks_of_a_pair_share_the_width_of_the_same_experts():
    first, second = (Parallel(rank, 4, expert_parallel=2) for rank in (2, 3))

    assert first.experts(16) == second.experts(16) == Shard(8, 16, 16)
    assert (first.expert_width(10), second.expert_width(10)) == (Shard(0, 5, 10), Shard(5, 10, 10))


def test_a_taken_shard_does_not_keep_the_whole_alive():
    matrix = torch.arange(24.0).view(4, 6)
    weights = FakeWeights({"w": matrix})

    part = take_shard(weights, "w", Shard(1, 3, 4), Shard(2, 6, 6))

    assert torch.equal(part, matrix[1:3, 2:6])
    assert part.untyped_storage().nbytes() == part.nbytes


def fp8_matrix(num_rows, num_columns):
    codes = torch.randn(num_rows, num_columns).to(FP8)
    scales = torch.rand(-(-num_rows // 128), -(-num_columns // 128)) + 0.5
    return Fp8Tensor(codes, scales, torch.float32)


def test_fp8_is_cut_between_blocks_with_its_scales():
    matrix = fp8_matrix(300, 256)

    taken = take_fp8_shard(FakeWeights({}, {"w": matrix}), "w", Shard(128, 300, 300), Shard(128, 256, 256))

    assert taken is not None
    assert torch.equal(dequantize(*taken, torch.float32), matrix.dequantize()[128:, 128:])


def test_fp8_cut_inside_a_block_is_refused_with_the_border():
    weights = FakeWeights({}, {"w": fp8_matrix(256, 128)})

    with pytest.raises(
        CheckpointError, match="cuts its 256 rows at 64, inside a block; choose a smaller tensor_parall"
    ):
        take_fp8_shard(weights, "w", Shard(0, 64, 256), whole(128))


class NamedCheckpoint:
    def __init__(self, *names):
        self._names = names

    def names(self):
        return list(self._names)


def test_only_the_matrices_of_other_ranks_experts_are_left_out():
    name = "model.layers.0.mlp.experts.{}.up_proj.weight"
    mine = [name.format(2), name.format(3), name.format(3) + "_scale_inv", "model.norm.weight"]
    unknown = [name.format(4), "model.layers.0.mlp.experts.0.up_proj.bias"]  # the reader refuses what it does not know
    checkpoint = NamedCheckpoint(name.format(0), *mine, *unknown, name.format(1) + "_scale_inv")

    assert CheckpointShard(checkpoint, Shard(2, 4, 4)).names() == mine + unknown
