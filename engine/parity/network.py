"""A checkpoint's network without the engine around it, in float32 on the CPU: one step over one prompt, traced."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import torch
from torch import Tensor

from engine.checkpoint import Checkpoint, open_checkpoint
from engine.media import MediaSpan
from engine.model_config import ModelConfig, read_model_config
from engine.models.decoder import Decoder
from engine.models.encoders import MediaEncoders
from engine.models.trace import Trace, trace
from engine.step_batch import make_batch
from engine.step_plan import FeaturePlan, SequencePlan, StepPlan
from engine.weight_reader import WeightReader
from kernels.paged_kv import allocate_paged_kv

CPU = torch.device("cpu")
_BLOCK_SIZE = 32


@dataclass(frozen=True, slots=True)
class Network:
    config: ModelConfig
    decoder: Decoder
    encoders: MediaEncoders


def load_network(folder: Path, max_model_len: int) -> Network:
    """Text model and encoders. Every tensor of the checkpoint must have its place."""
    checkpoint, weights = _open(folder)
    config_file = folder / "config.json"
    config = read_model_config(checkpoint.config, config_file)
    decoder = Decoder(config, weights, max_model_len)
    network = Network(config, decoder, MediaEncoders(checkpoint.config, config_file, weights))
    weights.finish()
    return network


def load_decoder(file: Path, max_model_len: int) -> tuple[ModelConfig, Decoder]:
    """Of a model that reads text only."""
    checkpoint, weights = _open(file)
    config = read_model_config(checkpoint.config, file)
    decoder = Decoder(config, weights, max_model_len)
    weights.finish()
    return config, decoder


def run_step(
    config: ModelConfig,
    decoder: Decoder,
    token_ids: list[int],
    num_logits: int,
    spans: Sequence[MediaSpan] = (),
    features: Mapping[int, Tensor] = MappingProxyType({}),
) -> Trace:
    """Logits are of the last num_logits tokens. features: input_index of a span -> rows [N, H]."""
    T = len(token_ids)
    num_blocks = -(-T // _BLOCK_SIZE)
    like = torch.empty(0, dtype=torch.float32, device=CPU)
    caches = allocate_paged_kv(config.num_layers, num_blocks, config.num_kv_heads, config.head_dim, _BLOCK_SIZE, like)
    parts = [FeaturePlan(span.input_index, span.first_feature, span.start, span.num_tokens) for span in spans]
    plan = StepPlan([SequencePlan(0, token_ids, 0, list(range(num_blocks)), is_sampled=True, features=parts)])
    rows = list(range(T - num_logits, T))
    return trace(decoder, make_batch(plan, rows, _BLOCK_SIZE, CPU, features), caches)


def _open(path: Path) -> tuple[Checkpoint, WeightReader]:
    checkpoint = open_checkpoint(path)
    return checkpoint, WeightReader(checkpoint, torch.float32, CPU)
