"""The time-series encoder of Intern-S1-Pro: signal patches, Whisper's encoder with a causal mask, and a projector.

The input is rounded to bfloat16 whatever the dtype of the weights, since the released processor hands it over so.
Causal attention makes no matrix of frames x frames and the wide layers go in parts (engine/layers), so memory grows
with the length only: 0.6 GiB for 100,000 samples at stride 2 (12,500 tokens, 0.2 GiB of them the features) at the width
of Intern-S1-Pro in float32, measured.

Facts: section 3.7 of the family's description, and points 1 to 3 and 9 of its section 12.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from engine.interruption import Check, go_on
from engine.layers.affine import Affine, FeedForward, read_affine
from engine.layers.encoder_attention import attend
from engine.layers.norms import LayerNorm
from engine.layers.row_chunks import by_rows
from engine.models.projector import Projector
from engine.models.signal_patches import SignalPatches
from engine.signal_config import PATCH_HIDDEN_SIZE, PATCHES_PER_FRAME, SignalConfig
from engine.weight_reader import WeightReader

_LAYER_EPS = 1e-6  # inside the layers of the reference; Whisper's own is 1e-5, which it keeps for the last norm
_FINAL_EPS = 1e-5
_KERNEL_SIZE = 3


class SequenceConvolution:
    """Three neighbouring frames to one, zeros around the ends, then GELU; stride 2 takes every second position."""

    def __init__(self, weights: WeightReader, name: str, num_in: int, num_out: int, stride: int) -> None:
        matrix = weights.take(f"{name}.weight", num_out, num_in, _KERNEL_SIZE).flatten(1)
        self.affine = Affine(weights.place(matrix), weights.take(f"{name}.bias", num_out))
        self.stride = stride

    def __call__(self, x: Tensor) -> Tensor:
        """x [T, num_in] -> [ceil(T / stride), num_out]."""
        windows = F.pad(x, (0, 0, 1, 1)).unfold(0, _KERNEL_SIZE, self.stride)
        return by_rows(lambda part: F.gelu(self.affine(part.flatten(1))), windows)


class SeriesAttention:
    def __init__(self, config: SignalConfig, weights: WeightReader, prefix: str) -> None:
        C, self.num_heads = config.hidden_size, config.num_heads
        parts = [f"{prefix}.{part}_proj" for part in "qkv"]
        matrix = weights.place(*(weights.take(f"{part}.weight", C, C) for part in parts))
        self.qkv_proj = Affine(matrix, torch.cat([_bias(weights, f"{part}.bias", C) for part in parts]))
        self.out_proj = read_affine(weights, f"{prefix}.out_proj", C, C)

    def __call__(self, x: Tensor) -> Tensor:
        """x [T, C] -> [T, C]."""
        q, k, v = self.qkv_proj(x[None]).unflatten(-1, (3, self.num_heads, -1)).unbind(2)
        return self.out_proj(attend(q, k, v, is_causal=True)[0])


class SeriesLayer:
    def __init__(self, config: SignalConfig, weights: WeightReader, prefix: str) -> None:
        C = config.hidden_size
        self.self_attn_layer_norm = LayerNorm(weights, f"{prefix}.self_attn_layer_norm", C, _LAYER_EPS)
        self.self_attn = SeriesAttention(config, weights, f"{prefix}.self_attn")
        self.final_layer_norm = LayerNorm(weights, f"{prefix}.final_layer_norm", C, _LAYER_EPS)
        names = (f"{prefix}.fc1", f"{prefix}.fc2")
        self.mlp = FeedForward(weights, names, (C, config.intermediate_size, C), F.gelu)

    def __call__(self, x: Tensor) -> Tensor:
        """x [T, C] -> [T, C]."""
        x = x + self.self_attn(self.self_attn_layer_norm(x))
        return x + self.mlp(self.final_layer_norm(x))


class SeriesEncoder:
    def __init__(self, config: SignalConfig, weights: WeightReader, prefix: str) -> None:
        C, M = config.hidden_size, config.num_mel_bins
        self.adapt_in = read_affine(weights, f"{prefix}.adapt_in", M, PATCH_HIDDEN_SIZE * PATCHES_PER_FRAME)
        self.conv1 = SequenceConvolution(weights, f"{prefix}.conv1", M, C, stride=1)
        self.conv2 = SequenceConvolution(weights, f"{prefix}.conv2", C, C, stride=2)
        self.embed_positions = weights.take(f"{prefix}.embed_positions.weight", config.max_positions, C)
        self.layers = [SeriesLayer(config, weights, f"{prefix}.layers.{i}") for i in range(config.num_layers)]
        self.layer_norm = LayerNorm(weights, f"{prefix}.layer_norm", C, _FINAL_EPS)
        self.adapt_out = read_affine(weights, f"{prefix}.adapt_out", config.projector_size, C)

    def __call__(self, frames: Tensor, check: Check = go_on) -> Tensor:
        """frames [T, 256] -> [ceil(T / 2), projector_size]. Frames beyond the learned positions have none."""
        x = self.conv2(self.conv1(self.adapt_in(frames)))
        num_learned = min(len(x), len(self.embed_positions))
        x[:num_learned] += self.embed_positions[:num_learned]
        for layer in self.layers:
            check()
            x = layer(x)
        return self.adapt_out(self.layer_norm(x))


class TimeSeries:
    def __init__(self, config: SignalConfig, weights: WeightReader) -> None:
        self.encoder_embed = SignalPatches(weights, "time_series.encoder_embed")
        self.encoder = SeriesEncoder(config, weights, "time_series.encoder")
        self.projector = Projector(weights, "time_series.projector", config.projector_size, config.out_size)
        self.dtype, self.device = weights.dtype, weights.device

    def __call__(self, values: Tensor, stride: int, check: Check = go_on) -> Tensor:
        """values [L, channels] float32, on any device; stride in samples -> [tokens, H]. check: for every layer."""
        return self.projector(self.encoder(self.frames(values, stride), check))

    def frames(self, values: Tensor, stride: int) -> Tensor:
        """What the front end makes of the signal, [T, 256]."""
        return self.encoder_embed(values.to(self.device, torch.bfloat16).to(self.dtype), stride)


def _bias(weights: WeightReader, name: str, size: int) -> Tensor:
    """Whisper's key projection has no bias, and some checkpoints of the family follow it: zeros."""
    if name.endswith("k_proj.bias") and not weights.has(name):
        return torch.zeros(size, dtype=weights.dtype, device=weights.device)
    return weights.take(name, size)
