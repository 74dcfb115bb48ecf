"""The vision side of Intern-S1 and Intern-S1-mini: InternViT, pixel shuffle and projector.

N tiles (or video frames) of 448 x 448 pixels are independent of each other. They are read a few at a time, so a picture
of 13 tiles or a video of any length needs memory for MAX_TILES of them: at the size of Intern-S1 (3200 wide, MLP of
12800) about 0.5 GiB in float32, plus the features that stay, 256 x 4096 values (4 MiB) a tile.

Facts: sections 3.1 and 3.2 of the family's description.
"""

from functools import partial

import torch
import torch.nn.functional as F
from torch import Tensor

from engine.interruption import Check, go_on
from engine.layers.affine import Affine, FeedForward, read_affine
from engine.layers.encoder_attention import attend
from engine.layers.norms import LayerNorm, RMSNorm
from engine.layers.row_chunks import by_rows
from engine.models.patch_embedding import PatchEmbedding, Triple
from engine.models.projector import Projector, pixel_shuffle
from engine.vision_config import VisionConfig
from engine.weight_reader import WeightReader

MAX_TILES = 4  # not tuned; 4100 rows for each product
_QK_NORM_EPS = 1e-6  # in no config
_NORMS = {"rms_norm": RMSNorm, "layer_norm": LayerNorm}


class InternViTAttention:
    """Query and key are normalised over the full width, before they are split into heads."""

    def __init__(self, config: VisionConfig, weights: WeightReader, prefix: str) -> None:
        C, self.num_heads = config.hidden_size, config.num_heads
        parts = [f"{prefix}.{part}_proj" for part in "qkv"]
        matrix = weights.place(*(weights.take(f"{part}.weight", C, C) for part in parts))
        bias = torch.cat([weights.take(f"{part}.bias", C) for part in parts]) if config.has_qkv_bias else None
        self.qkv_proj = Affine(matrix, bias)
        self.norms = None
        if config.has_qk_norm:
            self.norms = [RMSNorm(weights, f"{prefix}.{part}_norm", C, _QK_NORM_EPS) for part in "qk"]
        self.projection_layer = read_affine(weights, f"{prefix}.projection_layer", C, C)

    def __call__(self, x: Tensor) -> Tensor:
        """x [N, T, C] -> [N, T, C]."""
        q, k, v = self.qkv_proj(x).chunk(3, dim=-1)
        if self.norms is not None:
            q, k = (norm(part) for norm, part in zip(self.norms, (q, k), strict=True))
        heads = (part.unflatten(-1, (self.num_heads, -1)) for part in (q, k, v))
        return self.projection_layer(attend(*heads))


class InternViTLayer:
    def __init__(self, config: VisionConfig, weights: WeightReader, prefix: str) -> None:
        C, norm = config.hidden_size, _NORMS[config.norm_type]
        self.layernorm_before = norm(weights, f"{prefix}.layernorm_before", C, config.norm_eps)
        self.attention = InternViTAttention(config, weights, f"{prefix}.attention")
        self.lambda_1 = weights.take(f"{prefix}.lambda_1", C)
        self.layernorm_after = norm(weights, f"{prefix}.layernorm_after", C, config.norm_eps)
        names = (f"{prefix}.mlp.fc1", f"{prefix}.mlp.fc2")
        self.mlp = FeedForward(weights, names, (C, config.intermediate_size, C), F.gelu)
        self.lambda_2 = weights.take(f"{prefix}.lambda_2", C)

    def __call__(self, x: Tensor) -> Tensor:
        """x [N, T, C] -> [N, T, C]."""
        x = torch.addcmul(x, self.lambda_1, self.attention(self.layernorm_before(x)))
        return torch.addcmul(x, self.lambda_2, self.mlp(self.layernorm_after(x)))


class InternViT:
    """use_mean_pooling, which every checkpoint of the family has, means that no norm follows the last layer."""

    def __init__(self, config: VisionConfig, weights: WeightReader, mean_std: tuple[Triple, Triple]) -> None:
        C, self.grid_size, self.patch_size = config.hidden_size, config.grid_size, config.patch_size
        prefix = "vision_tower.embeddings"
        patch = (3, self.patch_size, self.patch_size)
        self.patch_embeddings = PatchEmbedding(weights, f"{prefix}.patch_embeddings.projection", C, patch, mean_std)
        self.cls_token = weights.take(f"{prefix}.cls_token", 1, 1, C)
        self.position_embeddings = weights.take(f"{prefix}.position_embeddings", 1, 1 + self.grid_size**2, C)
        self.layers = [
            InternViTLayer(config, weights, f"vision_tower.encoder.layer.{i}") for i in range(config.num_layers)
        ]

    def __call__(self, pixels: Tensor, check: Check = go_on) -> Tensor:
        """pixels [N, 3, side, side] uint8 -> [N, rows, columns, C], one vector a patch."""
        N, G, P = len(pixels), self.grid_size, self.patch_size
        patches = pixels.view(N, 3, G, P, G, P).permute(0, 2, 4, 1, 3, 5).reshape(N * G * G, -1)
        x = self.patch_embeddings(patches).view(N, G * G, -1)
        x = torch.cat((self.cls_token.expand(N, -1, -1), x), dim=1) + self.position_embeddings
        for layer in self.layers:
            check()
            x = layer(x)
        return x[:, 1:].unflatten(1, (G, G))


class InternVision:
    def __init__(self, config: VisionConfig, weights: WeightReader, mean_std: tuple[Triple, Triple]) -> None:
        self.vision_tower = InternViT(config, weights, mean_std)
        self.multi_modal_projector = Projector(
            weights, "multi_modal_projector", 4 * config.hidden_size, config.out_size
        )

    def __call__(self, pixels: Tensor, check: Check = go_on) -> Tensor:
        """pixels [N, 3, side, side] uint8, on any device -> [N * tokens of a tile, H]. check: called in every layer."""
        return by_rows(partial(self._tiles, check=check), pixels, MAX_TILES).flatten(0, 1)

    def _tiles(self, pixels: Tensor, check: Check) -> Tensor:
        return self.multi_modal_projector(pixel_shuffle(self.vision_tower(pixels, check)))
