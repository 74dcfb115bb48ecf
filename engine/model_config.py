"""What the decoder must know about a checkpoint, read from config.json. Every field is explicit; nothing is guessed.

The multimodal models of the Intern-S1 family keep these fields under text_config.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.config_fields import ConfigFields
from engine.errors import CheckpointError

# Settings that change the arithmetic in ways this decoder does not have, and the values that leave it alone.
_UNSUPPORTED: dict[str, tuple[Any, ...]] = {
    "attention_bias": (None, False),
    "mlp_bias": (None, False),
    "sliding_window": (None,),
    "mlp_only_layers": (None, []),
    "decoder_sparse_step": (None, 1),
    "partial_rotary_factor": (None, 1, 1.0),
}
# The one kind of quantised weights that is read. fmt may be left out: the tensors say it as well.
_BLOCK_FP8: dict[str, tuple[Any, ...]] = {
    "quant_method": ("fp8",),
    "fmt": (None, "e4m3"),
    "weight_block_size": ([128, 128],),
    "activation_scheme": (None, "dynamic"),
}
_QUANTIZATION = "quantization_config"
_TIED = "tie_word_embeddings"
_TEXT = "text_config"
# Released spellings of one setting of Fourier position embedding, the written one first
_FOPE_IS_PER_HEAD = ("fope_sep_head", "fope_sep_heads")
_FOPE_NUM_FREQUENCIES = ("num_inv_freq", "fope_num_inv_freq")


@dataclass(frozen=True, slots=True)
class ExpertsConfig:
    """is_normalised: the weights of the chosen experts add up to one. A token chooses equally many of every group."""

    num_experts: int
    num_experts_per_token: int
    intermediate_size: int
    is_normalised: bool
    num_groups: int


@dataclass(frozen=True, slots=True)
class FopeConfig:
    """Fourier position embedding. num_frequencies None: those that turn at least once in max_position_embeddings."""

    is_per_head: bool
    num_frequencies: int | None


@dataclass(frozen=True, slots=True)
class ModelConfig:
    """experts None: every layer has one dense MLP of intermediate_size. fope None: plain rotary positions."""

    architecture: str
    vocab_size: int
    hidden_size: int
    num_layers: int
    num_heads: int
    num_kv_heads: int
    head_dim: int
    intermediate_size: int
    rms_norm_eps: float
    rope_theta: float
    fope: FopeConfig | None
    max_position_embeddings: int
    is_embedding_tied: bool
    has_qk_norm: bool
    experts: ExpertsConfig | None


@dataclass(frozen=True, slots=True)
class _Text:
    """The text model of an architecture."""

    has_qk_norm: bool
    has_experts: bool
    has_expert_groups: bool = False


_TEXTS = {
    "LlamaForCausalLM": _Text(has_qk_norm=False, has_experts=False),
    "MixtralForCausalLM": _Text(has_qk_norm=False, has_experts=True),
    "Qwen3ForCausalLM": _Text(has_qk_norm=True, has_experts=False),
    "Qwen3MoeForCausalLM": _Text(has_qk_norm=True, has_experts=True),
}
# Intern-S1 and -mini differ in the model_type of text_config.
_INTERN_S1_TEXTS = {"qwen3": _TEXTS["Qwen3ForCausalLM"], "qwen3_moe": _TEXTS["Qwen3MoeForCausalLM"]}
_INTERN_S1 = "InternS1ForConditionalGeneration"
_INTERN_S1_PRO_TEXT = _Text(has_qk_norm=True, has_experts=True, has_expert_groups=True)
_INTERN_S1_PRO = ("InternS1ProForConditionalGeneration", "InternS1_1_ForConditionalGeneration")
_ARCHITECTURES = (*_TEXTS, _INTERN_S1, *_INTERN_S1_PRO)


def read_model_config(config: dict[str, Any], path: Path) -> ModelConfig:
    """config: config.json as a dict; path names it in errors."""
    name = _architecture_name(config, path)
    fields = ConfigFields(config, path) if name in _TEXTS else _text_fields(config, path)
    text = _text(name, fields)
    _refuse_unsupported(fields)
    num_heads = fields.integer("num_attention_heads")
    hidden_size = fields.integer("hidden_size")
    # Older Llama and Mixtral files leave head_dim out; it is then defined as this quotient.
    has_head_dim = fields.optional("head_dim") is not None or text.has_qk_norm
    rope = _rope_fields(fields)
    model = ModelConfig(
        architecture=name,
        vocab_size=fields.integer("vocab_size"),
        hidden_size=hidden_size,
        num_layers=fields.integer("num_hidden_layers"),
        num_heads=num_heads,
        num_kv_heads=fields.integer("num_key_value_heads"),
        head_dim=fields.integer("head_dim") if has_head_dim else hidden_size // num_heads,
        intermediate_size=fields.integer("intermediate_size"),
        rms_norm_eps=fields.number("rms_norm_eps"),
        rope_theta=(rope if "rope_theta" in rope.config else fields).number("rope_theta"),
        fope=_fope(rope),
        max_position_embeddings=fields.integer("max_position_embeddings"),
        is_embedding_tied=fields.flag(_TIED),
        has_qk_norm=text.has_qk_norm,
        experts=_experts(fields, name, text) if text.has_experts else None,
    )
    _check_heads(model, rope)
    return model


def _architecture_name(config: dict[str, Any], path: Path) -> str:
    names = config.get("architectures")
    if not (isinstance(names, list) and len(names) == 1 and isinstance(names[0], str)):
        raise CheckpointError(f"architectures in {path} is {names!r}; it must name one model class.")
    if names[0] not in _ARCHITECTURES:
        raise CheckpointError(f"{path} is a {names[0]}; this engine runs {', '.join(_ARCHITECTURES)}.")
    return names[0]


def _text_fields(config: dict[str, Any], path: Path) -> ConfigFields:
    """text_config, with the two settings that may stand beside it instead. What stands in both must agree."""
    text = ConfigFields(config, path).section(_TEXT).config
    for key in ("vocab_size", "hidden_size", "num_hidden_layers", "num_attention_heads", _TIED, _QUANTIZATION):
        outer, inner = config.get(key), text.get(key)
        if outer is not None and inner is not None and outer != inner:
            raise CheckpointError(f"{path} contradicts itself: {key} is {outer!r}, but {inner!r} in {_TEXT}.")
    beside = {key: config[key] for key in (_TIED, _QUANTIZATION) if text.get(key) is None and key in config}
    return ConfigFields({**text, **beside}, path, _TEXT)


def _text(architecture: str, fields: ConfigFields) -> _Text:
    if architecture in _TEXTS:
        return _TEXTS[architecture]
    if architecture in _INTERN_S1_PRO:
        return _INTERN_S1_PRO_TEXT
    kind = fields.text("model_type")
    if kind not in _INTERN_S1_TEXTS:
        raise fields.error("model_type", f"the text model of {architecture} is {' or '.join(_INTERN_S1_TEXTS)}")
    if not _INTERN_S1_TEXTS[kind].has_experts and fields.optional("num_experts") is not None:
        raise fields.error("num_experts", f"but a {kind} has no experts")
    return _INTERN_S1_TEXTS[kind]


def _refuse_unsupported(fields: ConfigFields) -> None:
    config, path = fields.config, fields.path
    # Qwen keeps a window size in the file and switches it off.
    is_windowless = config.get("use_sliding_window") is False
    for key, neutral in _UNSUPPORTED.items():
        if config.get(key) not in neutral and not (key == "sliding_window" and is_windowless):
            raise CheckpointError(f"{key} in {path} is {config[key]!r}, which this engine does not support.")
    if config.get("hidden_act") != "silu":
        raise CheckpointError(f"hidden_act in {path} is {config.get('hidden_act')!r}; this engine computes silu only.")
    if config.get(_QUANTIZATION) is not None:
        _check_quantization(fields)


def _check_quantization(fields: ConfigFields) -> None:
    """Which matrices are quantised is not asked here: those that have scales are."""
    quantization = fields.section(_QUANTIZATION).config
    if any(quantization.get(key) not in supported for key, supported in _BLOCK_FP8.items()):
        shown = {key: quantization.get(key) for key in _BLOCK_FP8}  # the rest may be a list of hundreds of names
        raise CheckpointError(
            f"{_QUANTIZATION} in {fields.path} is {shown!r}; this engine reads fp8 as e4m3 in blocks of 128 x 128, "
            "with dynamic activations."
        )


def _rope_fields(fields: ConfigFields) -> ConfigFields:
    """transformers 5 writes rope_parameters {rope_theta, rope_type}; before it, rope_theta and rope_scaling."""
    key = next((key for key in ("rope_parameters", "rope_scaling") if fields.optional(key)), None)
    if key is None:
        return ConfigFields({}, fields.path)
    rope = fields.section(key)
    kind = rope.config.get("rope_type", rope.config.get("type", "default"))
    if kind != "default":
        raise CheckpointError(f"{fields.path} asks for {kind!r} rotary scaling; this engine has the default one only.")
    return rope


def _fope(rope: ConfigFields) -> FopeConfig | None:
    """None when nothing in the rotary settings speaks of it."""
    is_per_head, num_frequencies = _one_of(rope, _FOPE_IS_PER_HEAD), _one_of(rope, _FOPE_NUM_FREQUENCIES)
    if is_per_head is None and num_frequencies is None and rope.optional("fope_init_factor") is None:
        return None
    return FopeConfig(
        is_per_head=rope.flag(is_per_head or _FOPE_IS_PER_HEAD[0]),
        num_frequencies=rope.integer(num_frequencies) if num_frequencies else None,
    )


def _one_of(fields: ConfigFields, spellings: tuple[str, str]) -> str | None:
    """The spelling that is in the file; where both are, they must agree."""
    present = [key for key in spellings if fields.optional(key) is not None]
    if len(present) == 2 and fields.config[present[0]] != fields.config[present[1]]:
        raise fields.error(present[0], f"but {present[1]} is {fields.config[present[1]]!r}")
    return present[0] if present else None


def _experts(fields: ConfigFields, architecture: str, text: _Text) -> ExpertsConfig:
    is_mixtral = architecture == "MixtralForCausalLM"
    experts = ExpertsConfig(
        num_experts=fields.integer("num_local_experts", "num_experts"),
        num_experts_per_token=fields.integer("num_experts_per_tok"),
        intermediate_size=fields.integer("intermediate_size" if is_mixtral else "moe_intermediate_size"),
        is_normalised=True if is_mixtral else fields.flag("norm_topk_prob"),
        num_groups=fields.integer("router_n_groups") if text.has_expert_groups else 1,
    )
    if experts.num_experts_per_token > experts.num_experts:
        raise CheckpointError(
            f"num_experts_per_tok in {fields.path} is {experts.num_experts_per_token}, more than the "
            f"{experts.num_experts} experts there are."
        )
    if experts.num_experts % experts.num_groups or experts.num_experts_per_token % experts.num_groups:
        raise fields.error(
            "router_n_groups",
            f"it must divide both num_experts ({experts.num_experts}) and num_experts_per_tok "
            f"({experts.num_experts_per_token})",
        )
    if not text.has_expert_groups and fields.optional("router_n_groups") not in (None, 1):
        raise fields.error("router_n_groups", f"but {architecture} chooses among all experts")
    return experts


def _check_heads(model: ModelConfig, rope: ConfigFields) -> None:
    if model.num_heads % model.num_kv_heads:
        raise CheckpointError(
            f"num_attention_heads in {rope.path} is {model.num_heads}, not a multiple of num_key_value_heads "
            f"({model.num_kv_heads})."
        )
    if model.head_dim % 2:
        raise CheckpointError(f"head_dim in {rope.path} is {model.head_dim}; rotary positions need an even number.")
    num_frequencies = model.fope.num_frequencies if model.fope else None
    if num_frequencies is not None and num_frequencies > model.head_dim // 2:
        reason = f"heads of {model.head_dim} have {model.head_dim // 2} frequencies"
        raise rope.error(_one_of(rope, _FOPE_NUM_FREQUENCIES) or "", reason)
