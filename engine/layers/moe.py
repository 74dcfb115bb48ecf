"""The mixture-of-experts block: a router and SwiGLU experts."""

import torch
from torch import Tensor

from engine.layers.expert_weights import read_experts
from engine.model_config import ExpertsConfig, ModelConfig
from engine.ranks.parallel import ALONE, Parallel
from engine.weight_reader import WeightReader
from kernels.decoder_layer import ExpertsHalf
from kernels.experts import experts
from kernels.linear import Weight, linear
from kernels.route_experts import route_experts


class MoE:
    def __init__(
        self,
        config: ModelConfig,
        experts_config: ExpertsConfig,
        weights: WeightReader,
        prefix: str,
        parallel: Parallel = ALONE,
    ) -> None:
        self.config = experts_config
        gate = weights.take(f"{prefix}.gate.weight", experts_config.num_experts, config.hidden_size)
        self.gate = _gate(gate)
        self.experts = read_experts(weights, f"{prefix}.experts", config.hidden_size, experts_config, parallel)
        self.parallel = parallel
        self.shard = parallel.experts(experts_config.num_experts)
        is_alone, has_panels = parallel.collectives is None, self.experts.gate_up_panels is not None
        self.half = self._make_half() if is_alone and has_panels and self.gate.panels is not None else None

    def __call__(self, x: Tensor, routes: list[Tensor] | None = None) -> Tensor:
        """x [T, H] -> [T, H]. Adds the experts [T, C] that are chosen to routes."""
        ids, weights = self.route(x)
        if routes is not None:
            routes.append(ids)
        if self.shard.is_whole:
            return self.parallel.sum(experts(x, ids, weights, self.experts))
        if self.config.num_groups % self.parallel.expert_parallel == 0:
            return self.parallel.sum(self._of_my_groups(x, ids, weights))
        return self.parallel.sum(self._of_my_experts(x, ids, weights))

    def _make_half(self) -> ExpertsHalf:
        config = self.config
        return ExpertsHalf(
            self.gate, self.experts, config.num_experts_per_token, config.is_normalised, config.num_groups
        )

    def route(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """x [T, H] -> ids [T, C] of the experts that each token goes to, and their weights."""
        config = self.config
        logits = linear(x, self.gate, out_dtype=torch.float32)
        return route_experts(logits, config.num_experts_per_token, config.is_normalised, config.num_groups)

    def _of_my_groups(self, x: Tensor, ids: Tensor, weights: Tensor) -> Tensor:
        """Choices stand in the order of groups and every group has equally many: mine are the same columns always."""
        num_chosen = self.config.num_experts_per_token
        first = self.shard.start * num_chosen // self.shard.size
        mine = slice(first, first + len(self.shard) * num_chosen // self.shard.size)
        return experts(x, (ids[:, mine] - self.shard.start).contiguous(), weights[:, mine].contiguous(), self.experts)

    def _of_my_experts(self, x: Tensor, ids: Tensor, weights: Tensor) -> Tensor:
        """Each choice of an expert that is mine becomes a row of its own."""
        mine = (ids >= self.shard.start) & (ids < self.shard.end)
        tokens, places = mine.nonzero(as_tuple=True)
        out = torch.zeros_like(x, dtype=torch.float32)
        if len(tokens) > 0:
            local_ids, shares = (ids[tokens, places] - self.shard.start)[:, None], weights[tokens, places][:, None]
            out.index_add_(0, tokens, experts(x[tokens], local_ids, shares, self.experts).float())
        return out.to(x.dtype)


def _gate(matrix: Tensor) -> Weight:
    """Near ties between experts must not be decided by rounding, so logits are float32. Our own operation makes them so
    of any weight, torch only of float32."""
    weight = Weight(matrix)
    return weight if weight.panels is not None else Weight(matrix.float())
