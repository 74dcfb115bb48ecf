"""Which experts each token goes to, and with what weight.

T tokens, E experts in G groups of neighbours, C experts per token. Of equal shares the first expert wins. A row with a
logit that is not finite has weights that are NaN, and some experts all the same.
"""

import torch
from torch import Tensor

from kernels.cpu_library import load_cpu_library
from kernels.dispatch import takes_triton
from kernels.launch_config import LaunchConfig, choose
from kernels.triton_import import tl, triton
from kernels.variant import Variant

CONFIGS = {"default": LaunchConfig("4 tokens a program", {"BLOCK_T": 4}, num_warps=4, num_stages=1)}  # not tuned


def route_experts_reference(
    logits: Tensor, num_chosen: int, is_normalised: bool, num_groups: int = 1
) -> tuple[Tensor, Tensor]:
    """The same by torch, in the precision of the logits. Which of equal shares win is torch's choice."""
    shares = logits.softmax(dim=-1)
    if num_groups == 1:
        weights, ids = shares.topk(num_chosen, dim=-1)
    else:
        weights, ids = _largest_of_groups(shares, num_chosen, num_groups)
    if is_normalised:
        weights = weights / weights.sum(dim=-1, keepdim=True)
    return ids, weights


def _largest_of_groups(shares: Tensor, num_chosen: int, num_groups: int) -> tuple[Tensor, Tensor]:
    T, E = shares.shape
    size = E // num_groups
    weights, places = shares.view(T, num_groups, size).topk(num_chosen // num_groups, dim=-1)
    firsts = torch.arange(0, E, size, device=shares.device)
    return weights.flatten(1), (places + firsts[:, None]).flatten(1)


@triton.jit
def _route_experts_kernel(
    logits_ptr,  # [T, G * SIZE]
    ids_ptr,  # [T, G * NUM] int64
    weights_ptr,  # [T, G * NUM] float32
    T,
    G: tl.constexpr,
    SIZE: tl.constexpr,  # experts of a group
    NUM: tl.constexpr,  # of which so many are chosen
    IS_NORMALISED: tl.constexpr,
    BLOCK_T: tl.constexpr,
    BLOCK_G: tl.constexpr,
    BLOCK_SIZE: tl.constexpr,
    BLOCK_NUM: tl.constexpr,
):
    rows = tl.program_id(0).to(tl.int64) * BLOCK_T + tl.arange(0, BLOCK_T)[:, None]
    groups = tl.arange(0, BLOCK_G)[None, :]
    places = tl.arange(0, BLOCK_SIZE)[None, None, :]
    choices = tl.arange(0, BLOCK_NUM)[None, None, :]
    has_group = (rows < T) & (groups < G)  # [BLOCK_T, BLOCK_G]
    mask = has_group[:, :, None] & (places < SIZE)
    first = (rows * G + groups)[:, :, None] * SIZE
    logits = tl.load(logits_ptr + first + places, mask=mask, other=float("-inf"))
    peaks = tl.max(tl.max(logits, axis=2), axis=1)[:, None, None]
    shares = tl.exp(logits - tl.where((rows < T)[:, :, None], peaks, 0.0))
    # Bits of numbers that are not negative stand in the order of the numbers, with NaN above all.
    keys = tl.where(mask, shares.to(tl.int32, bitcast=True) & 0x7FFFFFFF, -1)
    ids = tl.zeros([BLOCK_T, BLOCK_G, BLOCK_NUM], dtype=tl.int64)
    chosen = tl.zeros([BLOCK_T, BLOCK_G, BLOCK_NUM], dtype=tl.int32)
    for choice in range(NUM):
        largest, place = tl.max(keys, axis=2, return_indices=True)
        keys = tl.where(places == place[:, :, None], -1, keys)
        chosen = tl.where(choices == choice, largest[:, :, None], chosen)
        ids = tl.where(choices == choice, (groups * SIZE + place)[:, :, None], ids)
    is_choice = has_group[:, :, None] & (choices < NUM)
    weights = tl.where(is_choice, chosen.to(tl.float32, bitcast=True), 0.0)
    total = tl.sum(tl.sum(weights if IS_NORMALISED else shares, axis=2), axis=1)[:, None, None]
    weights /= tl.where((rows < T)[:, :, None], total, 1.0)
    to = (rows * G + groups)[:, :, None] * NUM + choices
    tl.store(ids_ptr + to, ids, mask=is_choice)
    tl.store(weights_ptr + to, weights, mask=is_choice)


def route_experts(logits: Tensor, num_chosen: int, is_normalised: bool, num_groups: int = 1) -> tuple[Tensor, Tensor]:
    """logits [T, E] float32 -> ids [T, C] int64, weights [T, C] float32: the largest of softmax(logits).

    Every group gives C / G of them, in the order of groups. is_normalised: divided by their sum.
    """
    assert logits.dim() == 2 and logits.dtype == torch.float32, (logits.shape, logits.dtype)
    assert logits.shape[1] % num_groups == 0 and num_chosen % num_groups == 0, (logits.shape, num_chosen, num_groups)
    T, E = logits.shape
    assert num_chosen <= E, (num_chosen, E)
    if takes_triton(logits):
        return _by_triton(logits, num_chosen, is_normalised, num_groups)
    library = load_cpu_library()
    if library is None:
        return route_experts_reference(logits, num_chosen, is_normalised, num_groups)
    assert logits.is_contiguous()
    ids, weights = torch.empty(T, num_chosen, dtype=torch.int64), logits.new_empty(T, num_chosen)
    library.route_experts(
        logits.data_ptr(), ids.data_ptr(), weights.data_ptr(), T, E, num_chosen, num_groups, is_normalised
    )
    return ids, weights


def _by_triton(logits: Tensor, num_chosen: int, is_normalised: bool, num_groups: int) -> tuple[Tensor, Tensor]:
    assert logits.is_contiguous(), logits.stride()
    T, E = logits.shape
    ids, weights = logits.new_empty(T, num_chosen, dtype=torch.int64), logits.new_empty(T, num_chosen)
    if T > 0:
        config = choose(CONFIGS, logits)
        _route_experts_kernel[(triton.cdiv(T, config.tiles["BLOCK_T"]),)](
            logits, ids, weights, T, IS_NORMALISED=is_normalised, **_sizes(E, num_chosen, num_groups), **config.tiles,
            num_warps=config.num_warps, num_stages=config.num_stages,
        )  # fmt: skip
    return ids, weights


def _sizes(E: int, num_chosen: int, num_groups: int) -> dict[str, int]:
    """The kernel's constants. BLOCK_*: what a tile has room for."""
    sizes = {"G": num_groups, "SIZE": E // num_groups, "NUM": num_chosen // num_groups}
    return sizes | {f"BLOCK_{name}": triton.next_power_of_2(size) for name, size in sizes.items()}


def variants(architecture: str) -> list[Variant]:
    config = CONFIGS.get(architecture, CONFIGS["default"])
    variants = []
    for model, E, G in (("S1", 128, 1), ("Pro", 512, 8)):
        constants = {"IS_NORMALISED": True, **_sizes(E, 8, G), **config.tiles}
        signature = {"logits_ptr": "*fp32", "ids_ptr": "*i64", "weights_ptr": "*fp32", "T": "i32"}
        signature |= dict.fromkeys(constants, "constexpr")
        variants += [
            Variant(
                _route_experts_kernel, signature, constants, config, f"{model} {name}",
                num_bytes=T * (E * 4 + 8 * (8 + 4)), num_flops=T * E * 5,
            )
            for name, T in {"decode 1": 1, "decode 64": 64, "decode 256": 256, "prefill 8192": 8192}.items()
        ]  # fmt: skip
    return variants
