"""The front end of the time-series encoder: overlapping patches of a signal, each turned into one vector.

A patch is 2 * stride samples long and starts stride samples after the one before. The reference lays the samples of a
patch out channel by channel without transposing them first, so with several channels each of its rows holds samples of
all of them in turn, and the order of channels matters. That is how the model was trained, and what this does.

Rows are independent of each other and go MAX_SAMPLES samples at a time (128 MiB for the widest layer in float32). What
stays is the gathered signal, twice its size, and 128 values a row: 240,000 samples at stride 2 are 61 MB a channel.

Facts: section 3.7 of the family's description, and point 1 of its section 12.
"""

import torch.nn.functional as F
from torch import Tensor

from engine.errors import InvalidRequest
from engine.layers.affine import Affine, FeedForward, read_affine
from engine.layers.encoder_attention import attend
from engine.layers.norms import LayerNorm
from engine.layers.row_chunks import by_rows
from engine.signal_config import PATCH_HIDDEN_SIZE, PATCHES_PER_FRAME
from engine.weight_reader import WeightReader

MAX_SAMPLES = 16_384  # not tuned
_EPS = 1e-5
_NUM_HEADS = 8
_KERNEL_SIZE = 5
_INTERMEDIATE_SIZE = 2048
_NUM_POSITIONS = 20_000


class PatchTransformerLayer:
    """Norms come after the sums; the activation is ReLU."""

    def __init__(self, weights: WeightReader, prefix: str) -> None:
        C = PATCH_HIDDEN_SIZE
        matrix = weights.place(weights.take(f"{prefix}.self_attn.in_proj_weight", 3 * C, C))
        self.in_proj = Affine(matrix, weights.take(f"{prefix}.self_attn.in_proj_bias", 3 * C))
        self.out_proj = read_affine(weights, f"{prefix}.self_attn.out_proj", C, C)
        self.norm1 = LayerNorm(weights, f"{prefix}.norm1", C, _EPS)
        names = (f"{prefix}.linear1", f"{prefix}.linear2")
        self.mlp = FeedForward(weights, names, (C, _INTERMEDIATE_SIZE, C), F.relu)
        self.norm2 = LayerNorm(weights, f"{prefix}.norm2", C, _EPS)

    def __call__(self, x: Tensor) -> Tensor:
        """x [R, T, 128], R rows of T samples -> [R, T, 128]."""
        q, k, v = self.in_proj(x).unflatten(-1, (3, _NUM_HEADS, -1)).unbind(2)
        x = self.norm1(x + self.out_proj(attend(q, k, v)))
        return self.norm2(x + self.mlp(x))


class SignalPatches:
    def __init__(self, weights: WeightReader, prefix: str) -> None:
        C = PATCH_HIDDEN_SIZE
        self.conv = Affine(
            weights.take(f"{prefix}.conv.weight", C, 1, _KERNEL_SIZE).flatten(1), weights.take(f"{prefix}.conv.bias", C)
        )
        self.positions = weights.take(f"{prefix}.pos_encoder.pe", _NUM_POSITIONS, 1, C)[:, 0]
        self.layer = PatchTransformerLayer(weights, f"{prefix}.transformer_encoder.layers.0")

    def __call__(self, values: Tensor, stride: int) -> Tensor:
        """values [L, channels] -> frames [n // 2, 256] of n patches, two side by side; an odd last one is dropped."""
        rows = cut_patches(values, stride)  # [n, channels, samples]
        n, _, num_samples = rows.shape
        encoded = by_rows(self._rows, rows.flatten(0, 1), max(1, MAX_SAMPLES // num_samples))
        patches = encoded.view(n, -1, PATCH_HIDDEN_SIZE).mean(dim=1)
        return patches[: n - n % PATCHES_PER_FRAME].view(n // PATCHES_PER_FRAME, -1)

    def _rows(self, rows: Tensor) -> Tensor:
        """rows [R, samples] -> [R, 128]."""
        margin = _KERNEL_SIZE // 2
        windows = F.pad(rows, (margin, margin)).unfold(1, _KERNEL_SIZE, 1)
        x = F.relu(self.conv(windows)) + self.positions[: rows.shape[1]]
        return self.layer(x).mean(dim=1)


def cut_patches(values: Tensor, stride: int) -> Tensor:
    """values [L, channels] -> [n, channels, 2 * stride], rows of a patch as the reference fills them."""
    length, num_channels = values.shape
    size = 2 * stride
    if length <= size:
        raise InvalidRequest(
            f"The signal has {length:,} samples and this model needs more than {size:,} at its sampling rate. "
            "Send a longer piece."
        )
    n = -(-(length - size) // stride) + 1
    padded = F.pad(values, (0, 0, 0, (n - 1) * stride + size - length))
    patches = padded.unfold(0, size, stride).transpose(1, 2)  # [n, samples, channels]
    return patches.reshape(n, num_channels, size)
