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
from kernels.sample import RowRules, sample
from kernels.silu_mul import silu_mul, silu_mul_reference
from kernels.varlen_attention import varlen_attention

_DTYPE, _BYTES, _EPS = torch.bfloat16, 2, 1e-6
_PAGE, _TILE = 64, 1025


@dataclass(frozen=True, slots=True)
class Model:
    """H hidden size, I width of an expert or of the MLP, E experts in G groups with C chosen, or none.

    vocab: tokens. tower: the heads of the vision tower and their size. waves: how many FoPE mixes, 0 for RoPE.
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
    vocab: int = 153_216
    tower: tuple[int, int] = (16, 64)
    waves: int = 0
    context: int = 4096
    max_decode: int = 256


MODELS = (
    Model("S1", 4096, 64, 4, 128, 1536, 128, 8, tower=(25, 128)),
    Model("mini", 4096, 32, 8, 128, 12288),
    Model("Pro", 4096, 64, 4, 128, 1536, 512, 8, 8, is_fp8=True, vocab=155_008, waves=45),
)


def all_cases(device: str, tokens: tuple[int, ...], models: tuple[Model, ...] = MODELS) -> Iterator[Case]:
    """Made one after another, so that each may take most of the memory."""
    for model in models:
        for T in tokens:
            shape = f"{model.name} {'decode' if model.max_decode >= T else 'prefill'} {T}"
            yield _add_rms_norm(model, T, shape, device)
            yield _rope_store(model, T, shape, device)
            yield _attention(model, T, shape, device)
            if model.max_decode >= T:
                yield _sample(model, T, shape, device)
            else:
                yield _tower_attention(model, T, shape, device)
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
    angles = _angles(model, T, device)
    slots = torch.arange(T, device=device)
    cache = _cache(model, -(-T // _PAGE), device)

    def in_torch() -> Tensor:
        q, k, v = qkv.view(T, -1, D).split((Hq, Hkv, Hkv), dim=1)
        q, k = (F.rms_norm(x, (D,), w, _EPS).float() for x, w in ((q, norms.q), (k, norms.k)))
        cos, sin = angles.of_key_heads(D)
        cache.keys[slots // _PAGE, :, :, slots % _PAGE] = rotate_reference(k, cos, sin).to(_DTYPE)
        cache.values[slots // _PAGE, :, slots % _PAGE] = v
        cos, sin = (part.repeat_interleave(Hq // cos.shape[1], dim=1) for part in (cos, sin))
        return rotate_reference(q, cos, sin).to(_DTYPE)

    return Case(
        f"norms + {'FoPE' if model.waves else 'RoPE'} + cache", shape,
        lambda: rope_store(qkv, norms, angles, slots, cache), in_torch,
        num_bytes=T * ((Hq + 2 * Hkv) * D * 2 * _BYTES + 2 * (model.waves or D // 2) * 4 + 16)
        + 2 * Hkv * model.waves**2 * 4,
        num_flops=T * ((Hq + Hkv) * D * 10 + 4 * Hkv * model.waves**2),
    )  # fmt: skip


def _angles(model: Model, T: int, device: str) -> Angles:
    n = model.waves
    if n == 0:
        return Angles(torch.randn(T, model.D, device=device), torch.arange(T, device=device))
    return Angles(torch.randn(T, 2 * n, device=device), None, torch.randn(2, model.Hkv, n, n, device=device))


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


def _tower_attention(model: Model, T: int, shape: str, device: str) -> Case:
    """In tiles of 1,025 rows, as many as fit in T, or one of T."""
    heads, D = model.tower
    length = min(_TILE, T)
    S = T // length
    q, k, v = (_normal(device, S * length, heads, D) for _ in range(3))
    starts = torch.arange(S + 1, dtype=torch.int32, device=device) * length

    def in_torch() -> Tensor:
        batch = (part.view(S, length, heads, D).transpose(1, 2) for part in (q, k, v))
        return F.scaled_dot_product_attention(*batch).transpose(1, 2)

    return Case(
        "attention of the tower", shape, lambda: varlen_attention(q, k, v, starts), in_torch,
        num_bytes=4 * q.numel() * _BYTES, num_flops=4 * length * q.numel(), rate="bf16",
    )  # fmt: skip


def _sample(model: Model, T: int, shape: str, device: str) -> Case:
    """Of the 50 likeliest, those that make up 0.95 of their mass."""
    top_k, top_p, temperature, V = 50, 0.95, 0.8, model.vocab
    logits = torch.randn(T, V, device=device) * 3
    rules = RowRules(
        torch.full((T,), temperature, device=device),
        torch.full((T,), top_k, dtype=torch.int32, device=device),
        torch.full((T,), top_p, dtype=torch.float64, device=device),
        torch.zeros(T, device=device),
        torch.arange(T, device=device),
    )

    def in_torch() -> Tensor:
        largest, ids = logits.topk(min(top_k, V), dim=-1)
        shares = (largest / temperature).softmax(dim=-1)
        shares = shares.masked_fill(shares.cumsum(dim=-1) - shares >= top_p, 0.0)
        return ids.gather(1, shares.multinomial(1))[:, 0]

    return Case("sample", shape, lambda: sample(logits, rules), in_torch, num_bytes=T * V * 4, num_flops=T * V * 60)


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
