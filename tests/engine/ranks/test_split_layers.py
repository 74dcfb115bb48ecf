"""The parts that ranks compute of a layer add up to what one computes: one process, one rank after the other."""

from dataclasses import replace

import pytest
import torch

from engine.layers.mlp import MLP
from engine.layers.moe import MoE
from engine.model_config import ExpertsConfig, ModelConfig
from engine.ranks.parallel import ALONE, Parallel
from kernels.fp8 import BLOCK, FP8, Fp8Tensor
from tests.close import assert_as_accurate
from tests.engine.layers.fake_weights import FakeWeights

EXPERTS = ExpertsConfig(num_experts=8, num_experts_per_token=4, intermediate_size=384, is_normalised=True, num_groups=4)
CONFIG = ModelConfig(
    architecture="InternS1ProForConditionalGeneration", vocab_size=8, hidden_size=128, num_layers=1, num_heads=4,
    num_kv_heads=2, head_dim=32, intermediate_size=384, rms_norm_eps=1e-6, rope_theta=1e4, fope=None,
    max_position_embeddings=100, is_embedding_tied=False, has_qk_norm=True, experts=EXPERTS,
)  # fmt: skip


class PartialSums:
    """What stands in for the other ranks: each rank's part is looked at by itself."""

    def sum(self, tensor):
        return tensor


def matrices(prefix):
    H, I = CONFIG.hidden_size, CONFIG.intermediate_size  # noqa: E741
    shapes = {"gate_proj": (I, H), "up_proj": (I, H), "down_proj": (H, I)}
    return {f"{prefix}.{name}.weight": torch.randn(shape) / shape[1] ** 0.5 for name, shape in shapes.items()}


def in_fp8(tensors):
    """Powers of two as scales, so that multiplying out rounds nothing."""
    return {
        name: Fp8Tensor(
            tensor.to(FP8), 2.0 ** torch.randint(-2, 2, [-(-n // BLOCK) for n in tensor.shape]), tensor.dtype
        )
        for name, tensor in tensors.items()
    }


def parts(num_ranks, **options):
    return [Parallel(rank, num_ranks, collectives=PartialSums(), **options) for rank in range(num_ranks)]


def assert_adds_up(outputs, whole, exact):
    assert_as_accurate(torch.stack(outputs).sum(dim=0), exact, whole)


@pytest.mark.parametrize("num_ranks", [2, 3])
def test_an_fp8_mlp_is_split_between_blocks(num_ranks):
    x, fp8 = torch.randn(5, CONFIG.hidden_size), in_fp8(matrices("mlp"))

    outputs = [MLP(CONFIG, FakeWeights({}, fp8), "mlp", p)(x) for p in parts(num_ranks, width_unit=BLOCK)]

    whole = MLP(CONFIG, FakeWeights({}, fp8), "mlp", ALONE)(x)
    gate, up, down = (fp8[f"mlp.{name}_proj.weight"].dequantize().double() for name in ("gate", "up", "down"))
    exact = (torch.nn.functional.silu(x.double() @ gate.T) * (x.double() @ up.T)) @ down.T
    assert_adds_up(outputs, whole, exact)


@pytest.mark.parametrize("num_groups", [4, 1], ids=["groups", "one-group"])
@pytest.mark.parametrize(
    ("num_ranks", "expert_parallel"),
    [
        pytest.param(4, 1, id="width"),
        pytest.param(4, 4, id="experts"),
        pytest.param(4, 2, id="both"),
        pytest.param(8, 8, id="one-expert-each"),
    ],
)
@pytest.mark.parametrize("num_tokens", [1, 3, 100], ids=["one-token", "few", "many"])
def test_experts_add_up(num_tokens, num_ranks, expert_parallel, num_groups):
    config = replace(EXPERTS, num_groups=num_groups)
    x = torch.randn(num_tokens, CONFIG.hidden_size)
    tensors = {"mlp.gate.weight": torch.randn(8, CONFIG.hidden_size)}
    for expert in range(8):
        tensors |= matrices(f"mlp.experts.{expert}")

    outputs = [
        MoE(CONFIG, config, FakeWeights(tensors), "mlp", p)(x)
        for p in parts(num_ranks, expert_parallel=expert_parallel)
    ]

    alone = MoE(CONFIG, config, FakeWeights(tensors), "mlp", ALONE)
    assert_adds_up(outputs, alone(x), exact_experts(x, *alone.route(x), tensors))


def exact_experts(x, ids, shares, tensors):
    out, x = torch.zeros_like(x, dtype=torch.float64), x.double()
    for token, (chosen, weights) in enumerate(zip(ids.tolist(), shares.double(), strict=True)):
        for expert, weight in zip(chosen, weights, strict=True):
            names = [f"mlp.experts.{expert}.{name}_proj.weight" for name in ("gate", "up", "down")]
            gate, up, down = (tensors[name].double() for name in names)
            out[token] += weight * (down @ (torch.nn.functional.silu(gate @ x[token]) * (up @ x[token])))
    return out
