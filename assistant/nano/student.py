"""What is trained: the adapted model with its own rows for the control tokens, and attention over a shared prefix."""

from dataclasses import dataclass

import torch
from peft import PeftModel
from torch import Tensor, nn
from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS


@dataclass(frozen=True, slots=True)
class Batch:
    ids: Tensor  # [B, T], padded at the end
    targets: Tensor  # [N] ids to predict
    positions: Tensor  # [N] index of the predicting token in the flattened [B * T]


@dataclass(frozen=True, slots=True)
class Prefix:
    """Keys and values of the shared system turn, one of each a layer: [num_kv_heads, P, head_dim]."""

    keys: list[Tensor]
    values: list[Tensor]

    def __len__(self) -> int:
        return self.keys[0].shape[1] if self.keys else 0


class PrefixAttention:
    """Causal attention in which every row also sees one shared prefix: its scores are a single large product."""

    def __init__(self) -> None:
        self.prefix = Prefix([], [])
        self.recorded: Prefix | None = None

    def __call__(
        self,
        module: nn.Module,
        query: Tensor,
        key: Tensor,
        value: Tensor,
        mask: Tensor | None,
        scaling: float,
        **_: object,
    ) -> tuple[Tensor, None]:
        """query [B, Hq, T, D], key and value [B, Hkv, T, D] -> [B, T, Hq, D]"""
        rows, num_heads, length, size = query.shape
        num_kv_heads = key.shape[1]
        if self.recorded is not None:
            self.recorded.keys.append(key[0])
            self.recorded.values.append(value[0])
        # the query heads of a key head side by side: [B, Hkv, G * T, D]
        query = (query * scaling).reshape(rows, num_kv_heads, -1, size)
        future = torch.ones(length, length, dtype=torch.bool).triu(1).repeat(num_heads // num_kv_heads, 1)
        own = (query @ key.transpose(-1, -2)).masked_fill(future, -torch.inf)
        if not len(self.prefix):
            out = torch.softmax(own, -1) @ value
        else:
            keys, values = self.prefix.keys[module.layer_idx], self.prefix.values[module.layer_idx]
            folded = query.transpose(0, 1).reshape(num_kv_heads, -1, size)  # [Hkv, B * G * T, D]
            shared = (folded @ keys.transpose(-1, -2)).view(num_kv_heads, rows, -1, keys.shape[1]).transpose(0, 1)
            weights = torch.softmax(torch.cat((shared, own), -1), -1)
            seen, unseen = weights.split((keys.shape[1], length), -1)
            from_prefix = seen.transpose(0, 1).reshape(num_kv_heads, -1, keys.shape[1]) @ values
            out = unseen @ value + from_prefix.view(num_kv_heads, rows, -1, size).transpose(0, 1)
        return out.reshape(rows, num_heads, length, size).transpose(1, 2).contiguous(), None


class Student(nn.Module):
    """The adapted model plus learned embeddings for the control tokens that SmolLM2 has never seen used this way."""

    def __init__(self, model: PeftModel, control_ids: list[int]) -> None:
        super().__init__()
        self.model = model
        self._attention = PrefixAttention()
        ALL_ATTENTION_FUNCTIONS.register("prefix", self._attention)
        model.config._attn_implementation = "prefix"
        embeddings = model.get_input_embeddings().weight
        self.register_buffer("control_ids", torch.tensor(control_ids))
        self.register_buffer(
            "row_of_id",
            torch.full((embeddings.shape[0],), -1).index_copy(0, self.control_ids, torch.arange(len(control_ids))),
        )
        self.control_rows = nn.Parameter(embeddings[control_ids].detach().clone())

    def loss(self, batch: Batch, prefix: Prefix) -> Tensor:
        self._attention.prefix = prefix
        hidden = self._decode(batch.ids, len(prefix)).flatten(0, 1)[batch.positions]
        logits = hidden @ self.model.get_input_embeddings().weight.T
        logits = logits.index_copy(1, self.control_ids, hidden @ self.control_rows.T)
        return nn.functional.cross_entropy(logits.float(), batch.targets)

    @torch.no_grad()
    def prefix(self, ids: list[int]) -> Prefix:
        self._attention.prefix = Prefix([], [])
        self._attention.recorded = Prefix([], [])
        self._decode(torch.tensor([ids]), 0)
        recorded, self._attention.recorded = self._attention.recorded, None
        return recorded

    def _decode(self, ids: Tensor, num_cached: int) -> Tensor:
        """[B, T] -> hidden states [B, T, hidden] after num_cached shared positions."""
        rows = self.row_of_id[ids]
        embedded = self.model.get_input_embeddings()(ids)
        embedded = torch.where((rows >= 0)[..., None], self.control_rows[rows.clamp(min=0)], embedded)
        positions = torch.arange(num_cached, num_cached + ids.shape[1])[None]
        decoder = self.model.get_base_model().model
        return decoder(inputs_embeds=embedded, position_ids=positions, use_cache=False).last_hidden_state
