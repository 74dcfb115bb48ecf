"""What the decoder must know about a checkpoint, read from config.json. Every field is explicit; nothing is guessed."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.errors import CheckpointError

# Settings that change the arithmetic in ways this decoder does not have, and the values that leave it alone.
_UNSUPPORTED: dict[str, tuple[Any, ...]] = {
    "attention_bias": (None, False),
    "mlp_bias": (None, False),
    "sliding_window": (None,),
    "mlp_only_layers": (None, []),
    "decoder_sparse_step": (None, 1),
    "partial_rotary_factor": (None, 1, 1.0),
    "quantization_config": (None,),
}


@dataclass(frozen=True, slots=True)
class ExpertsConfig:
    """is_normalised: the weights of the chosen experts add up to one."""

    num_experts: int
    num_experts_per_token: int
    intermediate_size: int
    is_normalised: bool


@dataclass(frozen=True, slots=True)
class ModelConfig:
    """experts None: every layer has one dense MLP of intermediate_size."""

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
    max_position_embeddings: int
    is_embedding_tied: bool
    has_qk_norm: bool
    experts: ExpertsConfig | None


@dataclass(frozen=True, slots=True)
class _Architecture:
    has_qk_norm: bool
    has_experts: bool


_ARCHITECTURES = {
    "LlamaForCausalLM": _Architecture(has_qk_norm=False, has_experts=False),
    "MixtralForCausalLM": _Architecture(has_qk_norm=False, has_experts=True),
    "Qwen3ForCausalLM": _Architecture(has_qk_norm=True, has_experts=False),
    "Qwen3MoeForCausalLM": _Architecture(has_qk_norm=True, has_experts=True),
}


def read_model_config(config: dict[str, Any], path: Path) -> ModelConfig:
    """config: config.json as a dict; path names it in errors."""
    fields = _Fields(config, path)
    name = _architecture_name(config, path)
    architecture = _ARCHITECTURES[name]
    _refuse_unsupported(config, path)
    num_heads = fields.integer("num_attention_heads")
    hidden_size = fields.integer("hidden_size")
    # Older Llama and Mixtral files leave head_dim out; it is then defined as this quotient.
    has_head_dim = "head_dim" in config or architecture.has_qk_norm
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
        rope_theta=_rope_theta(fields),
        max_position_embeddings=fields.integer("max_position_embeddings"),
        is_embedding_tied=fields.flag("tie_word_embeddings"),
        has_qk_norm=architecture.has_qk_norm,
        experts=_experts(fields, name) if architecture.has_experts else None,
    )
    _check_heads(model, path)
    return model


class _Fields:
    """Typed access to config.json; an error names the file and the key."""

    def __init__(self, config: dict[str, Any], path: Path) -> None:
        self.config = config
        self.path = path

    def integer(self, *keys: str) -> int:
        """The first of several names that the same value has had."""
        value = self._get(*keys)
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise CheckpointError(f"{keys[0]} in {self.path} is {value!r}; it must be a whole number of at least 1.")
        return value

    def number(self, key: str) -> float:
        value = self._get(key)
        if isinstance(value, bool) or not isinstance(value, int | float) or value <= 0:
            raise CheckpointError(f"{key} in {self.path} is {value!r}; it must be a number above 0.")
        return float(value)

    def flag(self, key: str) -> bool:
        value = self._get(key)
        if not isinstance(value, bool):
            raise CheckpointError(f"{key} in {self.path} is {value!r}; it must be true or false.")
        return value

    def _get(self, *keys: str) -> Any:
        for key in keys:
            if self.config.get(key) is not None:
                return self.config[key]
        raise CheckpointError(f"{self.path} has no {' or '.join(keys)}.")


def _architecture_name(config: dict[str, Any], path: Path) -> str:
    names = config.get("architectures")
    if not (isinstance(names, list) and len(names) == 1 and isinstance(names[0], str)):
        raise CheckpointError(f"architectures in {path} is {names!r}; it must name one model class.")
    if names[0] not in _ARCHITECTURES:
        raise CheckpointError(f"{path} is a {names[0]}; this engine runs {', '.join(_ARCHITECTURES)}.")
    return names[0]


def _refuse_unsupported(config: dict[str, Any], path: Path) -> None:
    if config.get("use_sliding_window") is False:  # Qwen keeps a window size in the file and switches it off
        config = {**config, "sliding_window": None}
    for key, neutral in _UNSUPPORTED.items():
        if config.get(key) not in neutral:
            raise CheckpointError(f"{key} in {path} is {config[key]!r}, which this engine does not support.")
    if config.get("hidden_act") != "silu":
        raise CheckpointError(f"hidden_act in {path} is {config.get('hidden_act')!r}; this engine computes silu only.")


def _rope_theta(fields: _Fields) -> float:
    """transformers 5 writes rope_parameters {rope_theta, rope_type}; before it, rope_theta and rope_scaling."""
    config = fields.config
    rope = config.get("rope_parameters") or config.get("rope_scaling") or {}
    kind = rope.get("rope_type", rope.get("type", "default"))
    if kind != "default":
        raise CheckpointError(f"{fields.path} asks for {kind!r} rotary scaling; this engine has the default one only.")
    if "rope_theta" in rope:
        return _Fields(rope, fields.path).number("rope_theta")
    return fields.number("rope_theta")


def _experts(fields: _Fields, architecture: str) -> ExpertsConfig:
    is_mixtral = architecture == "MixtralForCausalLM"
    experts = ExpertsConfig(
        num_experts=fields.integer("num_local_experts", "num_experts"),
        num_experts_per_token=fields.integer("num_experts_per_tok"),
        intermediate_size=fields.integer("intermediate_size" if is_mixtral else "moe_intermediate_size"),
        is_normalised=True if is_mixtral else fields.flag("norm_topk_prob"),
    )
    if experts.num_experts_per_token > experts.num_experts:
        raise CheckpointError(
            f"num_experts_per_tok in {fields.path} is {experts.num_experts_per_token}, more than the "
            f"{experts.num_experts} experts there are."
        )
    return experts


def _check_heads(model: ModelConfig, path: Path) -> None:
    if model.num_heads % model.num_kv_heads:
        raise CheckpointError(
            f"num_attention_heads in {path} is {model.num_heads}, not a multiple of num_key_value_heads "
            f"({model.num_kv_heads})."
        )
    if model.head_dim % 2:
        raise CheckpointError(f"head_dim in {path} is {model.head_dim}; rotary positions need an even number.")
