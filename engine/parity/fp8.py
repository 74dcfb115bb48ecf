"""Block-FP8 operations and the grouped router against float64. Tolerances: section 9 of the data's README.

What quantises activations is not there to be checked: this engine multiplies FP8 weights with unquantised activations.
"""

from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor

from engine.parity.case import Case
from engine.parity.check import Check, close, exact, mismatched_share, skipped
from kernels.experts import ExpertWeights, experts
from kernels.fp8 import BLOCK, FP8, Fp8Tensor
from kernels.linear import Weight, linear
from kernels.route_experts import route_experts

_ROUTER_TOLERANCE = 1e-6  # weights below 1, from the same float32 numbers


def check_fp8(case: Case) -> Iterator[Check]:
    descriptions: list[dict[str, Any]] = case.json("cases.json")
    data = case.tensors("data.safetensors")
    tolerance = case.tolerance("float32_accumulate_relative_to_max")
    yield _check_table(case, data["e4m3_table"])
    for description in descriptions:
        name, kind = description["name"], description["kind"]
        if kind == "grouped_router":
            yield from _check_router(case, data, description)
            continue
        ours, theirs = _PRODUCTS[kind](data, name)
        yield close(case.name, f"{name}: {kind}", ours, theirs, tolerance * theirs.abs().max().item())
    yield skipped(case.name, "quantised activations", "activations stay as they are in this engine")


def _check_table(case: Case, theirs: Tensor) -> Check:
    ours = torch.arange(256, dtype=torch.uint8).view(FP8).float()
    is_same = (ours == theirs) | (ours.isnan() & theirs.isnan())
    return exact(case.name, "values of the e4m3 codes", [f"{i:#04x}" for i in range(256) if not is_same[i]], 256)


def _check_router(case: Case, data: dict[str, Tensor], description: dict[str, Any]) -> Iterator[Check]:
    name = description["name"]
    ids, weights = route_experts(data[f"{name}.logits"], description["top_k"], True, description["groups"])
    yield close(case.name, f"{name}: weights", weights, data[f"{name}.weights"], _ROUTER_TOLERANCE)
    theirs = data[f"{name}.ids"].long()
    untied = slice(2, None)  # rows 0 and 1 have exact ties
    yield mismatched_share(case.name, f"{name}: ids", ids[untied], theirs[untied], 0.0)


def _grouped_gemm(data: dict[str, Tensor], name: str) -> tuple[Tensor, Tensor]:
    x = data[f"{name}.x_fp8"].float() * _by_column(data[f"{name}.x_scale"], data[f"{name}.x_fp8"].shape[1])
    groups = torch.split(x, data[f"{name}.group_sizes"].tolist())
    products = [linear(rows, Weight(w)) for rows, w in zip(groups, _matrix(data, f"{name}.w"), strict=True)]
    return torch.cat(products), data[f"{name}.expected"]


def _linear(data: dict[str, Tensor], name: str) -> tuple[Tensor, Tensor]:
    return linear(data[f"{name}.x"].float(), Weight(_matrix(data, f"{name}.w"))), data[f"{name}.expected_weight_only"]


def _fused_moe(data: dict[str, Tensor], name: str) -> tuple[Tensor, Tensor]:
    weights = ExpertWeights(_matrix(data, f"{name}.w13"), _matrix(data, f"{name}.w2"))
    ids, shares = data[f"{name}.topk_ids"].long(), data[f"{name}.topk_weights"]
    return experts(data[f"{name}.x"].float(), ids, shares, weights), data[f"{name}.expected_weight_only"]


_PRODUCTS: dict[str, Callable[[dict[str, Tensor], str], tuple[Tensor, Tensor]]] = {
    "grouped_gemm": _grouped_gemm,
    "linear": _linear,
    "fused_moe": _fused_moe,
}


def _matrix(data: dict[str, Tensor], name: str) -> Fp8Tensor:
    return Fp8Tensor(data[f"{name}_fp8"], data[f"{name}_scale"], torch.float32)


def _by_column(scales: Tensor, num_columns: int) -> Tensor:
    return scales.repeat_interleave(BLOCK, dim=-1)[..., :num_columns]
