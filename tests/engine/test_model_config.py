"""config.json of the Intern-S1 family. The refusals that all architectures share are in test_checkpoint.py."""

from pathlib import Path

import pytest

from engine.checkpoint import read_json
from engine.errors import CheckpointError
from engine.model_config import ExpertsConfig, FopeConfig, read_model_config
from tests.golden import GOLDEN, needs_golden

PATH = Path("some/config.json")
PRO, S1 = "InternS1ProForConditionalGeneration", "InternS1ForConditionalGeneration"
SHAPE = {
    "vocab_size": 100, "hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2,
    "head_dim": 16, "intermediate_size": 96, "hidden_act": "silu", "rms_norm_eps": 1e-6, "max_position_embeddings": 512,
    "rope_theta": 5000000,
}  # fmt: skip
EXPERTS = {"num_experts": 32, "num_experts_per_tok": 8, "moe_intermediate_size": 24, "norm_topk_prob": True}
FOPE = {"rope_type": "default", "fope_init_factor": 0.5, "fope_sep_head": True, "num_inv_freq": None}
FP8 = {"quant_method": "fp8", "fmt": "e4m3", "weight_block_size": [128, 128], "activation_scheme": "dynamic"}


def pro(text=None, **top):
    """None takes a key away."""
    text = {**SHAPE, **EXPERTS, "router_n_groups": 8, "rope_scaling": FOPE, **(text or {})}
    config = {"architectures": [PRO], "tie_word_embeddings": False, "text_config": without_none(text), **top}
    return without_none(config)


def s1(model_type="qwen3_moe", text=None, **top):
    experts = EXPERTS if model_type == "qwen3_moe" else {}
    text = {**SHAPE, **experts, "model_type": model_type, "rope_scaling": None, **(text or {})}
    return {"architectures": [S1], "tie_word_embeddings": False, "text_config": without_none(text), **top}


def without_none(settings):
    return {key: value for key, value in settings.items() if value is not None}


def read(config):
    return read_model_config(config, PATH)


def test_pro_has_expert_groups_and_fourier_positions():
    model = read(pro())

    assert model.architecture == PRO
    assert model.has_qk_norm and not model.is_embedding_tied
    assert model.experts == ExpertsConfig(32, 8, 24, is_normalised=True, num_groups=8)
    assert model.fope == FopeConfig(is_per_head=True, num_frequencies=None)
    assert (model.rope_theta, model.max_position_embeddings) == (5e6, 512)


def test_the_other_name_of_pro_is_the_same_model():
    alias = read(pro(architectures=["InternS1_1_ForConditionalGeneration"]))

    assert alias.experts == read(pro()).experts and alias.fope == read(pro()).fope


def test_s1_chooses_among_all_experts_and_turns_plainly():
    model = read(s1())

    assert model.experts == ExpertsConfig(32, 8, 24, is_normalised=True, num_groups=1)
    assert model.fope is None and model.has_qk_norm


def test_mini_is_dense():
    model = read(s1("qwen3"))

    assert model.experts is None and model.intermediate_size == 96


@pytest.mark.parametrize(
    ("rope", "expected"),
    [
        ({"fope_sep_heads": True}, FopeConfig(is_per_head=True, num_frequencies=None)),
        ({"fope_sep_head": False, "fope_init_factor": 0.5}, FopeConfig(is_per_head=False, num_frequencies=None)),
        ({"fope_sep_head": True, "num_inv_freq": 3}, FopeConfig(is_per_head=True, num_frequencies=3)),
        ({"fope_sep_head": True, "fope_num_inv_freq": 3}, FopeConfig(is_per_head=True, num_frequencies=3)),
        ({"fope_sep_head": None, "num_inv_freq": None}, None),
    ],
)
def test_fourier_settings_are_read_in_every_released_spelling(rope, expected):
    assert read(pro({"rope_scaling": {"rope_type": "default", **rope}})).fope == expected


def test_new_rope_settings_mean_the_same():
    new = read(pro({"rope_scaling": None, "rope_theta": None, "rope_parameters": {**FOPE, "rope_theta": 5e6}}))

    assert new == read(pro())


@pytest.mark.parametrize("tied", [False, True])
def test_tied_embeddings_may_be_said_inside_or_beside_the_text(tied):
    inside = read(pro({"tie_word_embeddings": tied}, tie_word_embeddings=None))
    beside = read(pro(tie_word_embeddings=tied))

    assert inside == beside
    assert inside.is_embedding_tied == tied


@pytest.mark.parametrize("settings", [FP8, {**FP8, "modules_to_not_convert": ["lm_head"], "scale_fmt": "ue8m0"}])
def test_block_fp8_is_accepted_inside_and_beside_the_text(settings):
    assert read(pro(quantization_config=settings)) == read(pro({"quantization_config": settings})) == read(pro())


@needs_golden
@pytest.mark.parametrize("case", ["pro-tiny", "pro-tiny-fp8", "s1-tiny", "mini-tiny"])
def test_the_parity_checkpoints_are_understood(case):
    path = GOLDEN / case / "checkpoint" / "config.json"

    model = read_model_config(read_json(path), path)

    assert (model.fope is None) == (not case.startswith("pro"))
    assert (model.experts is None) == (case == "mini-tiny")


@pytest.mark.parametrize(
    ("config", "message"),
    [
        (pro(text_config=None), "has no text_config"),
        (pro({"hidden_size": None}), r"has no text_config\.hidden_size"),
        (pro({"head_dim": None}), r"has no text_config\.head_dim"),
        (
            pro({"tie_word_embeddings": True}),
            "contradicts itself: tie_word_embeddings is False, but True in text_config",
        ),
        (pro(vocab_size=99), "contradicts itself: vocab_size is 99, but 100 in text_config"),
        (pro({"router_n_groups": None}), r"has no text_config\.router_n_groups"),
        (pro({"router_n_groups": 5}), r"router_n_groups in .* is 5; it must divide both num_experts \(32\)"),
        (pro({"router_n_groups": 16}), r"and num_experts_per_tok \(8\)"),
        (s1(text={"router_n_groups": 4}), "router_n_groups in .* is 4; but InternS1ForConditionalGeneration chooses"),
        (s1("llama"), "model_type in .* is 'llama'; the text model of InternS1ForCond.* is qwen3 or qwen3_moe"),
        (s1("qwen3", {"num_experts": 8}), "num_experts in .* is 8; but a qwen3 has no experts"),
        (s1(text={"num_experts": None}), r"has no text_config\.num_local_experts or text_config\.num_experts"),
        (pro({"rope_scaling": {"fope_init_factor": 0.5}}), r"has no text_config\.rope_scaling\.fope_sep_head"),
        (pro({"rope_scaling": {"fope_sep_head": 1}}), "fope_sep_head in .* is 1; it must be true or false"),
        (
            pro({"rope_scaling": {"fope_sep_head": True, "fope_sep_heads": False}}),
            "fope_sep_head in .* is True; but fope_sep_heads is False",
        ),
        (pro({"rope_scaling": {**FOPE, "num_inv_freq": 9}}), "num_inv_freq in .* is 9; heads of 16 have 8 frequencies"),
        (pro(quantization_config={**FP8, "quant_method": "awq"}), "quantization_config in .*'quant_method': 'awq'"),
        (pro(quantization_config={**FP8, "fmt": "e5m2"}), "'fmt': 'e5m2'.*reads fp8 as e4m3 in blocks of 128 x 128"),
        (pro(quantization_config={**FP8, "weight_block_size": [64, 64]}), r"'weight_block_size': \[64, 64\]"),
        (pro(quantization_config={**FP8, "activation_scheme": "static"}), "'activation_scheme': 'static'"),
    ],
)
def test_refusals_name_file_key_and_reason(config, message):
    with pytest.raises(CheckpointError, match=message) as refusal:
        read(config)

    assert "some/config.json" in str(refusal.value)
