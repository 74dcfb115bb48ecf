import math
from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F
from safetensors.torch import load_file

from engine.checkpoint import open_checkpoint, read_json
from engine.errors import CheckpointError
from engine.layers.rotary import FourierEmbedding, RotaryEmbedding, kept_frequencies
from engine.model_config import FopeConfig, ModelConfig, read_model_config
from engine.weight_reader import WeightReader
from tests.engine.layers.fake_weights import FakeWeights
from tests.golden import GOLDEN, needs_golden
from tests.kernels.conftest import compiled  # noqa: F401

CPU = torch.device("cpu")
PRO_TINY = GOLDEN / "pro-tiny"
# Of 16 frequencies, those above 2 pi / 100: theta^(-i / 16) > 2 pi / 100 for i = 0 ... 4
CONFIG = ModelConfig(
    architecture="InternS1ProForConditionalGeneration", vocab_size=8, hidden_size=32, num_layers=1, num_heads=4,
    num_kv_heads=2, head_dim=32, intermediate_size=32, rms_norm_eps=1e-6, rope_theta=1e4,
    fope=FopeConfig(is_per_head=True, num_frequencies=None), max_position_embeddings=100, is_embedding_tied=False,
    has_qk_norm=True, experts=None,
)  # fmt: skip


def embedding(cos, sin, **changes):
    config = replace(CONFIG, **changes)
    weights = FakeWeights({"model.rotary_emb.cos_coef": cos, "model.rotary_emb.sin_coef": sin})
    return FourierEmbedding(config, config.fope, weights, "model.rotary_emb")


@needs_golden
def test_fourier_angles_are_those_of_the_reference():
    checkpoint = open_checkpoint(PRO_TINY / "checkpoint")
    config = read_model_config(checkpoint.config, PRO_TINY)
    golden = load_file(PRO_TINY / "expected.safetensors")
    reader = WeightReader(checkpoint, torch.float32, CPU)

    angles = FourierEmbedding(config, config.fope, reader, "model.rotary_emb")(golden["fope.positions"].long())

    cos, sin = angles.table.transpose(0, 1).chunk(2, dim=-1)  # [Hkv, positions, D / 2]
    assert angles.positions is None
    assert torch.equal(kept_frequencies(config, config.fope), golden["fope.inv_freq"])
    for ours, theirs in ((cos, golden["fope.cos"]), (sin, golden["fope.sin"])):
        assert (torch.cat((ours, ours), dim=-1) - theirs).abs().max() <= 2e-4  # the README of the parity data


def test_the_released_model_keeps_45_frequencies():
    config = replace(CONFIG, head_dim=128, rope_theta=5e6, max_position_embeddings=262144)

    assert len(kept_frequencies(config, config.fope)) == 45


def test_a_number_of_frequencies_in_the_config_goes_before_the_rule():
    fope = FopeConfig(is_per_head=True, num_frequencies=3)

    assert torch.equal(kept_frequencies(CONFIG, fope), kept_frequencies(CONFIG, CONFIG.fope)[:3])


def test_unmixed_waves_are_those_of_plain_rotary_positions_and_the_rest_is_one():
    positions = torch.tensor([0, 7, 99])

    fourier = embedding(torch.eye(5).expand(2, 5, 5), torch.eye(5).expand(2, 5, 5))(positions)

    plain = RotaryEmbedding(CONFIG, 100, CPU)(positions)
    rows = plain.table[plain.positions]
    expected = torch.cat([F.pad(half[:, :5], (0, 11), value=1.0) for half in rows.chunk(2, dim=-1)], dim=-1)
    assert torch.allclose(fourier.table, expected[:, None].expand(3, 2, 32), atol=1e-6)


@pytest.mark.usefixtures("compiled")
def test_a_position_has_the_same_bits_alone_and_among_others():
    fourier = embedding(torch.randn(2, 5, 5), torch.randn(2, 5, 5))
    positions = torch.arange(70)

    together = fourier(positions).table

    for num_tokens in (1, 2, 3, 16, 33):
        assert torch.equal(fourier(positions[-num_tokens:]).table, together[-num_tokens:])


def test_coefficients_go_from_their_first_axis_to_their_second():
    from_third_to_first = torch.zeros(2, 5, 5)
    from_third_to_first[:, 2, 0] = 1.0

    angles = embedding(from_third_to_first, torch.zeros(2, 5, 5))(torch.tensor([3]))

    frequency = kept_frequencies(CONFIG, CONFIG.fope)[2].item()
    assert angles.table[0, 0, :5].tolist() == pytest.approx([math.cos(3 * frequency), 0, 0, 0, 0])


def test_shared_coefficients_are_the_same_for_every_key_head():
    cos, sin = torch.randn(5, 5), torch.randn(5, 5)
    positions = torch.arange(4)

    shared = embedding(cos, sin, fope=FopeConfig(is_per_head=False, num_frequencies=None))(positions)

    assert torch.equal(shared.table, embedding(cos.repeat(2, 1, 1), sin.repeat(2, 1, 1))(positions).table)


def test_a_position_limit_that_was_changed_is_explained():
    coefficients = torch.eye(5).expand(2, 5, 5)

    with pytest.raises(CheckpointError, match=r"\[2, 5, 5\], but max_position_embeddings \(50\).*make it \[2, 4, 4\]"):
        embedding(coefficients, coefficients, max_position_embeddings=50)


@needs_golden
def test_a_smaller_position_limit_stops_the_load_of_a_checkpoint():
    checkpoint = open_checkpoint(PRO_TINY / "checkpoint")
    settings = read_json(PRO_TINY / "checkpoint" / "config.json")
    settings["text_config"]["max_position_embeddings"] = 8192
    config = read_model_config(settings, PRO_TINY)

    with pytest.raises(CheckpointError, match="must not be changed to save memory"):
        FourierEmbedding(config, config.fope, WeightReader(checkpoint, torch.float32, CPU), "model.rotary_emb")
