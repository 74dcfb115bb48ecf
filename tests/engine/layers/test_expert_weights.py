import pytest
import torch

from engine.errors import CheckpointError
from engine.layers.expert_weights import read_experts
from engine.model_config import ExpertsConfig
from kernels.experts import experts, experts_reference
from kernels.fp8 import FP8, Fp8Tensor, scales_shape
from tests.engine.layers.fake_weights import FakeWeights

NUM_EXPERTS, HIDDEN = 4, 24
SIZES = [
    pytest.param(HIDDEN, 10, id="all-sizes-differ"),
    pytest.param(HIDDEN, HIDDEN // 2, id="gate-over-up-is-square"),
    pytest.param(HIDDEN, HIDDEN, id="down-is-square"),
]


def experts_config(width):
    return ExpertsConfig(NUM_EXPERTS, 2, width, is_normalised=True, num_groups=1)


def matrices(hidden, width):
    return torch.randn(NUM_EXPERTS, 2 * width, hidden), torch.randn(NUM_EXPERTS, hidden, width)


def one_by_one(gate_up, down):
    width = down.shape[2]
    tensors = {}
    for e in range(NUM_EXPERTS):
        parts = {"gate": gate_up[e, :width], "up": gate_up[e, width:], "down": down[e]}
        tensors |= {f"mlp.experts.{e}.{part}_proj.weight": matrix for part, matrix in parts.items()}
    return tensors


def packed(gate_up, down):
    return {"mlp.experts.gate_up_proj": gate_up, "mlp.experts.down_proj": down}


def transposed(gate_up, down):
    return packed(gate_up.transpose(1, 2).contiguous(), down.transpose(1, 2).contiguous())


@pytest.mark.parametrize("layout", [one_by_one, packed, transposed])
@pytest.mark.parametrize(("hidden", "width"), SIZES)
def test_every_layout_gives_the_same_experts(layout, hidden, width):
    gate_up, down = matrices(hidden, width)
    weights = FakeWeights(layout(gate_up, down))
    x, ids, shares = torch.randn(3, hidden), torch.tensor([[0, 1], [3, 2], [1, 3]]), torch.rand(3, 2)

    expected = experts_reference(x, ids, shares, gate_up, down)

    prepared = read_experts(weights, "mlp.experts", hidden, experts_config(width))

    assert torch.allclose(experts(x, ids, shares, prepared), expected, rtol=1e-4, atol=1e-4)
    assert not weights.tensors


def test_experts_stay_fp8_where_the_reader_keeps_them():
    gate_up, down = matrices(256, 128)
    fp8 = {name: as_fp8(matrix) for name, matrix in one_by_one(gate_up, down).items()}
    plain = {name: matrix.dequantize() for name, matrix in fp8.items()}
    x, ids, shares = torch.randn(3, 256), torch.tensor([[0, 1], [3, 2], [1, 3]]), torch.rand(3, 2)

    kept, read = (
        read_experts(weights, "mlp.experts", 256, experts_config(128))
        for weights in (FakeWeights({}, fp8), FakeWeights(plain))
    )

    expected = experts(x, ids, shares, read)
    assert kept.gate_up_panels is None and read.dtype == torch.float32
    assert (experts(x, ids, shares, kept) - expected).abs().max() <= 1e-6 * expected.abs().max()


def test_gate_and_up_that_meet_inside_a_block_are_dequantised():
    gate_up, down = matrices(256, 96)
    fp8 = {name: as_fp8(matrix) for name, matrix in one_by_one(gate_up, down).items() if "down" not in name}
    plain = {name: matrix.dequantize() for name, matrix in fp8.items()}
    downs = {name: matrix for name, matrix in one_by_one(gate_up, down).items() if "down" in name}
    x, ids, shares = torch.randn(1, 256), torch.tensor([[0, 3]]), torch.rand(1, 2)

    kept, read = (
        experts(x, ids, shares, read_experts(weights, "mlp.experts", 256, experts_config(96)))
        for weights in (FakeWeights(downs, fp8), FakeWeights({**downs, **plain}))
    )

    assert torch.equal(kept, read)


def test_experts_of_two_kinds_are_refused():
    tensors = one_by_one(*matrices(256, 128))
    fp8 = {name: as_fp8(tensors.pop(name)) for name in list(tensors) if ".2." in name}

    with pytest.raises(CheckpointError, match=r"mlp\.experts\.0 and mlp\.experts\.2 differ"):
        read_experts(FakeWeights(tensors, fp8), "mlp.experts", 256, experts_config(128))


def as_fp8(matrix):
    return Fp8Tensor((matrix * 50).to(FP8), torch.rand(scales_shape(*matrix.shape)) / 50, torch.float32)
