"""Lower (or raise) the logits of the tokens that a text has so far.

    logit > 0: logit / repetition, else logit * repetition;    then - count * frequency - presence, where count > 0

R rows of V logits; N tokens in all, each at most once in a row. The penalties of every row are its own. Sources: CTRL
(arXiv 1909.05858) for repetition, the OpenAI API for frequency and presence.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from kernels.dispatch import takes_triton
from kernels.launch_config import LaunchConfig, choose
from kernels.triton_import import tl, triton
from kernels.variant import Variant

CONFIGS = {"default": LaunchConfig("256 tokens a program", {"BLOCK_N": 256}, num_warps=4, num_stages=1)}  # not tuned


@dataclass(frozen=True, slots=True)
class SeenTokens:
    """Of each: its row and id [N] int64, and how often it counts [N] float32; at 0, for repetition alone."""

    rows: Tensor
    ids: Tensor
    counts: Tensor


@dataclass(frozen=True, slots=True)
class Penalties:
    """Of every row, [R] float32."""

    repetition: Tensor
    presence: Tensor
    frequency: Tensor


def penalise_reference_(logits: Tensor, seen: SeenTokens, penalties: Penalties) -> None:
    """Changes logits [R, V], in their precision."""
    repetition, presence, frequency = (
        part[seen.rows] for part in (penalties.repetition, penalties.presence, penalties.frequency)
    )
    values = logits[seen.rows, seen.ids]
    values = torch.where(values > 0, values / repetition, values * repetition)
    logits[seen.rows, seen.ids] = values - seen.counts * frequency - (seen.counts > 0) * presence


@triton.jit
def _penalise_kernel(
    logits_ptr,  # [R, V] float32
    rows_ptr,  # [N] int64
    ids_ptr,  # [N] int64
    counts_ptr,  # [N] float32
    repetition_ptr,  # [R] float32
    presence_ptr,  # [R] float32
    frequency_ptr,  # [R] float32
    N,
    V,
    BLOCK_N: tl.constexpr,
):
    token = tl.program_id(0).to(tl.int64) * BLOCK_N + tl.arange(0, BLOCK_N)
    mask = token < N
    row = tl.load(rows_ptr + token, mask=mask, other=0)
    place = row * V + tl.load(ids_ptr + token, mask=mask, other=0)
    count = tl.load(counts_ptr + token, mask=mask, other=0.0)
    repetition = tl.load(repetition_ptr + row, mask=mask, other=1.0)
    logit = tl.load(logits_ptr + place, mask=mask, other=0.0)
    logit = tl.where(logit > 0, tl.div_rn(logit, repetition), logit * repetition)
    logit -= count * tl.load(frequency_ptr + row, mask=mask, other=0.0)
    logit -= tl.where(count > 0, tl.load(presence_ptr + row, mask=mask, other=0.0), 0.0)
    tl.store(logits_ptr + place, logit, mask=mask)


def penalise_(logits: Tensor, seen: SeenTokens, penalties: Penalties) -> None:
    """Changes logits [R, V] float32, contiguous. Ids lie below V."""
    R, V = logits.shape
    N = len(seen.ids)
    assert logits.dtype == torch.float32 and logits.is_contiguous(), (logits.dtype, logits.stride())
    for part in (penalties.repetition, penalties.presence, penalties.frequency):
        assert part.shape == (R,) and part.dtype == torch.float32, (part.shape, part.dtype, R)
    for part, dtype in ((seen.rows, torch.int64), (seen.ids, torch.int64), (seen.counts, torch.float32)):
        assert part.shape == (N,) and part.dtype == dtype, (part.shape, part.dtype, N)
    if not takes_triton(logits):
        penalise_reference_(logits, seen, penalties)
    elif N > 0:
        config = choose(CONFIGS, logits)
        _penalise_kernel[(triton.cdiv(N, config.tiles["BLOCK_N"]),)](
            logits, seen.rows, seen.ids, seen.counts, penalties.repetition, penalties.presence, penalties.frequency,
            N, V, **config.tiles, num_warps=config.num_warps, num_stages=config.num_stages,
        )  # fmt: skip


def variants(architecture: str) -> list[Variant]:
    """Answers of so many different tokens that the penalties are about 1,000 in each row."""
    config = CONFIGS.get(architecture, CONFIGS["default"])
    names = ("logits_ptr", "counts_ptr", "repetition_ptr", "presence_ptr", "frequency_ptr")
    signature = dict.fromkeys(names, "*fp32") | {"rows_ptr": "*i64", "ids_ptr": "*i64", "N": "i32", "V": "i32:16"}
    return [
        Variant(
            _penalise_kernel, signature | {"BLOCK_N": "constexpr"}, dict(config.tiles), config,
            f"S1, mini, Pro decode {R}", num_bytes=R * (1000 * (8 + 8 + 4 + 8) + 3 * 4), num_flops=R * 1000 * 5,
        )
        for R in (1, 64, 256)
    ]  # fmt: skip
