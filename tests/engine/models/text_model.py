"""A decoder with its caches, driven without an engine: one read of a whole prompt, or greedy answers in some way."""

from pathlib import Path

import torch
from torch import Tensor

from engine.checkpoint import open_checkpoint
from engine.model_config import read_model_config
from engine.models.decoder import Decoder
from engine.models.trace import Trace, trace
from engine.step_batch import make_batch
from engine.step_plan import SequencePlan, StepPlan
from engine.weight_reader import WeightReader
from kernels.paged_kv import PagedKV, allocate_paged_kv

CPU = torch.device("cpu")
BLOCK_SIZE = 32
MAX_LENGTH = 352  # of a sequence: the longest prompt of the parity data and its answer


class TextModel:
    """Of a checkpoint folder, float32."""

    def __init__(self, folder: Path, keeps_fp8: bool = False) -> None:
        checkpoint = open_checkpoint(folder)
        self.config = read_model_config(checkpoint.config, folder / "config.json")
        self.decoder = Decoder(self.config, WeightReader(checkpoint, torch.float32, CPU, keeps_fp8), MAX_LENGTH)

    @torch.inference_mode()
    def trace(self, ids: list[int], num_logits: int) -> Trace:
        """Of one step that reads the prompt; logits of its last tokens. Padding is cut off."""
        plan = StepPlan([SequencePlan(0, ids, 0, _blocks(0), is_sampled=True)])
        rows = list(range(len(ids) - num_logits, len(ids)))
        full = trace(self.decoder, make_batch(plan, rows, BLOCK_SIZE, CPU), self._caches(1))
        if full.router_ids is None or full.router_weights is None:
            return Trace(full.hidden_states[:, : len(ids)], None, None, full.logits)
        chosen = (full.router_ids[:, : len(ids)], full.router_weights[:, : len(ids)])
        return Trace(full.hidden_states[:, : len(ids)], *chosen, full.logits)

    @torch.inference_mode()
    def logits(self, ids: list[int]) -> Tensor:
        """Of the last token."""
        plan = StepPlan([SequencePlan(0, ids, 0, _blocks(0), is_sampled=True)])
        return self.decoder(make_batch(plan, [len(ids) - 1], BLOCK_SIZE, CPU), self._caches(1))

    @torch.inference_mode()
    def generate(self, prompts: list[list[int]], num_new: int, chunk: int = MAX_LENGTH) -> list[list[int]]:
        """Greedy answers to prompts that share every step; a step reads at most chunk tokens of each."""
        sequences, caches = [list(prompt) for prompt in prompts], self._caches(len(prompts))
        num_read = [0] * len(prompts)
        while any(len(s) - len(prompt) < num_new for s, prompt in zip(sequences, prompts, strict=True)):
            active = [i for i, s in enumerate(sequences) if len(s) - len(prompts[i]) < num_new]
            parts = [sequences[i][num_read[i] : num_read[i] + chunk] for i in active]
            for i, token in zip(active, self._step(active, parts, num_read, caches), strict=True):
                if num_read[i] == len(sequences[i]):
                    sequences[i].append(token)
        return [sequence[len(prompt) :] for sequence, prompt in zip(sequences, prompts, strict=True)]

    def _step(self, active: list[int], parts: list[list[int]], num_read: list[int], caches: list[PagedKV]) -> list[int]:
        """The likeliest token after each part; num_read moves on."""
        plans, rows, num_tokens = [], [], 0
        for i, part in zip(active, parts, strict=True):
            plans.append(SequencePlan(i, part, num_read[i], _blocks(i), is_sampled=True))
            num_tokens += len(part)
            rows.append(num_tokens - 1)
            num_read[i] += len(part)
        return self.decoder(make_batch(StepPlan(plans), rows, BLOCK_SIZE, CPU), caches).argmax(dim=-1).tolist()

    def _caches(self, num_sequences: int) -> list[PagedKV]:
        config, num_pages = self.config, num_sequences * len(_blocks(0))
        like = torch.empty(0)
        return allocate_paged_kv(
            config.num_layers, num_pages, config.num_kv_heads, config.head_dim, BLOCK_SIZE, like=like
        )


def _blocks(sequence: int) -> list[int]:
    """Its pages, from the last to the first."""
    width = MAX_LENGTH // BLOCK_SIZE
    return list(range((sequence + 1) * width - 1, sequence * width - 1, -1))
