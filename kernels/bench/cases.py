"""Every operation at the sizes of a model: ours, and what a reader of torch's manual would write in its place.

Bytes and operations are the least that the result needs: inputs read once, the result written once, the weights of the
experts that are chosen.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from kernels.bench.compare import Case
from kernels.contexts import Contexts
from kernels.experts import ExpertWeights, experts
from kernels.fp8 import BLOCK, FP8, Fp8Tensor
from kernels.paged_attention import paged_attention
from kernels.paged_kv import PagedKV, allocate_paged_kv
from kernels.quantize_fp8 import quantize_fp8, quantize_fp8_reference
from kernels.rms_norm import add_rms_norm_
from kernels.rope_store import Angles, HeadNorms, rope_store, rotate_reference
from kernels.route_experts import route_experts, route_experts_reference
from kernels.silu_mul import silu_mul, silu_mul_reference

_DTYPE, _BYTES, _EPS = torch.bfloat16, 2, 1e-6
_PAGE = 64


@dataclass(frozen=True, slots=True)
class Model:
    """H hidden size, I width of an expert or of the MLP, E experts in G groups with C chosen, or none.

    max_decode: steps of more tokens read one prompt; context: what a decoded token sees.
    """

    name: str
    H: int
    Hq: int
    Hkv: int
    D: int
    I: int  # noqa: E741
    E: int = 0
    C: int = 0
    G: int = 1
    is_fp8: bool = False
    context: int = 4096
    max_decode: int = 256


MODELS = (
    Model("S1", 4096, 64, 4, 128, 1536, 128, 8),
    Model("mini", 4096, 32, 8, 128, 12288),
    Model("Pro", 4096, 64, 4, 128, 1536, 512, 8, 8, is_fp8=True),
)


def all_cases(device: str, tokens: tuple[int, ...], models: tuple[Model, ...] = MODELS) -> Iterator[Case]:
    """Made one after another, so that each may take most of the memory."""
    for model in models:
        for T in tokens:
            shape = f"{model.name} {'decode' if model.max_decode >= T else 'prefill'} {T}"
            yield _add_rms_norm(model, T, shape, device)
            yield _rope_store(model, T, shape, device)
            yield _attention(model, T, shape, device)
            if model.is_fp8:
                yield _quantize(model, T, shape, device)
            if model.E:
                yield _route(model, T, shape, device)
                yield _experts(model, T, shape, device)
            else:
                yield _silu_mul(model, T, shape, device)


def _add_rms_norm(model: Model, T: int, shape: str, device: str) -> Case:
    H = model.H
    residual, x, weight = torch.randn(T, H, device=device), _normal(device, T, H), _normal(device, H)

    def in_torch() -> Tensor:
        residual.add_(x)
        return F.rms_norm(residual, (H,), weight.float(), _EPS).to(_DTYPE)

    return Case(
        "residual + RMSNorm", shape, lambda: add_rms_norm_(residual, x, weight, _EPS), in_torch,
        num_bytes=T * H * (4 + 4 + _BYTES + _BYTES), num_flops=T * H * 5,
    )  # fmt: skip


def _silu_mul(model: Model, T: int, shape: str, device: str) -> Case:
    x = _normal(device, T, 2 * model.I)
    return Case(
        "SiLU * up", shape, lambda: silu_mul(x), lambda: silu_mul_reference(x),
        num_bytes=T * model.I * 3 * _BYTES, num_flops=T * model.I * 5,
    )  # fmt: skip


def _quantize(model: Model, T: int, shape: str, device: str) -> Case:
    K = model.Hq * model.D
    x = _normal(device, T, K)
    return Case(
        "quantise to FP8", shape, lambda: quantize_fp8(x, True), lambda: quantize_fp8_reference(x, True),
        num_bytes=T * K * (_BYTES + 1) + T * K // BLOCK * 4, num_flops=T * K * 3,
    )  # fmt: skip


def _rope_store(model: Model, T: int, shape: str, device: str) -> Case:
    Hq, Hkv, D = model.Hq, model.Hkv, model.D
    qkv = _normal(device, T, (Hq + 2 * Hkv) * D)
    norms = HeadNorms(_normal(device, D), _normal(device, D), _EPS)
    angles = Angles(torch.randn(T, D, device=device), torch.arange(T, device=device))
    slots = torch.arange(T, device=device)
    cache = _cache(model, -(-T // _PAGE), device)

    def in_torch() -> Tensor:
        q, k, v = qkv.view(T, -1, D).split((Hq, Hkv, Hkv), dim=1)
        q, k = (F.rms_norm(x, (D,), w, _EPS).float() for x, w in ((q, norms.q), (k, norms.k)))
        cos, sin = angles.of_key_heads(D)
        cache.keys[slots // _PAGE, :, :, slots % _PAGE] = rotate_reference(k, cos, sin).to(_DTYPE)
        cache.values[slots // _PAGE, :, slots % _PAGE] = v
        return rotate_reference(q, cos, sin).to(_DTYPE)

    return Case(
        "norms + RoPE + cache", shape, lambda: rope_store(qkv, norms, angles, slots, cache), in_torch,
        num_bytes=T * ((Hq + 2 * Hkv) * D * 2 * _BYTES + D * 4 + 16), num_flops=T * (Hq + Hkv) * D * 10,
    )  # fmt: skip


def _attention(model: Model, T: int, shape: str, device: str) -> Case:
    """A token of each of T sequences, or one prompt of T tokens."""
    Hq, Hkv, D = model.Hq, model.Hkv, model.D
    is_decode = model.max_decode >= T
    B, length = (T, model.context) if is_decode else (1, T)
    num_pages = -(-length // _PAGE)
    cache = _cache(model, B * num_pages, device)
    contexts = Contexts(
        tables=torch.arange(B * num_pages, dtype=torch.int32, device=device).view(B, num_pages),
        starts=torch.arange(B + 1, dtype=torch.int32, device=device) * (T // B),
        lengths=torch.full((B,), length, dtype=torch.int32, device=device),
    )
    q = _normal(device, T, Hq, D)
    keys, values = _normal(device, B, Hkv, length, D), _normal(device, B, Hkv, length, D)
    heads = q.view(B, T // B, Hq, D).transpose(1, 2)

    def in_torch() -> Tensor:
        return F.scaled_dot_product_attention(heads, keys, values, is_causal=not is_decode, enable_gqa=True)

    num_scores = T * Hq * (length if is_decode else (length + 1) / 2)
    return Case(
        "attention", shape, lambda: paged_attention(q, cache, contexts), in_torch,
        num_bytes=(2 * B * length * Hkv + 2 * T * Hq) * D * _BYTES, num_flops=int(num_scores * D * 4), rate="bf16",
    )  # fmt: skip


def _route(model: Model, T: int, shape: str, device: str) -> Case:
    logits = torch.randn(T, model.E, device=device)
    arguments = logits, model.C, True, model.G
    return Case(
        "route", shape, lambda: route_experts(*arguments), lambda: route_experts_reference(*arguments),
        num_bytes=T * (model.E * 4 + model.C * 12), num_flops=T * model.E * 5,
    )  # fmt: skip


def _experts(model: Model, T: int, shape: str, device: str) -> Case:
    """torch multiplies bfloat16 weights where ours are FP8: it has no product of groups in blocks of 128."""
    E, H, I = model.E, model.H, model.I  # noqa: E741
    x = _normal(device, T, H)
    ids, shares = route_experts(torch.randn(T, E, device=device), model.C, True, model.G)
    gate_up, down = _normal(device, E, 2 * I, H) * H**-0.5, _normal(device, E, H, I) * I**-0.5
    if model.is_fp8:
        weights = ExpertWeights(_as_fp8(gate_up), _as_fp8(down))
    else:
        weights = ExpertWeights(gate_up.clone(), down.clone())
    num_touched = len(ids.unique())
    return Case(
        "experts", shape, lambda: experts(x, ids, shares, weights),
        lambda: experts_in_torch(x, ids, shares, gate_up, down),
        num_bytes=num_touched * 3 * I * H * (1 if model.is_fp8 else _BYTES) + T * H * 2 * _BYTES,
        num_flops=T * model.C * 3 * I * H * 2, rate="fp8" if model.is_fp8 else "bf16",
    )  # fmt: skip


def experts_in_torch(x: Tensor, ids: Tensor, shares: Tensor, gate_up: Tensor, down: Tensor) -> Tensor:
    """x [T, H], ids and shares [T, C], gate_up [E, 2 I, H], down [E, H, I] -> [T, H]."""
    chosen = ids.flatten()
    order = chosen.argsort(stable=True)
    tokens = order // ids.shape[1]
    ends = chosen.bincount(minlength=len(gate_up)).cumsum(0).to(torch.int32)
    gate, up = torch._grouped_mm(x[tokens], gate_up.transpose(1, 2), offs=ends).chunk(2, dim=1)
    rows = torch._grouped_mm(F.silu(gate) * up, down.transpose(1, 2), offs=ends)
    out = torch.zeros(x.shape, dtype=torch.float32, device=x.device)
    return out.index_add_(0, tokens, rows * shares.flatten()[order, None]).to(x.dtype)


def _cache(model: Model, num_pages: int, device: str) -> PagedKV:
    like = torch.empty(0, dtype=_DTYPE, device=device)
    (cache,) = allocate_paged_kv(1, num_pages, model.Hkv, model.D, _PAGE, like)
    cache.keys.normal_()
    cache.values.normal_()
    return cache


def _as_fp8(matrices: Tensor) -> Fp8Tensor:
    """Codes of the matrices as they are, with scales of 1: for their speed alone."""
    E, N, K = matrices.shape
    scales = torch.ones(E, -(-N // BLOCK), -(-K // BLOCK), device=matrices.device)
    return Fp8Tensor(matrices.to(FP8), scales, matrices.dtype)


def _normal(device: str, *shape: int) -> Tensor:
    return torch.randn(shape, device=device, dtype=_DTYPE)
